"""The publishers' columns as text, under the job's own names, and the numbers that are read from them.

A job receives rows whose columns are all text (null where the publisher wrote nothing), plus ``malformed_line`` and
``partition``, the partition of the file that the row comes from.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from ontime.contract import Dataset
from ontime.lake.formats import format_of

MALFORMED_LINE = "malformed_line"
#: The columns of a row that are ours, not the publisher's.
OUR_COLUMNS = (MALFORMED_LINE, "partition")


def raw_schema(columns: Iterable[str]) -> StructType:
    """The schema of a raw file: every column is text; a line with too few or too many cells is kept whole."""
    return StructType([StructField(name, StringType()) for name in (*columns, MALFORMED_LINE)])


def as_published(columns: Iterable[str]) -> dict[str, str]:
    """The mapping of a format whose column names the job uses as its own."""
    return {name: name for name in columns}


def format_name(rows: DataFrame, contract: Dataset) -> str:
    """The contract's format that has the columns of ``rows``."""
    return str(format_of(contract.formats, (name for name in rows.columns if name not in OUR_COLUMNS)))


def any_of(conditions: Iterable[Column]) -> Column:
    """A condition that is true if at least one of these holds; false without conditions."""
    return reduce(or_, conditions, F.lit(False))


class RawColumns:
    """A row's texts under the job's own names: ``raw["origin"]`` works for every publisher.

    ``sql`` maps each name to an SQL expression over the publisher's columns.
    """

    def __init__(self, sql: Mapping[str, str]):
        self.sql = sql
        self._columns = {name: F.expr(expression) for name, expression in sql.items()}

    def __getitem__(self, name: str) -> Column:
        """One text, unchanged."""
        return self._columns[name]

    def whole_number(self, name: str) -> Column:
        """A text as int32 (``11`` and ``11.0`` are both 11); null for any other text."""
        # Zero decimals are removed first: for a text that is not an integer, try_cast raises an exception inside Spark.
        integral = F.when(F.contains(self[name], F.lit(".")), F.regexp_replace(self[name], r"\.0+$", ""))
        return integral.otherwise(self[name]).try_cast("int")

    def number(self, name: str) -> Column:
        """A text as a double; null for a text that is not a number."""
        return self[name].try_cast("double")

    def any_missing(self, names: Iterable[str]) -> Column:
        """At least one of these texts is null."""
        return any_of(self[name].isNull() for name in names)

    def any_unreadable(self, parsed: Mapping[str, Column]) -> Column:
        """At least one text has a value that cannot be parsed. ``parsed``: by name of the text, the parsed column."""
        return any_of(self[name].isNotNull() & column.isNull() for name, column in parsed.items())

    def missing_count(self) -> Column:
        """The number of texts that are null."""
        return sum((self[name].isNull().cast("int") for name in self.sql), F.lit(0))
