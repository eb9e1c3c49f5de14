"""The cleaning of flights in pandas, Polars and DuckDB, written without Spark's code.

Each engine has one module with one function, ``clean(raw, month, time_zones, airline_codes, target)``. It reads the raw
file of a month, drops the rows that `spark_jobs/flights.py` would reject, and writes one Parquet file, sorted by the
key. `docs/reference/architecture.md` defines a clean row. There are two differences from Spark: a number may also be
written ``1e3``, and every line must have all columns.

The clean columns, the key and the bounds come from the contract of flights. The names below are of the raw file.
"""

from typing import Any

from ontime.datasets.flights import DATASET, DELAY_CAUSES

KEY = list(DATASET.key)
#: Clean columns that this raw format lacks: the Department of Transportation's numbers, and the causes of delays.
LACKING = {
    *(name for name in DATASET.column_names if name.endswith("_dot_id")),
    *(f"{cause}_delay_minutes" for cause in DELAY_CAUSES),
}
COLUMNS = [name for name in DATASET.column_names if name not in LACKING]
#: If flights have the same key and equally many values, the one with the smallest of these is kept; nulls sort first.
VALUES = [name for name in COLUMNS if name not in KEY]
#: The lowest and the highest plausible value of each bounded column.
BOUNDS: dict[str, tuple[Any, Any]] = {
    name: (bounds.low, bounds.high) for name, bounds in DATASET.bounded_columns.items() if name in COLUMNS
}

#: Raw columns without which a row is dropped.
REQUIRED = [
    "year",
    "month",
    "day",
    "sched_dep_time",
    "sched_arr_time",
    "carrier",
    "flight",
    "origin",
    "dest",
    "distance",
]
#: Raw columns, and the names of their parsed values: text, whole numbers, and HHMM as minutes since midnight.
TEXT = {
    "carrier": "airline_code",
    "tailnum": "tail_number",
    "origin": "origin_airport_code",
    "dest": "destination_airport_code",
}
NUMBERS = {
    "year": "year_number",
    "month": "month_number",
    "day": "day_number",
    "flight": "flight_number",
    "dep_delay": "departure_delay_minutes",
    "arr_delay": "arrival_delay_minutes",
    "air_time": "air_time_minutes",
    "distance": "distance_miles",
}
CLOCK_TIMES = {
    "dep_time": "departed_minutes",
    "sched_dep_time": "scheduled_departure_minutes",
    "arr_time": "arrived_minutes",
    "sched_arr_time": "scheduled_arrival_minutes",
}
