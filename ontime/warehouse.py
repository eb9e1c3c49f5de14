"""The warehouse, from candidate to published version.

A candidate begins as a copy of the published version, and dbt builds the months anew that have changed since
(:mod:`ontime.changes`). It begins as nothing, and all months are built, when nothing is published, or when something
has changed that every row depends on. Only a candidate that has passed its gate is published (:mod:`ontime.versions`).

    python -m ontime.warehouse prepare [--full] | publish | docs
    python -m ontime.warehouse query "FROM marts.dim_airlines"
    python -m ontime.warehouse history
    python -m ontime.warehouse rollback [VERSION]
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table

from ontime import changes, lake
from ontime.dbt import dbt
from ontime.settings import settings
from ontime.versions import (
    MONITORING,
    PREDICTIONS,
    WAREHOUSE,
    NothingPublished,
    Version,
    current,
    history,
    publish,
    published_path,
    rollback,
)

#: The share of free space in the published file from which on it is rewritten, not copied.
FREE_SHARE_AT_MOST = 0.25


class NotAudited(ValueError):
    """A candidate that has not passed its gate cannot be published."""


# -- the candidate ---------------------------------------------------------------
def prepare_candidate(full: bool = False) -> bool:
    """Make the candidate that dbt is to build on; False when there is nothing to build.

    There is nothing to build while a dataset has not arrived or has not passed its gate, or
    when the published version was made from exactly what the lake and the dbt project hold.
    ``full`` builds all months, whatever has changed.
    """
    waiting = _not_arrived()
    if waiting:
        print(f"Nothing built yet. Waiting for clean data: {'; '.join(waiting)}.")
        return False
    snapshot = settings.candidate_inputs_dir
    lake.snapshot(snapshot)
    published, made_from = current(), _made_from(snapshot)
    if published and published.lineage.get("inputs") == made_from["inputs"] and not full:
        print(f"Nothing to build: published version {published.version} was made from exactly these inputs.")
        return False
    is_based = published and published.lineage.get("foundation") == made_from["foundation"] and not full
    base = published if is_based else None
    found = changes.between(base.commits if base else {}, made_from["commits"])

    # The record comes last: without it nothing is published, so a candidate half prepared is none.
    _candidate_record().unlink(missing_ok=True)
    _remove_candidate()
    found.lay_out(snapshot, settings.candidate_changes_dir)
    if base:
        _copy(base.path, settings.warehouse_candidate)
    lake.write_json(_candidate_record(), made_from)
    told = f"{', '.join(found.months) or 'no month'}, upon {base.version}" if base else "all months"
    print(f"To build: {settings.warehouse_candidate}, {told}, from what {settings.candidate_changes_dir} links to")
    return True


def inputs_digest(root: Path | None = None) -> str:
    """One digest of all that a warehouse is made from: clean partitions (or a snapshot of them) and the dbt project."""
    return hashlib.sha256(f"{lake.fingerprint(root)} {_project_digest()}".encode()).hexdigest()


def _made_from(snapshot: Path) -> dict:
    """What the candidate is made from, as its record and its version's lineage tell it.

    The foundation is what every row depends on: the dbt project, and the aircraft (``fct_flights.has_aircraft``).
    """
    aircraft = [lake.file_sha256(file) for file in sorted((snapshot / "aircraft").glob("*.parquet"))]
    return {
        "inputs": inputs_digest(snapshot),
        "foundation": hashlib.sha256(" ".join([_project_digest(), *aircraft]).encode()).hexdigest(),
        "commits": lake.commits(snapshot),
    }


def _project_digest() -> str:
    project = settings.dbt_project_dir
    files = [project / "dbt_project.yml"]
    for folder in ("models", "seeds", "macros", "tests"):
        files += sorted(path for path in (project / folder).rglob("*") if path.is_file())
    told = "".join(f"{path.relative_to(project)} {lake.file_sha256(path)}\n" for path in files)
    return hashlib.sha256(told.encode()).hexdigest()


def _copy(published: Path, candidate: Path) -> None:
    """Copy a warehouse file; one with much space left by rows that are gone is rewritten without."""
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
    """Remove the candidate and all that dbt and DuckDB leave beside it."""
    for leftover in settings.warehouse_dir.glob(f"{settings.warehouse_candidate.name}*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def accept_candidate() -> None:
    """Note that the candidate, as it is now, has passed its gate: nothing else is published."""
    record = json.loads(_candidate_record().read_text()) if _candidate_record().exists() else {}
    lake.write_json(_candidate_record(), record | {"audited_sha256": lake.file_sha256(settings.warehouse_candidate)})


def publish_candidate() -> Version:
    """Publish the audited candidate as the current warehouse.

    Raises :class:`NothingPublished` when there is no candidate, and :class:`NotAudited`
    when it has not passed its gate, or was changed since.
    """
    candidate, record = settings.warehouse_candidate, _candidate_record()
    if not candidate.exists() or not record.exists():
        raise NothingPublished(f"There is no candidate at {candidate}: prepare and build it first.")
    made_from = json.loads(record.read_text())
    if made_from.get("audited_sha256") != lake.file_sha256(candidate) or "inputs" not in made_from:
        raise NotAudited(
            f"{candidate} has not passed its gate as it is now: prepare it (python -m ontime.warehouse prepare), "
            "build it, and let it through the gate (python -m expectations.validate marts)."
        )
    months = [partition.partition for partition in lake.clean_partitions("flights", settings.candidate_inputs_dir)]
    lineage = {key: made_from[key] for key in ("inputs", "foundation")} | {"months": f"{months[0]}..{months[-1]}"}
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
    """Publish Parquet files, by table, as those tables of ``ml`` that say how a model does."""
    return _publish_tables(MONITORING, tables, model_version)


def _publish_tables(name: str, tables: Mapping[str, Path], model_version: str) -> Version:
    """Publish tables of ``ml`` that a model has made; the same ones are not published twice."""
    digests = {f"{table}_sha256": lake.file_sha256(file) for table, file in tables.items()}
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


def _candidate_record() -> Path:
    """What the candidate is made from, and its sha256 once its gate has let it through."""
    return settings.warehouse_candidate.with_suffix(".json")


def _not_arrived() -> list[str]:
    """What a warehouse still lacks: datasets, weather for months of flights, partitions that passed their gate."""
    partitions = [partition for dataset in lake.DATASETS for partition in lake.clean_partitions(dataset)]
    months = {dataset: {p.partition for p in partitions if p.dataset == dataset} for dataset in lake.DATASETS}
    missing = [f"{dataset}: nothing yet" for dataset in lake.DATASETS if not months[dataset]]
    missing += [f"{p.dataset} {p.partition}: has not passed its gate" for p in partitions if not p.is_validated]
    without_weather = sorted(months["flights"] - months["weather"])
    if months["weather"] and without_weather:
        missing.append(f"weather: not yet for {', '.join(without_weather)}")
    return missing


# -- command line ------------------------------------------------------------------
app = typer.Typer(help="Versions of the published warehouse.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("prepare")
def prepare_command(full: Annotated[bool, typer.Option("--full", help="Build all months.")] = False) -> None:
    """Make the candidate; then build it: dbt build --project-dir dbt_project --profiles-dir dbt_project"""
    prepare_candidate(full)


@app.command("publish")
def publish_command() -> None:
    """Publish the candidate that has passed its gate."""
    try:
        publish_candidate()
    except (NothingPublished, NotAudited) as problem:
        raise typer.Exit(_fail(str(problem))) from None


@app.command("docs")
def docs_command() -> None:
    """Write dbt's documentation of the published warehouse, as one page that needs no network."""
    published = current()
    if published is None:
        raise typer.Exit(_fail(f"Nothing has been published as {published_path()} yet: run `make demo`."))
    with tempfile.TemporaryDirectory() as folder:
        # dbt opens a warehouse to write; the published one is left alone.
        copy = shutil.copyfile(published.path, Path(folder) / "candidate.duckdb")
        dbt(
            *("docs", "generate", "--static"),
            target_dir=Path(folder),
            environment={"ONTIME_DBT_DUCKDB_PATH": str(copy)},
        )
        settings.dbt_docs_dir.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(folder) / "static_index.html", settings.dbt_docs_dir / "index.html")
    print(f"Open {settings.dbt_docs_dir / 'index.html'}")


