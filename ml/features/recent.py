"""The part of a warehouse that a training works on: its most recent months, so that memory does not grow with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from ontime.settings import settings

#: The first day of the earliest month that, with all later ones, has so many flights at most; at least of the last one.
_FIRST_DAY = """
    with months as (
        select date_trunc('month', flight_date)::date as first_day, count(*) as flight_count
        from published.marts.fct_flights
        group by first_day
    ),

    summed as (
        select
            first_day,
            sum(flight_count) over (order by first_day desc) as flight_count,
            max(first_day) over () as last_first_day
        from months
    )

    select min(first_day) from summed where flight_count <= ? or first_day = last_first_day
"""


@contextmanager
def opened(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which ``marts`` has the flights of the most recent whole months, and the weather of the same.

    They are as many months as together have no more than ``settings.training_flights`` flights, at least one. The
    warehouse file is only read.
    """
    with duckdb.connect(config=settings.duckdb_config) as connection:
        quoted = str(warehouse).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS published (READ_ONLY)")
        [(first_day,)] = connection.execute(_FIRST_DAY, [settings.training_flights]).fetchall()
        first_day = first_day or date.max
        # A flight soon after midnight looks at the weather of the hours before.
        first_hour = datetime.combine(first_day, time(), UTC) - timedelta(days=1)
        connection.execute("CREATE SCHEMA marts")
        for table, condition in (
            ("fct_flights", f"flight_date >= DATE '{first_day}'"),
            ("fct_weather_hourly", f"observed_at >= TIMESTAMPTZ '{first_hour.isoformat()}'"),
        ):
            connection.execute(f"CREATE VIEW marts.{table} AS FROM published.marts.{table} WHERE {condition}")
        yield connection
