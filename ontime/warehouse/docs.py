"""dbt's documentation of the published warehouse."""

import shutil
import tempfile
from pathlib import Path

from ontime.settings import settings
from ontime.warehouse.dbt import dbt
from ontime.warehouse.records import NothingPublished, current, published_path


def write_docs() -> Path:
    """Write dbt's documentation of the published warehouse; return the page.

    Raises :class:`NothingPublished` before the first publication.
    """
    published = current()
    if published is None:
        raise NothingPublished(f"Nothing has been published as {published_path()} yet: run `make demo`.")
    with tempfile.TemporaryDirectory() as folder:
        # dbt opens a warehouse for writing, so it gets a copy of the published one.
        copy = shutil.copyfile(published.path, Path(folder) / "candidate.duckdb")
        dbt(
            *("docs", "generate", "--static"),
            target_dir=Path(folder),
            environment={"ONTIME_DBT_DUCKDB_PATH": str(copy)},
        )
        page = settings.dbt_docs_dir / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(folder) / "static_index.html", page)
    return page
