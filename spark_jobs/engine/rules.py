"""What all cleaning jobs share: reading the publishers' text, and telling good rows from bad.

A job gets the publisher's columns as text (null where nothing was written), and
``partition``, the partition of the file that a row came from. It reads them through
:class:`Texts`, under its own names, whatever the publisher calls them; names the
first rule that a bad row breaks; and splits the rows in two.
"""

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from ontime.lake.formats import Formats, format_of

MALFORMED_LINE = "malformed_line"
#: What the rows have beside the publisher's columns.
OUR_COLUMNS = (MALFORMED_LINE, "partition")

#: Why a row can be rejected. A row that breaks several rules has the first as its reason.
REASONS = (
    MALFORMED_LINE,
    "out_of_scope",
    "wrong_month",
    "missing_value",
    "invalid_number",
    "invalid_time",
    "unknown_airport",
    "unknown_airline",
    "implausible_value",
    "missing_time_zone",
    "implausible_position",
    "duplicate",
    "superseded",
)


# -- the publisher's text ------------------------------------------------------
def raw_schema(columns: Iterable[str]) -> StructType:
    """The publisher's columns, all as text, and the whole line where it has too few or too many."""
    return StructType([StructField(name, StringType()) for name in (*columns, MALFORMED_LINE)])


def as_published(columns: Iterable[str]) -> dict[str, str]:
    """The mapping of the format whose names the job has for its own."""
    return {name: name for name in columns}


def format_name(rows: DataFrame, formats: Formats) -> str:
    """The one of ``formats`` whose columns the rows have."""
    return str(format_of(formats, (name for name in rows.columns if name not in OUR_COLUMNS)))


class Texts:
    """The texts of a row as a job knows them: ``text["origin"]`` is one, whatever the publisher calls it.

    ``sql`` has each as SQL over the publisher's columns.
    """

    def __init__(self, sql: Mapping[str, str]):
        self.sql = sql
        self._columns = {name: F.expr(expression) for name, expression in sql.items()}

    def __getitem__(self, name: str) -> Column:
        """One of the texts as it is."""
        return self._columns[name]

    def whole_number(self, name: str) -> Column:
        """A text as int32 (``11`` and ``11.0`` are both 11); null where it is anything else."""
        # Spark throws, and catches, an exception for each text that is no number: 81.00 is to be 81 before it is read.
        integral = F.when(F.contains(self[name], F.lit(".")), F.regexp_replace(self[name], r"\.0+$", ""))
        return integral.otherwise(self[name]).try_cast("int")

    def number(self, name: str) -> Column:
        """A text as a double; null where it is not a number."""
        return self[name].try_cast("double")

    def any_missing(self, names: Iterable[str]) -> Column:
        """At least one of these texts has no value."""
        return any_of(self[name].isNull() for name in names)

    def any_unreadable(self, parsed: Mapping[str, Column]) -> Column:
        """At least one text (key) has a value, but what is read off it (value) is null."""
        return any_of(self[name].isNotNull() & column.isNull() for name, column in parsed.items())

    def missing_count(self) -> Column:
        """How many of the texts have no value."""
        return sum((self[name].isNull().cast("int") for name in self.sql), F.lit(0))


# -- rules ---------------------------------------------------------------------
def is_malformed() -> Column:
    """The line has too few or too many columns."""
    return F.col(MALFORMED_LINE).isNotNull()


def is_wrong_month(year: Column, month: Column) -> Column:
    """These two int32 columns say another month than the row's partition."""
    month_number = year.cast("bigint") * 100 + month
    return month_number != F.replace(F.col("partition"), F.lit("-"), F.lit("")).try_cast("bigint")


def judged(rows: DataFrame, text: Texts, columns: Mapping[str, Column], rules: Mapping[str, Column]) -> DataFrame:
    """``columns``, and ``reason``: the first rule that a row breaks, null if it breaks none.

    ``rules`` maps a reason to the condition under which a row is rejected for it. All that is read off the text is read
    here, in one select: each of several would copy the row. Of the text there stay ``raw``, a struct of the publisher's
    columns as they came, and ``missing_count``.
    """
    broken = [F.when(rules[reason], F.lit(reason)) for reason in REASONS if reason in rules]
    # What is under no condition Spark works out once for a row, for the columns and for the rules alike: so all rules
    # are asked first, and which one it was only of the bad rows.
    reason = F.when(any_of(rules.values()), F.coalesce(*broken))
    published = [name for name in rows.columns if name not in OUR_COLUMNS]
    return rows.select(
        *(column.alias(name) for name, column in columns.items()),
        reason.alias("reason"),
        text.missing_count().alias("missing_count"),
        F.struct(*published).alias("raw"),
        *OUR_COLUMNS,
    )


def parted(
    judged_rows: DataFrame,
    columns: Sequence[str],
    key: Sequence[str],
    best_first: Sequence[Column] = (),
    others: str = "duplicate",
) -> tuple[DataFrame, DataFrame]:
    """The good rows, with ``columns``, and the bad rows: the publisher's columns as they came, and ``reason``.

    Of good rows with the same ``key`` the first by ``best_first`` stays, then the one with the fewest missing values,
    then the one with the smallest values, column by column; ``others`` is the reason of the rest. Raw names begin with
    ``raw_``: a raw ``month`` beside a folder ``month=01`` reads as the folder's.
    """
    best_first = [
        F.col("reason").asc_nulls_first(),
        *best_first,
        F.col("missing_count"),
        *(F.col(name) for name in columns if name not in key),
    ]
    # What the publisher wrote is put in order, at a price, only where it is kept: to the good rows, with the same
    # values in all columns, it is all one which of them stays.
    good = _without_others(judged_rows, key, best_first, others)
    bad = _without_others(judged_rows, key, [*best_first, F.col("raw")], others)
    whole = [F.col(f"raw.{name}").alias(raw_name(name)) for name in judged_rows.schema["raw"].dataType.fieldNames()]
    return (
        good.where(F.col("reason").isNull()).select(*columns, "partition"),
        bad.where(F.col("reason").isNotNull()).select(*whole, MALFORMED_LINE, "reason", "partition"),
    )


def _without_others(rows: DataFrame, key: Sequence[str], best_first: Sequence[Column], others: str) -> DataFrame:
    """The rows, with ``others`` as the reason of those that are not the first of their key."""
    # The partition comes last: it is the same in most rows that are compared.
    is_another = F.row_number().over(Window.partitionBy(*key, "partition").orderBy(*best_first)) > 1
    return rows.withColumn("reason", F.coalesce(F.col("reason"), F.when(is_another, F.lit(others))))


def raw_name(name: str) -> str:
    """What a publisher's column is called in quarantine."""
    return f"raw_{name}"


def any_of(conditions: Iterable[Column]) -> Column:
    """At least one of these holds."""
    first, *others = conditions
    for condition in others:
        first = first | condition
    return first
