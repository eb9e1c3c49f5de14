"""The warehouse candidate: prepared, built by dbt, audited by its gate, published.

A candidate starts as a copy of the published version, and dbt rebuilds only the months that have changed since
(:mod:`ontime.warehouse.changes`). It starts empty, and all months are built, when nothing is published yet or when
something has changed that every row depends on. Only a candidate that has passed its gate is published
(:mod:`ontime.warehouse.versions`).
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb

from ontime import digests, files, lake
from ontime.datasets import DATASETS, MONTHLY
from ontime.settings import settings
from ontime.warehouse import changes
from ontime.warehouse.dbt import dbt
from ontime.warehouse.versions import (
    MONITORING,
    PREDICTIONS,
    WAREHOUSE,
    NothingPublished,
    Version,
    current,
    publish,
    published_path,
)

#: If a larger share of the published file is free space, the file is rewritten instead of copied.
FREE_SHARE_AT_MOST = 0.25


class NotAudited(ValueError):
    """A candidate that has not passed its gate cannot be published."""


# -- the candidate ---------------------------------------------------------------
def prepare_candidate(full: bool = False) -> bool:
    """Prepare the candidate file that dbt will build in. Returns False when there is nothing to build.

    There is nothing to build while a dataset that another one needs is missing, while a partition has not passed its
    gate, or when the published version was made from exactly what the lake and the dbt project hold. ``full`` builds
    all months, whatever has changed.
    """
    waiting = _missing()
    if waiting:
        print(f"Nothing built yet. Waiting for clean data: {'; '.join(waiting)}.")
        return False
    snapshot = settings.candidate_inputs_dir
    lake.snapshot(snapshot)
    published, made_from = current(), _made_from(snapshot)
    if published and published.lineage.get("inputs") == made_from["inputs"] and not full:
        print(f"Nothing to build: published version {published.version} was made from exactly these inputs.")
        return False
    builds_on_published = published and published.lineage.get("foundation") == made_from["foundation"] and not full
    base = published if builds_on_published else None
    changed = changes.between(base.commits if base else {}, made_from["commits"])

    # The record is written last, because a candidate without a record cannot be published.
    _candidate_record().unlink(missing_ok=True)
    _remove_candidate()
    changed.lay_out(snapshot, settings.candidate_changes_dir)
    if base:
        _copy(base.path, settings.warehouse_candidate)
    files.write_json(_candidate_record(), made_from)
    months = f"{', '.join(changed.months) or 'no month'} on top of {base.version}" if base else "all months"
    print(f"To build in {settings.warehouse_candidate}: {months}. dbt reads {settings.candidate_changes_dir}.")
    return True


def inputs_digest(root: Path | None = None) -> str:
    """One digest of everything a warehouse is made from: the clean partitions (or a snapshot) and the dbt project."""
    return digests.of_values([lake.fingerprint(root), digests.of_dbt_project(settings.dbt_project_dir)])


def _made_from(snapshot: Path) -> dict:
    """What the candidate is made from. It is stored in the candidate's record, and later as the lineage of the version.

    The foundation is what every row depends on: the dbt project, and the aircraft (``fct_flights.has_aircraft``).
    """
    aircraft = [files.file_sha256(file) for file in sorted((snapshot / "aircraft").glob("*.parquet"))]
    return {
        "inputs": inputs_digest(snapshot),
        "foundation": digests.of_values([digests.of_dbt_project(settings.dbt_project_dir), *aircraft]),
        "commits": lake.commits(snapshot),
    }


def _copy(published: Path, candidate: Path) -> None:
    """Copy a warehouse file; one with much free space, left by deleted rows, is rewritten without it."""
    with duckdb.connect(config=settings.duckdb_config) as connection:
        connection.execute(f"ATTACH {_quoted(published)} AS published (READ_ONLY)")
        free_share = connection.execute(
            "SELECT free_blocks / total_blocks FROM pragma_database_size() WHERE database_name = 'published'"
        ).fetchall()[0][0]
        if free_share > FREE_SHARE_AT_MOST:
            connection.execute(f"ATTACH {_quoted(candidate)} AS candidate")
            connection.execute("COPY FROM DATABASE published TO candidate")
            return
    shutil.copyfile(published, candidate)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _remove_candidate() -> None:
    """Remove the candidate and the files that dbt and DuckDB leave beside it."""
    for leftover in settings.warehouse_dir.glob(f"{settings.warehouse_candidate.name}*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def build_candidate() -> None:
    """Run ``dbt build`` on the prepared candidate: every model and its tests.

    Raises :class:`NothingPublished` when no candidate is prepared, and :class:`ontime.warehouse.dbt.DbtFailed`.
    """
    if not _candidate_record().exists():
        raise NothingPublished("No candidate is prepared: run `ontime warehouse prepare` first.")
    dbt("build", target_dir=settings.dbt_parsed_dir / "build", show_output=True)


def accept_candidate() -> None:
    """Record the sha256 of the candidate that has passed its gate. Only a file with this sha256 can be published."""
    record = json.loads(_candidate_record().read_text()) if _candidate_record().exists() else {}
    files.write_json(_candidate_record(), record | {"audited_sha256": files.file_sha256(settings.warehouse_candidate)})


def publish_candidate() -> Version:
    """Publish the audited candidate as the current warehouse.

    Raises :class:`NothingPublished` when there is no candidate, and :class:`NotAudited`
    when it has not passed its gate, or was changed since.
    """
    candidate, record = settings.warehouse_candidate, _candidate_record()
    if not candidate.exists() or not record.exists():
        raise NothingPublished(f"There is no candidate at {candidate}: prepare and build it first.")
    made_from = json.loads(record.read_text())
    if made_from.get("audited_sha256") != files.file_sha256(candidate) or "inputs" not in made_from:
        raise NotAudited(
            f"{candidate} has not passed its gate as it is now: prepare it (ontime warehouse prepare), "
            "build it (ontime warehouse build) and check it (ontime check marts)."
        )
    lineage = {key: made_from[key] for key in ("inputs", "foundation")} | {"months": _months_in(made_from["commits"])}
    version = publish(WAREHOUSE, candidate, lineage, made_from["commits"])
    record.unlink()
    _remove_candidate()
    return version


def publish_predictions(predictions: Path, model_version: str) -> Version:
    """Publish a Parquet file of predictions as ``ml.flight_delay_predictions``.

    Columns: flight_key, delay_probability (0–1), model_version, scored_at (UTC).
    """
    return _publish_tables(PREDICTIONS, {"flight_delay_predictions": predictions}, model_version)


def publish_monitoring(tables: Mapping[str, Path], model_version: str) -> Version:
    """Publish drift and performance of a model: one Parquet file per table of schema ``ml``, by table name."""
    return _publish_tables(MONITORING, tables, model_version)


def _publish_tables(name: str, tables: Mapping[str, Path], model_version: str) -> Version:
    """Publish tables of schema ``ml``; equal tables are not published twice."""
    digests = {f"{table}_sha256": files.file_sha256(file) for table, file in tables.items()}
    lineage = {"model_version": model_version, **digests}
    published = current(name)
    if published and published.lineage == lineage:
        return published
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    candidate = settings.warehouse_dir / f"{name}-candidate.duckdb"
    candidate.unlink(missing_ok=True)
    with duckdb.connect(str(candidate), config=settings.duckdb_config) as connection:
        connection.execute("CREATE SCHEMA ml")
        for table, file in tables.items():
            connection.execute(f"CREATE TABLE ml.{table} AS SELECT * FROM read_parquet(?)", [str(file)])  # noqa: S608
    return publish(name, candidate, lineage)


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


def _candidate_record() -> Path:
    """The file that says what the candidate is made from, and its sha256 once it has passed its gate."""
    return settings.warehouse_candidate.with_suffix(".json")


def _months_in(commits: Mapping[str, str]) -> str:
    """The first and the last month of the monthly datasets in a set of commits; empty if there is none."""
    months = sorted(name.split("/")[1] for name in commits if name.split("/")[0] in MONTHLY)
    return f"{months[0]}..{months[-1]}" if months else ""


def _missing() -> list[str]:
    """Why no warehouse can be built yet, one text per reason: a dataset or month is missing, or a gate has not passed.

    A dataset waits for those it needs. One that has not arrived, and that none of the others needs, is an empty table.
    """
    partitions = {name: lake.clean_partitions(name) for name in DATASETS}
    loaded = {name: {partition.partition for partition in manifests} for name, manifests in partitions.items()}
    # A dataset that another one needs is published together with it, so it is not waited for by itself.
    needed = {name for dataset in DATASETS.values() for name in dataset.needs}
    independent = [name for name in DATASETS if name not in needed]
    arrived = [name for name in independent if loaded[name]]
    if not arrived:
        return [f"{name}: nothing yet" for name in independent]
    missing = []
    for name in arrived:
        for other in DATASETS[name].needs:
            if not loaded[other]:
                missing.append(f"{other}: nothing yet")
            elif DATASETS[other].is_monthly and (months := sorted(loaded[name] - loaded[other])):
                missing.append(f"{other}: not yet for {', '.join(months)}")
    return missing + [
        f"{partition.dataset} {partition.partition}: has not passed its gate"
        for manifests in partitions.values()
        for partition in manifests
        if not partition.is_validated
    ]
