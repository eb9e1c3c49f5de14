"""The checks that follow from a dataset's contract, and those that several suites share.

A dataset module adds only what a contract cannot say: comparisons of two columns, means, lengths, the month.
``{"$PARAMETER": name}`` is filled in for each partition, see :mod:`expectations.validate`.
"""

from collections.abc import Mapping, Sequence

from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    Expectation,
    ExpectColumnPairValuesToBeEqual,
    ExpectColumnUniqueValueCountToBeBetween,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToBeUnique,
    ExpectColumnValuesToMatchRegex,
    ExpectColumnValuesToNotBeNull,
    ExpectCompoundColumnsToBeUnique,
    ExpectTableColumnsToMatchOrderedList,
    ExpectTableRowCountToBeBetween,
)

from ontime.contract import Bounds, Column, Dataset


# -- raw -------------------------------------------------------------------------
def raw_suites(dataset: Dataset, checks: Mapping[str, Sequence[Expectation]]) -> dict[str, ExpectationSuite]:
    """The suite of each publisher's format: its columns in order, enough readable rows, and its own ``checks``.

    The parameter ``rows_at_least`` is the number of rows that must be readable. Raises ``ValueError`` unless
    ``checks`` has an entry for each format of the contract and no other.
    """
    if checks.keys() != dataset.formats.keys():
        raise ValueError(
            f"expectations/{dataset.name}.py checks the formats {', '.join(checks)}; "
            f"ontime/datasets/{dataset.name}.py declares {', '.join(dataset.formats)}."
        )
    return {
        name: ExpectationSuite(
            f"raw.{dataset.name}",
            expectations=[
                *header_suite(dataset, name).expectations,
                # Spark quarantines unreadable lines one by one; many such lines mean that this is another kind of file.
                ExpectTableRowCountToBeBetween(min_value={"$PARAMETER": "rows_at_least"}),
                *checks[name],
            ],
        )
        for name in dataset.formats
    }


def header_suite(dataset: Dataset, format_name: str) -> ExpectationSuite:
    """The suite of a file whose header matches no format: the columns of the closest format, in order."""
    columns = list(dataset.formats[format_name])
    return ExpectationSuite(
        f"raw.{dataset.name}", expectations=[ExpectTableColumnsToMatchOrderedList(column_list=columns)]
    )


def checked_columns(suite: ExpectationSuite) -> set[str]:
    """The columns whose values a suite reads."""
    keys = ("column", "column_A", "column_B")
    return {getattr(check, key) for check in suite.expectations for key in keys if hasattr(check, key)}


def whole_month(why_every_day: str, year: str = "year", month: str = "month", day: str = "day") -> list[Expectation]:
    """The rows belong to the partition's month and cover nearly every day of it.

    ``year``, ``month`` and ``day`` name the columns; ``why_every_day`` explains a failure to the reader.
    """
    return [
        # Spark quarantines single rows of another month; a file full of them must stop here.
        ExpectColumnValuesToBeInSet(column=year, value_set={"$PARAMETER": "years"}, mostly=0.95),
        ExpectColumnValuesToBeInSet(column=month, value_set={"$PARAMETER": "months"}, mostly=0.95),
        ExpectColumnUniqueValueCountToBeBetween(
            column=day, min_value={"$PARAMETER": "days_at_least"}, notes=why_every_day
        ),
    ]


def required(*columns: str, mostly: float = 1.0) -> list[Expectation]:
    """Each of these columns has a value in at least the share ``mostly`` of the rows."""
    return [ExpectColumnValuesToNotBeNull(column=column, mostly=mostly) for column in columns]


# -- clean -----------------------------------------------------------------------
def contract_suite(dataset: Dataset, *more: Expectation) -> ExpectationSuite:
    """The suite of a dataset's clean rows: the contract's key, required columns, patterns and bounds, then ``more``."""
    return ExpectationSuite(
        f"clean.{dataset.name}",
        expectations=[
            _unique(dataset.key),
            *required(*dataset.required_columns),
            *(_matches_pattern(column) for column in dataset.columns if column.pattern),
            *(_within_bounds(column, column.bounds) for column in dataset.columns if column.bounds),
            *more,
        ],
    )


def _unique(key: Sequence[str]) -> Expectation:
    if len(key) == 1:
        return ExpectColumnValuesToBeUnique(column=key[0])
    return ExpectCompoundColumnsToBeUnique(column_list=list(key))


def _matches_pattern(column: Column) -> Expectation:
    return ExpectColumnValuesToMatchRegex(column=column.name, regex=f"^(?:{column.pattern})$", notes=column.description)


def _within_bounds(column: Column, bounds: Bounds) -> Expectation:
    return ExpectColumnValuesToBeBetween(
        column=column.name,
        min_value=bounds.low,
        max_value={"$PARAMETER": "this_year"} if bounds.high == "this year" else bounds.high,
        mostly=bounds.share,
        notes=f"Bounds{f' in {column.unit}' if column.unit else ''}: {bounds.source}.",
    )


def shape_suite(dataset: Dataset) -> ExpectationSuite:
    """Exactly the contract's columns, in order, with their Arrow types.

    Its batch has no rows; each column is named ``<name> <type>``, so one expectation checks names and types.
    """
    typed = [f"{column.name} {column.type}" for column in dataset.columns]
    return ExpectationSuite(
        f"clean.{dataset.name}.shape", expectations=[ExpectTableColumnsToMatchOrderedList(column_list=typed)]
    )


def reconciliation_suite(dataset: Dataset) -> ExpectationSuite:
    """No row is lost or doubled between the raw file, the clean rows and the quarantine.

    Its batch has one row per partition, see :func:`expectations.gate.batches.reconciliation`.
    """
    return ExpectationSuite(
        f"clean.{dataset.name}.reconciliation",
        expectations=[
            ExpectColumnPairValuesToBeEqual(
                column_A="raw_version",
                column_B="raw_version_cleaned",
                notes="The raw file has a newer version than the one that was cleaned: clean the partition again.",
            ),
            ExpectColumnPairValuesToBeEqual(
                column_A="rows_raw",
                column_B="rows_clean_and_quarantined",
                notes="Every raw row must be clean or quarantined: a difference means rows were lost or doubled.",
            ),
            ExpectColumnPairValuesToBeEqual(column_A="rows_clean", column_B="rows_clean_in_manifest"),
            ExpectColumnPairValuesToBeEqual(column_A="rows_quarantined", column_B="rows_quarantined_in_manifest"),
            ExpectColumnValuesToBeBetween(column="rows_clean", min_value=1),
            ExpectColumnValuesToBeBetween(
                column="wrong_percent",
                min_value=0,
                max_value=5,
                notes="More than 5 % of the rows were rejected. quarantined_by_reason counts them, "
                "quarantine_files names the folder that holds them. Rows out of scope or superseded do not count.",
            ),
            ExpectColumnValuesToBeBetween(
                column="wrong_percent", min_value=0, max_value=1, severity="warning", notes="Less than 1 % is usual."
            ),
        ],
    )
