"""Building the site: a new folder with all pages, which then replaces the old one in one step."""

import json
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from ontime import files, locks
from ontime.settings import settings
from portfolio import charts, documents
from portfolio.content import Content, gather
from portfolio.copied import copied_pages, copy, copy_file
from portfolio.pages import ASSETS_DIR, Writer
from portfolio.verify import RECORD, file_digests, is_recorded


def build() -> Path:
    """Build the site from what is published now; returns its first page.

    Raises :class:`ontime.warehouse.NothingPublished`, :class:`labs.engine.progress.DamagedProgress`,
    :class:`portfolio.charts.NoConverter` and :class:`ontime.locks.Busy`.
    """
    content = gather()
    with locks.hold(locks.SITE, "ontime site build"):
        folder = settings.site_versions_dir / uuid.uuid4().hex[:12]
        folder.mkdir(parents=True)
        try:
            _write(content, folder)
            files.point_link(settings.site_dir, folder)
        finally:
            _delete_others()
    return settings.site_dir / "index.html"


def _write(content: Content, folder: Path) -> None:
    drawings = {name: charts.drawings(figure) for name, figure in content.figures.items()}
    for variants in drawings.values():
        _write_texts(folder, ((drawing.path, drawing.svg) for drawing in variants.values()))
    _write_texts(folder, ((f"charts/{name}.js", charts.script(figure)) for name, figure in content.figures.items()))
    for path, image in documents.images().items():
        copy_file(image, folder / path)
    copied = copied_pages(content.published)
    copy(copied, folder)
    _write_texts(folder, Writer(content, drawings, copied, _write_scripts(folder)).pages())
    record = {**content.record(), "files": file_digests(folder)}
    (folder / RECORD).write_text(json.dumps(record, indent=1, default=str) + "\n", "utf-8")


def _write_scripts(folder: Path) -> str:
    """Write the scripts of the pages; returns the path of Vega's, which the previous site may already have."""
    vega = f"assets/{charts.bundle_name()}"
    previous = settings.site_dir / vega
    bundle = previous.read_text("utf-8") if is_recorded(vega) else charts.bundle()
    script = (ASSETS_DIR / "site.js").read_text("utf-8")
    _write_texts(folder, [(vega, bundle), ("assets/site.js", script), ("assets/themes.js", charts.themes())])
    return vega


def _write_texts(folder: Path, texts: Iterable[tuple[str, str]]) -> None:
    for name, text in texts:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _delete_others() -> None:
    """Delete every folder of a site but the current one: earlier sites, and those of builds that failed."""
    for folder in settings.site_versions_dir.iterdir():
        if folder != settings.site_dir.resolve():
            shutil.rmtree(folder)
