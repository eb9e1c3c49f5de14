"""The cleaning of flights once more, in pandas, Polars and DuckDB, and without a line of Spark's.

Each engine has one module with one function, ``clean(raw, month, time_zones, airline_codes, target)``. It reads the raw
file of a month, drops what `spark_jobs/flights.py` would reject, and writes one Parquet file, sorted by the key. What a
clean row is stands in `docs/reference/architecture.md`. Two things are other than in Spark: a number may also be written ``1e3``,
and every line must have all columns.
"""

KEY = [
    "scheduled_departure_local_at",
    "airline_code",
    "flight_number",
    "origin_airport_code",
    "destination_airport_code",
    "flight_date",
]
COLUMNS = [
    "flight_date",
    "airline_code",
    "flight_number",
    "tail_number",
    "origin_airport_code",
    "destination_airport_code",
    "scheduled_departure_local_at",
    "scheduled_arrival_local_at",
    "scheduled_departure_at",
    "departed_at",
    "scheduled_arrival_at",
    "arrived_at",
    "departure_delay_minutes",
    "arrival_delay_minutes",
    "air_time_minutes",
    "distance_miles",
    "is_cancelled",
    "is_diverted",
    "reported_times_agree",
]
#: Of flights with the same key and as many values the one with the smallest of these stays, a missing one first.
VALUES = [name for name in COLUMNS if name not in KEY]
#: Raw columns without a value for which a row is dropped.
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
#: Raw columns, and what their values are called once they are read: text, whole numbers, and HHMM as minutes.
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
#: What a domestic flight can have: minutes, and miles.
BOUNDS = {
    "departure_delay_minutes": (-720, 10_080),
    "arrival_delay_minutes": (-720, 10_080),
    "air_time_minutes": (5, 900),
    "distance_miles": (10, 6_000),
}
