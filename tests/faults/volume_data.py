"""The embedded year of flights as clean rows, made without Spark, and a lake of the months that a test chooses."""

from collections.abc import Sequence
from functools import cache

import duckdb
import pyarrow as pa

from expectations.validate import validate_clean
from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.sources.embedded import EmbeddedPublisher
from tests.expectations.good_data import store_clean, store_raw

#: Clean flights, from the publisher's table. Instants are local times here: the volume checks do not use them.
FLIGHTS_SQL = """
select
    make_date(year, month, day) as flight_date,
    carrier as airline_code,
    flight::int as flight_number,
    tailnum as tail_number,
    origin as origin_airport_code,
    dest as destination_airport_code,
    make_timestamp(year, month, day, sched_dep_time // 100, sched_dep_time % 100, 0) as scheduled_departure_local_at,
    scheduled_departure_local_at + interval 2 hour as scheduled_arrival_local_at,
    scheduled_departure_local_at as scheduled_departure_at,
    scheduled_departure_local_at + interval 1 minute * dep_delay as departed_at,
    scheduled_arrival_local_at as scheduled_arrival_at,
    scheduled_arrival_local_at + interval 1 minute * arr_delay as arrived_at,
    dep_delay::int as departure_delay_minutes,
    arr_delay::int as arrival_delay_minutes,
    air_time::int as air_time_minutes,
    distance::int as distance_miles,
    dep_time is null as is_cancelled,
    dep_time is not null and arr_delay is null as is_diverted,
    case when dep_time is not null then true end as reported_times_agree,
    null::int as airline_dot_id,
    null::int as origin_airport_dot_id,
    null::int as destination_airport_dot_id,
    null::int as carrier_delay_minutes,
    null::int as weather_delay_minutes,
    null::int as nas_delay_minutes,
    null::int as security_delay_minutes,
    null::int as late_aircraft_delay_minutes
from read_csv(?, nullstr = 'NA')
"""


@cache
def year() -> duckdb.DuckDBPyConnection:
    """A connection with the embedded year as table ``flights``."""
    import tempfile
    from pathlib import Path

    connection = duckdb.connect(config={"threads": 2})
    connection.execute("set TimeZone = 'UTC'")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, 13):
            EmbeddedPublisher().fetch("flights", f"2013-{number:02d}", Path(folder) / f"{number}.csv")
        connection.execute(f"create table flights as {FLIGHTS_SQL}", [f"{folder}/*.csv"])
        EmbeddedPublisher().fetch("airports", ALL, Path(folder) / "airports.csv")
        connection.execute(
            "create table airports as select faa as airport_code, name as airport_name, lat as latitude_degrees, "
            "lon as longitude_degrees, alt::int as elevation_feet, tzone as time_zone from read_csv(?) "
            "where tzone like '%/%'",
            [f"{folder}/airports.csv"],
        )
    return connection


def month_of(month: str, spoil: str = "from month") -> pa.Table:
    """The result of the query ``spoil``, in which the table ``month`` has the clean flights of that month."""
    cursor = year().cursor()
    cursor.execute(
        f"create or replace temp table month as from flights where strftime(flight_date, '%Y-%m') = '{month}'"
    )
    return cursor.execute(spoil).to_arrow_table().cast(DATASETS["flights"].arrow_schema())


def store_month(month: str, spoil: str = "from month") -> None:
    """Commit the flights of :func:`month_of`."""
    rows = month_of(month, spoil)
    store_raw("flights", b"row\n" * (rows.num_rows + 1), month)
    store_clean("flights", rows, month)


def store_airports() -> None:
    rows = year().execute("from airports").to_arrow_table().cast(DATASETS["airports"].arrow_schema())
    store_raw("airports", b"row\n" * (rows.num_rows + 1), ALL)
    store_clean("airports", rows, ALL)


def store_good_months(months: Sequence[str]) -> None:
    """Commit months that have passed their gate, without running it."""
    store_airports()
    for month in months:
        store_month(month)
        lake.mark_validated(lake.clean_partition("flights", month))


def check(*months: str, accept_volume: bool = False) -> dict:
    return validate_clean("flights", list(months), accept_volume)
