"""What the table of airlines must look like, as it arrives and once it is clean."""

from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    ExpectColumnValueLengthsToBeBetween,
    ExpectColumnValuesToBeUnique,
    ExpectColumnValuesToMatchRegex,
)

from expectations.shared import AIRLINE_CODE, raw_file, required
from ontime.datasets.airlines import FORMATS

RAW = {
    "nycflights13": ExpectationSuite(
        "raw.airlines",
        expectations=[
            *raw_file(FORMATS["nycflights13"]),
            *required("carrier", "name", mostly=0.9),
            ExpectColumnValuesToBeUnique(column="carrier", mostly=0.9),
        ],
    ),
    "bts_lookup": ExpectationSuite(
        "raw.airlines",
        expectations=[
            *raw_file(FORMATS["bts_lookup"]),
            *required("Code", "Description", mostly=0.9),
            ExpectColumnValuesToBeUnique(column="Code", mostly=0.9),
        ],
    ),
}

CLEAN_COLUMNS = {
    "airline_code": "string",
    "airline_name": "string",
}

CLEAN = ExpectationSuite(
    "clean.airlines",
    expectations=[
        *required("airline_code", "airline_name"),
        ExpectColumnValuesToBeUnique(column="airline_code"),
        ExpectColumnValuesToMatchRegex(column="airline_code", regex=AIRLINE_CODE),
        ExpectColumnValueLengthsToBeBetween(column="airline_name", min_value=2, max_value=100),
    ],
)
