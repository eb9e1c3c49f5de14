"""The most recent months of a warehouse, so that a training needs no more memory when the warehouse grows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from ontime.settings import settings

#: First day of the longest run of most recent months with at most N flights (always at least one month).
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
def open_recent_months(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose schema ``marts`` shows only the most recent whole months of a warehouse file.

    It shows as many months as have no more than ``settings.training_flights`` flights together, but at least one, in
    ``marts.fct_flights`` and ``marts.fct_weather_hourly``. The file is only read.
    """
    with duckdb.connect(config=settings.duckdb_config) as connection:
        quoted = str(warehouse).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS published (READ_ONLY)")
        [(first_day,)] = connection.execute(_FIRST_DAY, [settings.training_flights]).fetchall()
        first_day = first_day or date.max
        # A flight soon after midnight needs the weather of the evening before.
        first_hour = datetime.combine(first_day, time(), UTC) - timedelta(days=1)
        connection.execute("CREATE SCHEMA marts")
        for table, condition in (
            ("fct_flights", f"flight_date >= DATE '{first_day}'"),
            ("fct_weather_hourly", f"observed_at >= TIMESTAMPTZ '{first_hour.isoformat()}'"),
        ):
            connection.execute(f"CREATE VIEW marts.{table} AS FROM published.marts.{table} WHERE {condition}")
        yield connection
