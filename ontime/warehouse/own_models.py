"""The dbt models that belong to one dataset alone: a layer keeps them in a folder of its name, ``models/marts/rain/``.

When they change, all months of that dataset are built again, and nothing else. Every other model is part of the
foundation, which all rows depend on. So no other model may read them (``tests/dbt_project/test_own_models.py``).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from ontime import digests
from ontime.datasets import DATASETS
from ontime.settings import settings

#: How the lineage of a version names the digest of a dataset's own models.
PREFIX = "models of "


def foundation() -> str:
    """A digest of the dbt project without the models that belong to one dataset."""
    own = (file for dataset in DATASETS for file in _files(dataset))
    return digests.of_dbt_project(settings.dbt_project_dir, without=own)


def lineage() -> dict[str, str]:
    """A digest of the own models of each dataset that has some, named as in the lineage of a version."""
    own = {dataset: _files(dataset) for dataset in DATASETS}
    project = settings.dbt_project_dir
    return {f"{PREFIX}{name}": digests.of_dbt_files(project, files) for name, files in own.items() if files}


def tables(dataset: str) -> set[str]:
    """The names of the tables that a dataset's own models make."""
    return _tables(_files(dataset))


def unchanged(commits: Mapping[str, str], published: Mapping[str, str]) -> dict[str, str]:
    """The published commits, except those of datasets whose own models differ from the ``published`` lineage."""
    now = lineage()

    def is_same(dataset: str) -> bool:
        return now.get(f"{PREFIX}{dataset}") == published.get(f"{PREFIX}{dataset}")

    return {name: commit for name, commit in commits.items() if is_same(name.split("/")[0])}


def drop_changed(candidate: Path, published: Mapping[str, str]) -> None:
    """Drop the own tables of each dataset whose models are new, changed or gone since the ``published`` lineage.

    dbt then makes them from all months. The candidate is a copy of the published file, whose other tables stay.
    """
    now = lineage()
    changed = {name.removeprefix(PREFIX) for name, _ in set(now.items()) ^ set(_only_models(published).items())}
    if not changed:
        return
    own = {file for dataset in DATASETS for file in _files(dataset)}
    kept = _tables(set((settings.dbt_project_dir / "models" / "marts").rglob("*")) - own)
    kept |= {table for dataset in DATASETS if dataset not in changed for table in tables(dataset)}
    with duckdb.connect(str(candidate), config=settings.duckdb_config) as connection:
        marts = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'").fetchall()
        for (table,) in marts:
            if table not in kept:
                connection.execute(f'DROP TABLE marts."{table}"')


def _files(dataset: str) -> list[Path]:
    models = settings.dbt_project_dir / "models"
    return sorted(file for file in models.glob(f"*/{dataset}/**/*") if file.is_file())


def _tables(files: Iterable[Path]) -> set[str]:
    return {file.stem for file in files if file.suffix in (".sql", ".py")}


def _only_models(lineage: Mapping[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in lineage.items() if name.startswith(PREFIX)}
