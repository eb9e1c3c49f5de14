"""From candidate to published warehouse: versions, the atomic swap, history and rollback.

Two files are published, each by the same rules: ``ontime`` (what dbt built) and
``predictions`` (what the model scored). A published version is a read-only DuckDB
file ``versions/<name>/<version>.duckdb`` with a ``.json`` beside it that says what
it was made from. ``<name>.duckdb`` is a symbolic link to the current version, and
publishing replaces that link: a reader opens the old version or the new one, and
whoever has the old one open keeps it.

    python -m ontime.warehouse prepare | publish | docs
    python -m ontime.warehouse query "FROM marts.dim_airlines"
    python -m ontime.warehouse history
    python -m ontime.warehouse rollback [VERSION]
"""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table

from ontime import lake
from ontime.dbt import dbt
from ontime.settings import settings

WAREHOUSE = "ontime"
PREDICTIONS = "predictions"


class NothingPublished(LookupError):
    """There is no published version, or not the one asked for."""


class NotAudited(ValueError):
    """A candidate that has not passed its gate cannot be published."""


@dataclass(frozen=True)
class Version:
    """One published file. ``lineage`` says what it was made from."""

    name: str
    version: str
    sha256: str
    size_bytes: int
    published_at: str
    lineage: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return _versions_dir(self.name) / f"{self.version}.duckdb"


# -- the candidate ---------------------------------------------------------------
def prepare_candidate() -> bool:
    """Make room for a new candidate; False when there is nothing to build.

    There is nothing to build while a dataset has not arrived or has not passed its gate, or
    when the published version was made from exactly what the lake and the dbt project hold.
    """
    waiting = _not_arrived()
    if waiting:
        print(f"Nothing built yet. Waiting for clean data: {'; '.join(waiting)}.")
        return False
    lake.snapshot(settings.candidate_inputs_dir)
    inputs, published = inputs_digest(settings.candidate_inputs_dir), current(WAREHOUSE)
    if published and published.lineage.get("inputs") == inputs:
        print(f"Nothing to build: published version {published.version} was made from exactly these inputs.")
        return False
    for leftover in settings.warehouse_dir.glob(f"{settings.warehouse_candidate.name}*"):
        leftover.unlink()
    lake.write_json(_candidate_record(), {"inputs": inputs})
    print(f"To build: {settings.warehouse_candidate}, from the partitions linked in {settings.candidate_inputs_dir}")
    return True


def inputs_digest(root: Path | None = None) -> str:
    """One digest of all that a warehouse is made from: clean partitions (or a snapshot of them) and the dbt project."""
    project = settings.dbt_project_dir
    sources = [project / "dbt_project.yml"]
    for folder in ("models", "seeds", "macros", "tests"):
        sources += sorted(path for path in (project / folder).rglob("*") if path.is_file())
    digest = hashlib.sha256(lake.fingerprint(root).encode())
    for path in sources:
        digest.update(f"{path.relative_to(project)} {lake.file_sha256(path)}\n".encode())
    return digest.hexdigest()


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
    version = publish(WAREHOUSE, candidate, {"inputs": made_from["inputs"], "months": f"{months[0]}..{months[-1]}"})
    record.unlink()
    return version


def publish_predictions(predictions: Path, model_version: str) -> Version:
    """Publish a Parquet file of predictions as ``ml.flight_delay_predictions``.

    Columns: flight_key, delay_probability (0–1), model_version, scored_at (UTC).
    The same predictions are not published twice.
    """
    lineage = {"model_version": model_version, "predictions_sha256": lake.file_sha256(predictions)}
    published = current(PREDICTIONS)
    if published and published.lineage == lineage:
        return published
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    candidate = settings.warehouse_dir / "predictions-candidate.duckdb"
    candidate.unlink(missing_ok=True)
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("CREATE SCHEMA ml")
        connection.execute(
            "CREATE TABLE ml.flight_delay_predictions AS SELECT * FROM read_parquet(?)", [str(predictions)]
        )
    return publish(PREDICTIONS, candidate, lineage)


