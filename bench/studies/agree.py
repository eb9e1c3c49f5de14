"""Whether two engines made the same of a month: row for row, on every column but the numbers that this format lacks."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from bench.cleaning import COLUMNS, files
from ontime import lake

ENGINES = ("duckdb", "polars", "pandas")


class EnginesDisagree(RuntimeError):
    """Engines made other rows than Spark of the same months; the message says which, and where."""


def check(engines: Iterable[str], months: Iterable[str]) -> None:
    """Raise :class:`EnginesDisagree` unless every engine has made of every month what Spark has."""
    found = {(month, engine): disagreements(engine, month) for month in months for engine in engines}
    unlike = [f"{month} {engine}: {'; '.join(told)}" for (month, engine), told in found.items() if told]
    if unlike:
        raise EnginesDisagree("\n".join(unlike))


def disagreements(engine: str, month: str) -> list[str]:
    """What an engine's file has otherwise than Spark's committed partition; empty if nothing."""
    [part] = lake.clean_partition_dir("flights", month).glob("*.parquet")
    return differences(_read(part), _read(files.target(engine, month)))


def differences(expected: pa.Table, found: pa.Table) -> list[str]:
    """One line for every column that differs, or one if the tables have other columns, types or numbers of rows."""
    if found.column_names != expected.column_names:
        return [f"columns {found.column_names}, not {expected.column_names}"]
    if found.num_rows != expected.num_rows:
        return [f"{found.num_rows:,} rows, not {expected.num_rows:,}"]
    found = found.cast(pa.schema([field.with_nullable(True) for field in expected.schema]))
    return [
        _difference(name, expected[name], found[name])
        for name in expected.column_names
        if not expected[name].equals(found[name])
    ]


def _difference(name: str, expected: pa.ChunkedArray, found: pa.ChunkedArray) -> str:
    pairs = list(zip(expected.to_pylist(), found.to_pylist(), strict=True))
    unlike = [row for row, (one, other) in enumerate(pairs) if one != other]
    one, other = pairs[unlike[0]]
    return f"{name}: {len(unlike):,} rows, the first is row {unlike[0]:,} with {other}, not {one}"


def _read(file: Path) -> pa.Table:
    return pyarrow.parquet.ParquetFile(file).read(COLUMNS)
