"""The SQL that reads flights and weather for the features."""

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from ml.features.as_of import HOUR
from ml.features.catalog import TARGET, WEATHER
from ml.features.recent import open_recent_months

#: The schedule of a flight, from columns of ``marts.fct_flights``.
_SCHEDULE = """
        flight_date::timestamp as flight_date,
        airline_code,
        flight_number,
        tail_number,
        origin_airport_code,
        destination_airport_code,
        hour(scheduled_departure_local_at)::integer as scheduled_departure_hour,
        isodow(flight_date)::integer as day_of_week_iso,
        (hour(scheduled_departure_local_at) * 60 + minute(scheduled_departure_local_at))::double
            as scheduled_departure_minute_of_day,
        (hour(scheduled_arrival_local_at) * 60 + minute(scheduled_arrival_local_at))::double
            as scheduled_arrival_minute_of_day,
        (epoch(scheduled_arrival_at) - epoch(scheduled_departure_at)) / 60 as scheduled_duration_minutes,
        distance_miles::double as distance_miles,
        epoch(scheduled_departure_at)::bigint as scheduled_departure_seconds
"""
# The order is fixed, so that the same flights give the same bytes.
_FLIGHTS = f"""
    select
        flight_key,
        {_SCHEDULE},
        epoch(departed_at)::bigint as departed_seconds,
        epoch(arrived_at)::bigint as arrived_seconds,
        departure_delay_minutes,
        arrival_delay_minutes,
        {TARGET}
    from marts.fct_flights
    order by scheduled_departure_at, flight_key
"""  # noqa: S608 -- expressions of this module
_WEATHER = f"""
    select airport_code, (epoch(observed_at)::bigint // {HOUR})::bigint as observed_hour, {", ".join(WEATHER)}
    from marts.fct_weather_hourly
"""  # noqa: S608 -- names of declared columns


def flights_and_weather(warehouse: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The flights and the hourly weather in the most recent months of a warehouse file, which is only read.

    Flights are in order of scheduled departure: the columns of the schedule, ``departed_seconds`` and
    ``arrived_seconds`` (epoch), the delays in minutes and the label. Weather has ``airport_code``, ``observed_hour``
    (hours since 1970) and the columns ``WEATHER``.
    """
    with open_recent_months(warehouse) as connection:
        flights = connection.sql(_FLIGHTS).to_arrow_table().to_pandas()
        weather = connection.sql(_WEATHER).to_arrow_table().to_pandas()
    return flights.astype({"departed_seconds": "Int64", "arrived_seconds": "Int64", TARGET: "boolean"}), weather


def schedule(scheduled: pa.Table, connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The columns of the schedule for flights that are given as columns of ``marts.fct_flights``, in their order.

    ``connection``: any connection. The query runs on a cursor of it, so threads may share the connection.
    """
    return connection.cursor().sql(f"select {_SCHEDULE} from scheduled").to_arrow_table().to_pandas()  # noqa: S608