# -- publishing ------------------------------------------------------------------
def publish(name: str, candidate: Path, lineage: dict[str, str]) -> Version:
    """Make ``candidate`` the current version of ``name``; the file is moved.

    Only the last ``settings.published_versions_kept`` versions stay.
    """
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("CHECKPOINT")
    published_at = datetime.now(UTC)
    sha256 = lake.file_sha256(candidate)
    version = Version(
        name=name,
        version=f"{published_at:%Y%m%dT%H%M%S%fZ}-{sha256[:8]}",
        sha256=sha256,
        size_bytes=candidate.stat().st_size,
        published_at=published_at.isoformat(timespec="seconds"),
        lineage=lineage,
    )
    version.path.parent.mkdir(parents=True, exist_ok=True)
    candidate.chmod(0o444)
    os.replace(candidate, version.path)
    lake.write_json(version.path.with_suffix(".json"), asdict(version))
    lake.point_link(published_path(name), version.path)
    for old in history(name)[settings.published_versions_kept :]:
        old.path.with_suffix(".json").unlink()
        old.path.unlink(missing_ok=True)
    print(f"Published {published_path(name)} = {version.version} (sha256 {sha256[:12]}…)")
    return version


def published_path(name: str = WAREHOUSE) -> Path:
    """Where readers find the current version; open it read-only."""
    return settings.warehouse_dir / f"{name}.duckdb"


def current(name: str = WAREHOUSE) -> Version | None:
    """The version that readers see, or None before the first publication."""
    link = published_path(name)
    if not link.is_symlink():
        return None
    return Version(**json.loads(link.resolve().with_suffix(".json").read_text()))


def history(name: str = WAREHOUSE) -> list[Version]:
    """The versions that can be rolled back to, newest first."""
    found = sorted(_versions_dir(name).glob("*.json"), reverse=True)
    return [Version(**json.loads(path.read_text())) for path in found]


def rollback(name: str = WAREHOUSE, to: str | None = None) -> Version:
    """Make an earlier version the current one: ``to``, or the one before the current.

    Raises :class:`NothingPublished` when there is no such version.
    """
    now = current(name)
    if now is None:
        raise NothingPublished(f"Nothing has been published as {published_path(name)} yet.")
    versions = history(name)
    wanted = [v for v in versions if (v.version == to if to else v.version < now.version)]
    if not wanted:
        known = ", ".join(v.version for v in versions)
        raise NothingPublished(f"There is no {to or f'version before {now.version}'}; the versions kept are: {known}")
    lake.point_link(published_path(name), wanted[0].path)
    return wanted[0]


def _versions_dir(name: str) -> Path:
    return settings.warehouse_dir / "versions" / name


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
def prepare_command() -> None:
    """Make room for a candidate; then build it: dbt build --project-dir dbt_project --profiles-dir dbt_project"""
    prepare_candidate()


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
def history_command(name: Annotated[str, typer.Option(help="ontime or predictions")] = WAREHOUSE) -> None:
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
    name: Annotated[str, typer.Option(help="ontime or predictions")] = WAREHOUSE,
) -> None:
    """Print what a query finds in the published file, opened read-only."""
    if current(name) is None:
        raise typer.Exit(_fail(f"Nothing has been published as {published_path(name)} yet: run `make demo`."))
    try:
        with duckdb.connect(str(published_path(name)), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.sql(sql).show(max_width=160)
    except duckdb.Error as problem:
        raise typer.Exit(_fail(str(problem))) from None


@app.command("rollback")
def rollback_command(
    to: Annotated[str, typer.Argument(help="The version; if left out, the one before the current.")] = "",
    name: Annotated[str, typer.Option(help="ontime or predictions")] = WAREHOUSE,
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
