"""A contract's clean columns in Spark: their types, and whether a value is out of bounds."""

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

from ontime.contract import Bounds, ColumnType, Dataset

#: Spark's type of each type that a contract can declare.
SPARK_TYPES: dict[ColumnType, str] = {
    "string": "string",
    "int32": "int",
    "double": "double",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[us]": "timestamp_ntz",
    "timestamp[us, tz=UTC]": "timestamp",
    "list<string>": "array<string>",
}


def clean_columns(contract: Dataset) -> list[Column]:
    """The contract's columns, in order and cast to their types. Spark removes casts that change nothing."""
    return [F.col(column.name).cast(SPARK_TYPES[column.type]).alias(column.name) for column in contract.columns]


def out_of_bounds(contract: Dataset, columns: Mapping[str, Column]) -> dict[str, Column]:
    """For each clean column whose bounds hold for every row: whether its value lies outside; null without a value.

    ``columns`` has the values by clean column. Raises ``KeyError`` if a bounded column is not in it. Bounds with a
    smaller share are left to the gate, which sees all rows.
    """
    return {
        name: _is_outside(columns[name], bounds)
        for name, bounds in contract.bounded_columns.items()
        if bounds.share == 1
    }


def _is_outside(value: Column, bounds: Bounds) -> Column:
    high = F.year(F.current_date()) if bounds.high == "this year" else bounds.high
    too_low = F.lit(False) if bounds.low is None else value < bounds.low
    too_high = F.lit(False) if high is None else value > high
    return too_low | too_high
