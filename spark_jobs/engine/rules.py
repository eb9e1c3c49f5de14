"""Rules: which rows are rejected, for what reason, and which of several rows with one key is kept."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from ontime.contract import Dataset
from spark_jobs.engine.clean_columns import clean_columns
from spark_jobs.engine.raw_columns import MALFORMED_LINE, OUR_COLUMNS, RawColumns, any_of

#: Why a row can be rejected. A row that breaks several rules gets the first of these reasons.
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


def is_malformed() -> Column:
    """The line has too few or too many cells."""
    return F.col(MALFORMED_LINE).isNotNull()


def is_wrong_month(year: Column, month: Column) -> Column:
    """The row's year and month, two int32 columns, are not the month of its partition."""
    month_number = year.cast("bigint") * 100 + month
    return month_number != F.replace(F.col("partition"), F.lit("-"), F.lit("")).try_cast("bigint")


def apply_rules(
    rows: DataFrame, raw: RawColumns, columns: Mapping[str, Column], rules: Mapping[str, Column]
) -> DataFrame:
    """Return ``columns`` and ``reason``: the first rule that the row breaks, null for a good row.

    ``rules`` maps a reason to the condition under which a row is rejected; one that is not in ``REASONS`` raises
    ``ValueError``. The result also has ``raw``, a struct of the publisher's columns, ``missing_count``, the number of
    missing texts, and our own columns. All expressions over texts are in this one select, because every further select
    would copy the row.
    """
    if unknown := sorted(rules.keys() - set(REASONS)):
        raise ValueError(f"{', '.join(unknown)}: not a reason of REASONS in spark_jobs/engine/rules.py")
    first_broken = F.coalesce(*(F.when(rules[reason], F.lit(reason)) for reason in REASONS if reason in rules))
    publishers_columns = [name for name in rows.columns if name not in OUR_COLUMNS]
    return rows.select(
        *(column.alias(name) for name, column in columns.items()),
        # Spark shares subexpressions only outside CASE branches, so one cheap OR decides whether a row is bad; only bad
        # rows pay for finding the reason.
        F.when(any_of(rules.values()), first_broken).alias("reason"),
        raw.missing_count().alias("missing_count"),
        F.struct(*(F.col(f"`{name}`") for name in publishers_columns)).alias("raw"),
        *OUR_COLUMNS,
    )


def split_good_and_bad(
    rows: DataFrame, contract: Dataset, best_first: Sequence[Column] = (), duplicate_reason: str = "duplicate"
) -> tuple[DataFrame, DataFrame]:
    """Split the result of :func:`apply_rules` into clean rows and rejected rows.

    Clean rows have the contract's columns with its types, and ``partition``. Rejected rows have the publisher's
    columns, prefixed with ``raw_``, and ``malformed_line``, ``reason`` and ``partition``.

    Among good rows with the same key, the first by ``best_first`` is kept, then the one with the fewest missing values,
    then the one with the smallest values, column by column; the others get ``duplicate_reason``.
    """
    other_columns = [F.col(name) for name in contract.column_names if name not in contract.key]
    order = [F.col("reason").asc_nulls_first(), *best_first, F.col("missing_count"), *other_columns]
    # Sorting by the raw text costs time, so only quarantine does it: good rows that tie are equal in every column.
    good = _mark_duplicates(rows, contract.key, order, duplicate_reason)
    bad = _mark_duplicates(rows, contract.key, [*order, F.col("raw")], duplicate_reason)
    publishers_columns = rows.schema["raw"].dataType.fieldNames()
    return (
        good.where(F.col("reason").isNull()).select(*clean_columns(contract), "partition"),
        bad.where(F.col("reason").isNotNull()).select(
            *(F.col(f"raw.`{name}`").alias(raw_name(name)) for name in publishers_columns),
            MALFORMED_LINE,
            "reason",
            "partition",
        ),
    )


def raw_name(name: str) -> str:
    """A publisher's column in quarantine. The prefix keeps ``month`` apart from the partition folder ``month=01``."""
    return f"raw_{name}"


def _mark_duplicates(rows: DataFrame, key: Sequence[str], order: Sequence[Column], duplicate_reason: str) -> DataFrame:
    """Set the reason of every row that is not the first of its key."""
    # The partition comes last because it is the same in most rows that are compared.
    is_duplicate = F.row_number().over(Window.partitionBy(*key, "partition").orderBy(*order)) > 1
    return rows.withColumn("reason", F.coalesce("reason", F.when(is_duplicate, F.lit(duplicate_reason))))
