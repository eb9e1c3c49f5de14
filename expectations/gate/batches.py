"""The batches that suites check: pandas frames of one partition, read once.

Great Expectations computes every metric on the frame it is given; nothing is read again.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations import marts
from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.lake.formats import cells_of_header, dialect_of, named
from ontime.settings import settings

# -- raw -----------------------------------------------------------------------


def raw_rows(path: Path, checked: Collection[str]) -> pd.DataFrame:
    """A raw CSV file as text, ``NA`` and empty cells missing; a file without a header has no columns.

    The columns that are not ``checked`` are there as categories: a national month has 110 columns, and one
    Python string for each of their cells would take gigabytes.
    """
    dialect = dialect_of(path)
    try:
        with _without_open_quotes(path) if dialect.quote else lake.open_raw(path) as file:
            rows = pd.read_csv(
                file,
                sep=dialect.separator,
                quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
                dtype=defaultdict[str, Any](lambda: "category", dict.fromkeys(checked, str)),
                keep_default_na=False,
                na_values=["NA", ""],
                on_bad_lines="skip",
                index_col=False,
                encoding_errors="replace",
            )
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    return rows.iloc[:, : len(named(cells_of_header(path)))]


def _without_open_quotes(path: Path) -> io.BufferedReader:
    """A raw file without the lines that open a quote and leave it open.

    Such a quote would swallow the lines after it. The cleaning reads line by line and quarantines
    that line alone, so it must not cost the others here.
    """
    with lake.open_raw(path) as lines:
        if all(map(_is_balanced, lines)):
            return lake.open_raw(path)
    with lake.open_raw(path) as lines:
        return io.BufferedReader(io.BytesIO(b"".join(line for line in lines if _is_balanced(line))))


def _is_balanced(line: bytes) -> bool:
    return line.count(b'"') % 2 == 0


# -- clean ---------------------------------------------------------------------


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files of a partition's folder, as committed now: a later commit does not change them."""
    return sorted(folder.resolve().glob("*.parquet"))


def clean_shape(files: list[Path]) -> pd.DataFrame:
    """No rows; a column named ``<name> <Arrow type>`` for each column that any of the files has."""
    typed = {f"{field.name} {_type_name(field.type)}": None for file in files for field in pq.read_schema(file)}
    return pd.DataFrame(columns=list(typed))


def clean_rows(files: list[Path]) -> pd.DataFrame:
    """Every row of the files; a list of names becomes one text, empty for an empty list."""
    table = pa.concat_tables([pq.ParquetFile(file).read() for file in files], promote_options="default")
    # Great Expectations compares 64-bit numbers and nanoseconds as arrays, anything else value by value in Python.
    rows = table.to_pandas(date_as_object=False, coerce_temporal_nanoseconds=True, safe=False)
    rows = rows.astype(dict.fromkeys(rows.select_dtypes("int32"), "int64"))
    for field in table.schema:
        if pa.types.is_list(field.type):
            rows[field.name] = rows[field.name].map(", ".join, na_action="ignore")
    return rows


def clean_books(dataset: str, partitions: list[str]) -> pd.DataFrame:
    """One row per partition: what its manifest says beside what its files hold.

    Raises :class:`lake.MissingPartition` for the first partition that is not clean or has no raw file.
    """
    return pd.DataFrame([_books(clean_manifest(dataset, partition)) for partition in partitions])


def clean_manifest(dataset: str, partition: str) -> lake.CleanPartition:
    """The manifest of a committed partition; :class:`lake.MissingPartition` where nothing is committed."""
    manifest = lake.clean_partition(dataset, partition)
    if manifest is None:
        month = "" if partition == ALL else f" {partition}"
        raise lake.MissingPartition(
            f"No clean {dataset} for {partition}: clean it first (python -m spark_jobs {dataset}{month})."
        )
    return manifest


def _books(manifest: lake.CleanPartition) -> dict[str, object]:
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


def _type_name(arrow_type: pa.DataType) -> str:
    # Writers name a list's elements as they like: only what it is a list of matters.
    return f"list<{arrow_type.value_type}>" if pa.types.is_list(arrow_type) else str(arrow_type)


# -- marts ---------------------------------------------------------------------


def mart_batches() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The batches of :mod:`expectations.marts`, months and relations, from the candidate warehouse.

    Raises ``duckdb.Error`` when a relation or a column is not there.
    """
    inputs = settings.candidate_inputs_dir
    manifests = [manifest for dataset in DATASETS for manifest in lake.clean_partitions(dataset, inputs)]
    lake_rows = pd.DataFrame([(m.dataset, m.partition, m.rows_clean) for m in manifests], columns=marts.LAKE_ROWS)
    # Attached, not opened: a file that this process opened before would come back as it was then.
    with duckdb.connect(config=settings.duckdb_config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        candidate = str(settings.warehouse_candidate).replace("'", "''")
        connection.execute(f"attach '{candidate}' as warehouse (read_only)")
        connection.register("lake_rows", lake_rows)
        for name, source in {
            "clean_flights": lake.clean_glob("flights", settings.candidate_changes_dir),
            "clean_airports": lake.clean_glob("airports", inputs),
            "months": lake.clean_glob("months", settings.candidate_changes_dir),
        }.items():
            connection.read_parquet(source, hive_partitioning=False).create_view(name)
        supplement = connection.read_csv(str(settings.airport_supplement), header=True, all_varchar=True)
        supplement.create_view("airport_supplement")
        return connection.execute(marts.MONTHS_SQL).df(), connection.execute(marts.RELATIONS_SQL).df()
