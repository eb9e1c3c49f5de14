"""Compares the clean rows of each engine with Spark's, on every column that the raw format has."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from bench.cleaning import COLUMNS, files
from ontime import lake

ENGINES = ("duckdb", "polars", "pandas")


class EnginesDisagree(RuntimeError):
    """An engine made other rows than Spark. The message names the engine, the month and the first difference."""


def check(names: Iterable[str], months: Iterable[str]) -> None:
    """Raise :class:`EnginesDisagree` unless every engine made the same rows as Spark in every month."""
    by_engine = {(month, engine): disagreements(engine, month) for month in months for engine in names}
    problems = [f"{month} {engine}: {'; '.join(lines)}" for (month, engine), lines in by_engine.items() if lines]
    if problems:
        raise EnginesDisagree("\n".join(problems))


def disagreements(engine: str, month: str) -> list[str]:
    """How an engine's file differs from Spark's committed partition; empty if it does not."""
    [part] = lake.clean_partition_dir("flights", month).glob("*.parquet")
    return differences(_read(part), _read(files.target(engine, month)))


def differences(expected: pa.Table, actual: pa.Table) -> list[str]:
    """One line per column that differs, or one line if columns or row counts differ.

    Raises ``pyarrow.ArrowInvalid`` if a column cannot be cast to the expected type.
    """
    if actual.column_names != expected.column_names:
        return [f"columns {actual.column_names}, not {expected.column_names}"]
    if actual.num_rows != expected.num_rows:
        return [f"{actual.num_rows:,} rows, not {expected.num_rows:,}"]
    actual = actual.cast(pa.schema([field.with_nullable(True) for field in expected.schema]))
    return [
        _difference(name, expected[name], actual[name])
        for name in expected.column_names
        if not expected[name].equals(actual[name])
    ]


def _difference(name: str, expected: pa.ChunkedArray, actual: pa.ChunkedArray) -> str:
    pairs = list(zip(expected.to_pylist(), actual.to_pylist(), strict=True))
    rows = [row for row, (one, other) in enumerate(pairs) if one != other]
    one, other = pairs[rows[0]]
    return f"{name}: {len(rows):,} rows, the first is row {rows[0]:,} with {other}, not {one}"


def _read(file: Path) -> pa.Table:
    return pyarrow.parquet.ParquetFile(file).read(COLUMNS)
