"""Pages that other steps have written: the site has a copy of each, or a sentence that says what writes it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from insight.published import Published
from ontime.settings import settings

#: What is copied; the folders also have records, locks and the model itself.
SUFFIXES = (".html", ".png", ".svg")


@dataclass(frozen=True)
class Copied:
    """A page with the files beside it. ``source`` is the page to begin with; ``missing`` says how to write it."""

    name: str
    title: str
    text: str
    source: Path
    missing: str

    @property
    def exists(self) -> bool:
        return self.source.is_file()

    @property
    def page(self) -> str:
        """Its path in the site."""
        return f"{self.name}/{self.source.name}"

    def files(self) -> Iterator[tuple[str, Path]]:
        """Path in the site and file."""
        for path in sorted(self.source.parent.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield f"{self.name}/{path.relative_to(self.source.parent).as_posix()}", path


def copied_pages(published: Published) -> dict[str, Copied]:
    """All of them by name, whether or not they exist."""
    model = published.predictions.lineage.get("model_version", "") if published.predictions else ""
    pages = [
        Copied(
            "report",
            "Statistics",
            "Rain, hours, airlines, types of days and unusual days, with confidence intervals.",
            settings.report_page,
            "The report has not been written yet: ontime report writes it.",
        ),
        Copied(
            "model_card",
            "Model card",
            "What the model is for, what it was trained on, how good it is, and what it must not be used for.",
            settings.models_dir / model / "model_card.html",
            "There is no champion yet: ontime model train trains one.",
        ),
        Copied(
            "data_docs",
            "Gates",
            "What Great Expectations expected of every month, and what it observed.",
            settings.data_docs_dir / "index.html",
            "No gate has run yet: ontime check runs them.",
        ),
        Copied(
            "dbt_docs",
            "Tables",
            "Every table and column of the warehouse, and how they depend on each other.",
            settings.dbt_docs_dir / "index.html",
            "dbt's documentation has not been written yet: ontime warehouse docs writes it.",
        ),
    ]
    return {page.name: page for page in pages}


def copy(pages: dict[str, Copied], folder: Path) -> None:
    """Copy the pages that exist into the folder of a site."""
    for page in pages.values():
        if page.exists:
            for name, source in page.files():
                copy_file(source, folder / name)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file into a folder that may not exist yet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
