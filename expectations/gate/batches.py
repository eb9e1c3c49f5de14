"""The batches that suites check: pandas frames, each read once.

Great Expectations computes every metric on the frame it gets and reads nothing again.
"""

import csv
import glob
import tempfile
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations import lake_in_marts, marts
from ontime import lake
from ontime.datasets import DATASETS
from ontime.lake.formats import cells_of_header, column_names
from ontime.lake.lines import dialect_of, read_lines
from ontime.settings import settings


# -- raw -------------------------------------------------------------------------
def raw_rows(raw: lake.RawFile, checked: Collection[str]) -> pd.DataFrame:
    """The readable rows of a raw CSV file as text; ``NA`` and empty cells are null.

    The header must be that of a known format, which limits the number of columns. Columns outside ``checked`` become
    categories: a national month has 110 columns, and a Python string for each of their cells would take gigabytes.
    """
    dialect = dialect_of(raw.path)
    with _readable_lines(raw) as file:
        rows = pd.read_csv(
            file,
            sep=dialect.separator,
            quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
            dtype=defaultdict[str, Any](lambda: "category", dict.fromkeys(checked, str)),
            keep_default_na=False,
            na_values=["NA", ""],
            on_bad_lines="skip",
            index_col=False,
        )
    return rows.iloc[:, : len(column_names(cells_of_header(raw.path)))]


def _readable_lines(raw: lake.RawFile) -> BinaryIO:
    """The open raw file, or a temporary copy without its unreadable lines. Cleaning writes those to quarantine."""
    if raw.unreadable_rows == 0:
        return lake.open_raw(raw.path)
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    copy.writelines(line.content for line in read_lines(raw.path) if not line.problem)
    copy.seek(0)
    return copy


# -- clean -----------------------------------------------------------------------
def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files that are committed in a partition's folder; a later commit does not change them."""
    return sorted(folder.resolve().glob("*.parquet"))


def clean_shape(files: list[Path]) -> pd.DataFrame:
    """A frame without rows, with a column ``<name> <Arrow type>`` for each column that any of the files has."""
    typed = {f"{field.name} {_type_name(field.type)}": None for file in files for field in pq.read_schema(file)}
    return pd.DataFrame(columns=list(typed))


def _type_name(arrow_type: pa.DataType) -> str:
    # A list's full name includes the name of its elements, which each writer chooses differently.
    return f"list<{arrow_type.value_type}>" if pa.types.is_list(arrow_type) else str(arrow_type)


def clean_rows(files: list[Path]) -> pd.DataFrame:
    """Every row of the files. A list of names becomes one comma-separated text, empty for an empty list."""
    table = pa.concat_tables([pq.ParquetFile(file).read() for file in files], promote_options="default")
    # Great Expectations compares 64-bit numbers and nanoseconds as arrays, anything else value by value in Python.
    rows = table.to_pandas(date_as_object=False, coerce_temporal_nanoseconds=True, safe=False)
    rows = rows.astype(dict.fromkeys(rows.select_dtypes("int32"), "int64"))
    for field in table.schema:
        if pa.types.is_list(field.type):
            rows[field.name] = rows[field.name].map(", ".join, na_action="ignore")
    return rows


def clean_manifest(dataset: str, partition: str) -> lake.CleanPartition:
    """The manifest of a committed partition.

    Raises :class:`lake.MissingPartition` if nothing is committed, and :class:`lake.DamagedPartition` if its files are
    not as they were committed.
    """
    manifest = lake.clean_partition(dataset, partition)
    if manifest is None:
        raise lake.MissingPartition(
            f"No clean {dataset} for {partition}: clean it first ({lake.command('clean', dataset, [partition])})."
        )
    return manifest.verified()


def reconciliation(manifests: list[lake.CleanPartition]) -> pd.DataFrame:
    """One row per partition: the counts of its manifest beside those of its raw, clean and quarantine files.

    Raises :class:`lake.MissingPartition` or :class:`lake.CorruptRawFile` for the first partition without its raw file.
    """
    return pd.DataFrame([_reconciliation(manifest) for manifest in manifests])


def _reconciliation(manifest: lake.CleanPartition) -> dict[str, object]:
    raw = lake.current_raw(manifest.dataset, manifest.partition)
    quarantine = lake.quarantine_partition_dir(manifest.dataset, manifest.partition)
    rows_clean = _count_rows(parquet_files(manifest.path))
    rows_quarantined = _count_rows(parquet_files(quarantine))
    return {
        "partition": manifest.partition,
        "raw_version": raw.sha256[:12],
        "raw_version_cleaned": manifest.raw_sha256[:12],
        "rows_raw": lake.count_rows(raw.path),
        "rows_clean_and_quarantined": rows_clean + rows_quarantined,
        "rows_clean": rows_clean,
        "rows_clean_in_manifest": manifest.rows_clean,
        "rows_quarantined": rows_quarantined,
        "rows_quarantined_in_manifest": manifest.rows_quarantined,
        "wrong_percent": 100 * manifest.rows_wrong / max(rows_clean + manifest.rows_wrong, 1),
        "quarantined_by_reason": "; ".join(
            f"{reason} {count}" for reason, count in sorted(manifest.quarantined_by_reason.items())
        ),
        "quarantine_files": str(quarantine),
    }


def _count_rows(files: list[Path]) -> int:
    return sum(pq.read_metadata(file).num_rows for file in files)


# -- marts -----------------------------------------------------------------------
def mart_batches() -> dict[str, pd.DataFrame]:
    """The batches of :mod:`expectations.marts`, by the name of their suite there.

    Raises ``duckdb.Error`` when the candidate lacks a relation or a column.
    """
    inputs, changes = settings.candidate_inputs_dir, settings.candidate_changes_dir
    # We attach the candidate to a new connection: if this process has opened the file before, opening it again would
    # return its earlier content.
    with duckdb.connect(config=settings.duckdb_config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        candidate = str(settings.warehouse_candidate).replace("'", "''")
        connection.execute(f"attach '{candidate}' as warehouse (read_only)")
        lake_rows = _lake_rows(inputs)
        connection.register("lake_rows", lake_rows)
        for name, source in {
            "clean_flights": lake.clean_glob("flights", changes),
            "clean_airports": lake.clean_glob("airports", changes),
            "months": f"{glob.escape(str(changes))}/months/*.parquet",
        }.items():
            connection.read_parquet(source, hive_partitioning=False).create_view(name)
        supplement = connection.read_csv(glob.escape(str(settings.airport_supplement)), header=True, all_varchar=True)
        supplement.create_view("airport_supplement")
        return {
            "MONTHS": connection.execute(marts.MONTHS_SQL).df(),
            "RELATIONS": connection.execute(marts.RELATIONS_SQL).df(),
            "HOURS": lake_in_marts.hours(connection),
            "READINGS": lake_in_marts.readings(connection),
            "MISSING_ROWS": lake_in_marts.missing_rows(connection, lake_rows),
        }


def _lake_rows(root: Path) -> pd.DataFrame:
    """The row count of every clean partition below ``root``; a dataset without data has no row."""
    manifests = [manifest for dataset in DATASETS for manifest in lake.clean_partitions(dataset, root)]
    rows = [(manifest.dataset, manifest.partition, manifest.rows_clean) for manifest in manifests]
    return pd.DataFrame(rows, columns=marts.LAKE_ROWS)
