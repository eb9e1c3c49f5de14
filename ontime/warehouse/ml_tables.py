"""Predictions and monitoring: tables of schema ``ml``, published as files of their own."""

import glob
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import duckdb

from ontime import files, locks
from ontime.settings import settings
from ontime.warehouse.records import MONITORING, PREDICTIONS, DamagedVersion, Version, current, made_from
from ontime.warehouse.versions import publish, rejected_version, sweep


def publish_predictions(predictions: Path, model_version: str) -> Version:
    """Publish a Parquet file of predictions as ``ml.flight_delay_predictions``.

    Columns: flight_key, delay_probability (0–1), model_version, scored_at (UTC). Returns the current version, which is
    the earlier one if nothing was published. Raises :class:`ontime.locks.Busy`.
    """
    return _publish_tables(PREDICTIONS, {"flight_delay_predictions": predictions}, model_version)


def publish_monitoring(
    tables: Mapping[str, Path], model_version: str, descriptions: Mapping[str, str] | None = None
) -> Version:
    """Publish drift and performance of a model: one Parquet file per table of schema ``ml``, by table name.

    ``descriptions``: comments by table (``score_drift``) or column (``score_drift.psi``). Returns and raises as
    :func:`publish_predictions`.
    """
    return _publish_tables(MONITORING, tables, model_version, descriptions or {})


def _publish_tables(
    name: str, tables: Mapping[str, Path], model_version: str, descriptions: Mapping[str, str] = MappingProxyType({})
) -> Version:
    """Publish tables of schema ``ml``, unless they equal those of the current version or of one rolled back."""
    digests = {f"{table}_sha256": files.file_sha256(file) for table, file in tables.items()}
    lineage = {"model_version": model_version, **digests}
    with locks.hold(locks.WAREHOUSE, f"publication of {name}"):
        sweep(name)
        published = _usable(name)
        if published and published.lineage == lineage:
            return published
        if published and (rejected := rejected_version(made_from(lineage), name)):
            print(
                f"Not published: {rejected} of {name} had exactly these tables and was rolled back. "
                f"To return to it: ontime warehouse rollback {rejected} --name {name}."
            )
            return published
        settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
        candidate = settings.warehouse_dir / f"{name}-candidate.duckdb"
        for leftover in settings.warehouse_dir.glob(f"{candidate.name}*"):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        with duckdb.connect(str(candidate), config=settings.duckdb_config) as connection:
            connection.execute("CREATE SCHEMA ml")
            for table, file in tables.items():
                rows = [glob.escape(str(file))]
                connection.execute(f"CREATE TABLE ml.{table} AS SELECT * FROM read_parquet(?)", rows)  # noqa: S608
            for described, text in descriptions.items():
                kind = "COLUMN" if "." in described else "TABLE"
                connection.execute(f"COMMENT ON {kind} ml.{described} IS '{text.replace(chr(39), 2 * chr(39))}'")
        return publish(name, candidate, lineage)


def _usable(name: str) -> Version | None:
    """The current version; None if there is none or its file is damaged, because the new tables replace it."""
    try:
        return (published := current(name)) and published.verified()
    except DamagedVersion as problem:
        print(f"{problem} A new version replaces it.")
        return None
