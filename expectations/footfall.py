"""Suites of a month of pedestrian counts."""

from great_expectations.expectations import (
    ExpectColumnUniqueValueCountToBeBetween,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToMatchRegex,
)

from expectations.shared import contract_suite, raw_suites, required
from ontime.datasets.footfall import DATASET

RAW = raw_suites(
    DATASET,
    {
        "footfall": [
            *required("date", "hour", mostly=0.95),
            ExpectColumnUniqueValueCountToBeBetween(
                column="date",
                min_value={"$PARAMETER": "days_at_least"},
                notes="Sensors count every day: missing days mean that the file was cut short.",
            ),
            ExpectColumnValuesToMatchRegex(column="hour", regex=r"^\d{1,2}:00-\d{1,2}:59$", mostly=0.95),
        ],
    },
)

CLEAN = contract_suite(
    DATASET,
    ExpectColumnValuesToBeBetween(
        column="counted_at",
        min_value={"$PARAMETER": "earliest_instant"},
        max_value={"$PARAMETER": "latest_instant"},
    ),
)