@app.command("history")
def history_command(name: Annotated[str, typer.Option(help="ontime, predictions or monitoring")] = WAREHOUSE) -> None:
    """List the versions kept, newest first; * marks the current one."""
    now = current(name)
    table = Table("", "version", "published (UTC)", "MiB", "sha256", "made from")
    for version in history(name):
        table.add_row(
            "*" if now and version.version == now.version else "",
            version.version,
            version.published_at,
            f"{version.size_bytes / 2**20:.1f}",
            version.sha256[:12],
            ", ".join(f"{key} {value[:16]}" for key, value in version.lineage.items()),
        )
    Console().print(table)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="For example: FROM marts.fct_flights LIMIT 5")],
    name: Annotated[str, typer.Option(help="ontime, predictions or monitoring")] = WAREHOUSE,
) -> None:
    """Print what a query finds in the published file, opened read-only."""
    if current(name) is None:
        raise typer.Exit(_fail(f"Nothing has been published as {published_path(name)} yet: run `make demo`."))
    try:
        with duckdb.connect(str(published_path(name)), read_only=True, config=settings.duckdb_config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.sql(sql).show(max_width=160)
    except duckdb.Error as problem:
        raise typer.Exit(_fail(str(problem))) from None


@app.command("rollback")
def rollback_command(
    to: Annotated[str, typer.Argument(help="The version; if left out, the one before the current.")] = "",
    name: Annotated[str, typer.Option(help="ontime, predictions or monitoring")] = WAREHOUSE,
) -> None:
    """Make an earlier version current again. Nothing is deleted."""
    try:
        version = rollback(name, to or None)
    except NothingPublished as problem:
        raise typer.Exit(_fail(str(problem))) from problem
    print(f"{published_path(name)} is now {version.version}")


def _fail(message: str) -> int:
    Console(stderr=True).print(message, style="red")
    return 1


if __name__ == "__main__":
    app()
