"""What the suites of several datasets share: a raw file's shape, required columns, and a cleaning's books."""

from collections.abc import Sequence

from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    Expectation,
    ExpectColumnPairValuesToBeEqual,
    ExpectColumnUniqueValueCountToBeBetween,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToNotBeNull,
    ExpectTableColumnsToMatchOrderedList,
    ExpectTableRowCountToBeBetween,
)

#: A unique carrier code; earlier holders of a code that is used again have a number after it.
AIRLINE_CODE = r"^[A-Z0-9]{2,3}(?: \(\d\))?$"


def raw_file(columns: Sequence[str]) -> list[Expectation]:
    """A readable CSV file: exactly these columns in this order, and nearly all of its lines are rows."""
    return [
        ExpectTableColumnsToMatchOrderedList(column_list=list(columns)),
        # Lines that cannot be read are quarantined one by one; many of them are another kind of file.
        ExpectTableRowCountToBeBetween(min_value={"$PARAMETER": "rows_at_least"}),
    ]


def checked_columns(suite: ExpectationSuite) -> set[str]:
    """The columns whose values a raw file's suite looks at."""
    names = ("column", "column_A", "column_B")
    return {getattr(check, name) for check in suite.expectations for name in names if hasattr(check, name)}


def the_month(why_every_day: str, year: str = "year", month: str = "month", day: str = "day") -> list[Expectation]:
    """The rows are those of the partition's month, and of nearly every day of it; the arguments are columns."""
    return [
        # Single stray rows are quarantined by the cleaning; a whole other month stops here.
        ExpectColumnValuesToBeInSet(column=year, value_set={"$PARAMETER": "years"}, mostly=0.95),
        ExpectColumnValuesToBeInSet(column=month, value_set={"$PARAMETER": "months"}, mostly=0.95),
        ExpectColumnUniqueValueCountToBeBetween(
            column=day, min_value={"$PARAMETER": "days_at_least"}, notes=why_every_day
        ),
    ]


def required(*columns: str, mostly: float = 1.0) -> list[Expectation]:
    """A value in each of these columns, in every row or in a share of at least ``mostly``."""
    return [ExpectColumnValuesToNotBeNull(column=column, mostly=mostly) for column in columns]


def clean_shape(dataset: str, columns: dict[str, str]) -> ExpectationSuite:
    """Exactly these columns, in this order, of these Arrow types.

    Its batch has no rows; each column is named ``<name> <type>``, so one expectation covers both.
    """
    typed = [f"{name} {arrow_type}" for name, arrow_type in columns.items()]
    return ExpectationSuite(
        f"clean.{dataset}.shape", expectations=[ExpectTableColumnsToMatchOrderedList(column_list=typed)]
    )


def clean_books(dataset: str) -> ExpectationSuite:
    """No row lost: the cleaning's manifests against its files. Its batch has one row per partition."""
    return ExpectationSuite(
        f"clean.{dataset}.books",
        expectations=[
            ExpectColumnPairValuesToBeEqual(
                column_A="raw_version",
                column_B="raw_version_cleaned",
                notes="Another version of the raw file arrived after the cleaning: clean the partition again.",
            ),
            ExpectColumnPairValuesToBeEqual(
                column_A="rows_raw",
                column_B="rows_clean_and_quarantined",
                notes="Every raw row must be clean or quarantined: a difference is rows lost or doubled.",
            ),
            ExpectColumnPairValuesToBeEqual(column_A="rows_clean", column_B="rows_clean_in_manifest"),
            ExpectColumnPairValuesToBeEqual(column_A="rows_quarantined", column_B="rows_quarantined_in_manifest"),
            ExpectColumnValuesToBeBetween(column="rows_clean", min_value=1),
            ExpectColumnValuesToBeBetween(
                column="wrong_percent",
                min_value=0,
                max_value=5,
                notes="Too many rejected rows to call the rest complete: quarantined_by_reason counts them, "
                "quarantine_files holds them whole. Rows out of scope or superseded are not among them.",
            ),
        ],
    )
