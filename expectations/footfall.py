"""Suites of Pedestrians of Auckland."""

from expectations.shared import contract_suite, raw_suites, required
from ontime.datasets.footfall import DATASET

#: Columns without which a row is of no use.
REQUIRED = (
    "date",
    "hour",
)
# TODO: add what you know about the publisher's files, for example that every day of the month occurs (`whole_month`).
RAW = raw_suites(
    DATASET,
    {
        "footfall": [
            *required(*REQUIRED, mostly=0.95),
        ],
    },
)

# TODO: add what the contract cannot say, for example that one column is never larger than another.
CLEAN = contract_suite(DATASET)
