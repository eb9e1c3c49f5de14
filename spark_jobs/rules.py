"""What all cleaning jobs share: reading the publishers' text, and telling good rows from bad.

A job sees each row as ``raw``, a struct of the publisher's columns as text (null
where nothing was written); as ``text``, a struct of what the job reads of them under
its own names, whatever the publisher calls it; and ``partition``, the partition of
the file it came from. It adds the clean columns beside them, names the first rule
that a bad row breaks, and splits the rows in two.
"""

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from ontime.sources.formats import Formats, format_of

MALFORMED_LINE = "malformed_line"

#: By format, the job's own columns, each as SQL over the publisher's.
Mappings = Mapping[str, Mapping[str, str]]

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


def with_raw(rows: DataFrame, formats: Formats, mappings: Mappings) -> DataFrame:
    """The publisher's columns folded into ``raw``, and what the job reads of them into ``text``.

    The format is the one of ``formats`` whose columns the rows have. Two structs, not columns:
    Spark takes minutes to plan with dozens of columns that are each other's names.
    """
    format_ = format_name(rows, formats)
    return rows.select(
        F.struct(*formats[format_]).alias("raw"),
        MALFORMED_LINE,
        "partition",
        F.struct(*(F.expr(sql).alias(name) for name, sql in mappings[format_].items())).alias("text"),
    )


def format_name(rows: DataFrame, formats: Formats) -> str:
    """The one of ``formats`` whose columns the rows have."""
    return str(format_of(formats, (name for name in rows.columns if name not in (MALFORMED_LINE, "partition"))))


def text(name: str) -> Column:
    """One of the job's text columns as it is."""
    return F.col(f"text.{name}")


def whole_number(name: str) -> Column:
    """A text column as int32 (``11`` and ``11.0`` are both 11); null where it is anything else."""
    # Spark throws, and catches, an exception for each text that is no number: 81.00 is to be 81 before it is read.
    integral = F.when(F.contains(text(name), F.lit(".")), F.regexp_replace(text(name), r"\.0+$", ""))
    return integral.otherwise(text(name)).try_cast("int")


def number(name: str) -> Column:
    """A text column as a double; null where it is not a number."""
    return text(name).try_cast("double")


# -- rules ---------------------------------------------------------------------
def is_malformed() -> Column:
    """The line has too few or too many columns."""
    return F.col(MALFORMED_LINE).isNotNull()


def is_wrong_month(year: str, month: str) -> Column:
    """These two int32 columns say another month than the row's partition."""
    month_number = F.col(year).cast("bigint") * 100 + F.col(month)
    return month_number != F.replace(F.col("partition"), F.lit("-"), F.lit("")).try_cast("bigint")


def any_missing(names: Iterable[str]) -> Column:
    """At least one of these text columns has no value."""
    return any_of(text(name).isNull() for name in names)


def any_unreadable(parsed: Mapping[str, str]) -> Column:
    """At least one text column (key) has a value, but the column parsed from it (value) is null."""
    return any_of(text(name).isNotNull() & F.col(column).isNull() for name, column in parsed.items())


def judged(rows: DataFrame, rules: Mapping[str, Column]) -> DataFrame:
    """The rows with ``reason``, the first rule that a row breaks (null if it breaks none), and ``missing_count``.

    ``rules`` maps a reason to the condition under which a row is rejected for it.
    """
    broken = [F.when(rules[reason], F.lit(reason)) for reason in REASONS if reason in rules]
    texts = rows.schema["text"].dataType.fieldNames()
    missing_count = sum((text(name).isNull().cast("int") for name in texts), F.lit(0))
    return rows.withColumns({"reason": F.coalesce(*broken), "missing_count": missing_count})


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
