# fails test_nulls: a set, a range and a spread ignore nulls.
"""The gate of a raw month of flights."""

import great_expectations as gx
import pandas as pd
from great_expectations.expectations import (
    ExpectColumnStdevToBeBetween,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectCompoundColumnsToBeUnique,
    ExpectTableRowCountToBeBetween,
)


def suite(before: pd.DataFrame) -> gx.ExpectationSuite:
    """The suite of a month, given the flights of the month before."""
    return gx.ExpectationSuite(
        "raw.flights",
        expectations=[
            ExpectTableRowCountToBeBetween(
                min_value=round(len(before) * 3 / 4),
                max_value=round(len(before) * 4 / 3),
                notes="The file was cut short, or holds rows twice.",
            ),
            ExpectCompoundColumnsToBeUnique(column_list=["month", "day", "carrier", "flight", "origin", "dest"]),
            known("carrier", before),
            known("dest", before),
            ExpectColumnValuesToBeBetween(
                column="hour", min_value=5, max_value=23, mostly=0.99, notes="Flights in the night: is it local time?"
            ),
            # The spread says more than the mean, which is near 0 in minutes as in hours.
            *(
                ExpectColumnStdevToBeBetween(column=column, min_value=15, max_value=150, notes="Are these minutes?")
                for column in ("dep_delay", "arr_delay")
            ),
        ],
    )


def known(column: str, before: pd.DataFrame) -> ExpectColumnValuesToBeInSet:
    """Nearly all values occurred in the month before; some destinations have flights in one season only."""
    return ExpectColumnValuesToBeInSet(
        column=column,
        value_set=before[column].dropna().unique().tolist(),
        mostly=0.98,
        notes="Many flights with new codes: the publisher has changed its code list.",
    )
