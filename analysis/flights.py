"""The flights that the report analyses: one row each, with the weather of the hour of their scheduled departure."""

from pathlib import Path

import duckdb
import pandas as pd

from ontime import warehouse
from ontime.settings import settings

#: With fewer flights or days than these, an interval would be too wide to mean anything.
FEWEST_FLIGHTS = 100
FEWEST_DAYS = 10

#: The local hour at which each part of the day starts.
PARTS_OF_DAY = {"morning": 0, "midday": 10, "afternoon": 14, "evening": 18}

_QUERY = """
    select
        flights.flight_date::timestamp as flight_date,
        flights.origin_airport_code,
        flights.airline_code,
        airlines.airline_name,
        hour(flights.scheduled_departure_local_at)::integer as scheduled_departure_hour,
        flights.distance_miles,
        flights.departure_delay_minutes::double as departure_delay_minutes,
        flights.arrival_delay_minutes::double as arrival_delay_minutes,
        flights.is_cancelled,
        flights.is_arrival_delayed::double as is_arrival_delayed,
        weather.weather_key,
        weather.temperature_celsius,
        weather.precipitation_millimeters,
        weather.visibility_kilometers,
        weather.wind_gust_meters_per_second
    from marts.fct_flights as flights
    left join marts.fct_weather_hourly as weather on flights.weather_key = weather.weather_key
    left join marts.dim_airlines as airlines on flights.airline_code = airlines.airline_code
    order by flights.flight_key
"""


class NotEnoughData(ValueError):
    """The warehouse has too little data for this statistic; the message says what is missing."""


def published() -> warehouse.Version:
    """The published warehouse. Raises :class:`ontime.warehouse.NothingPublished` before the first publication."""
    version = warehouse.current()
    if version is None:
        raise warehouse.NothingPublished("No warehouse has been published yet: run `make demo` first.")
    return version


def read_flights(path: Path) -> pd.DataFrame:
    """All scheduled flights of a warehouse file, ordered by ``flight_key``. The file is opened read-only.

    ``flight_date`` is the local day. ``is_arrival_delayed`` is 1 (15 minutes late or more), 0, or missing if the flight
    was cancelled or diverted. Weather columns are missing where no report exists. ``part_of_day`` is a category of
    :data:`PARTS_OF_DAY`.
    """
    with duckdb.connect(str(path), read_only=True, config=settings.duckdb_config) as connection:
        flights = connection.sql(_QUERY).to_arrow_table().to_pandas()
    flights["part_of_day"] = pd.cut(
        flights["scheduled_departure_hour"], [*PARTS_OF_DAY.values(), 24], right=False, labels=list(PARTS_OF_DAY)
    )
    return flights


def completed(flights: pd.DataFrame) -> pd.DataFrame:
    """The flights that arrived. Raises :class:`NotEnoughData` if they cover too few days."""
    arrived = flights[flights["is_arrival_delayed"].notna()]
    days = arrived["flight_date"].nunique()
    if days < FEWEST_DAYS:
        raise NotEnoughData(
            f"The flights that arrived cover {days} days. Flights of one day are alike, "
            f"so an interval needs at least {FEWEST_DAYS} days."
        )
    return arrived


def day_number(flights: pd.DataFrame) -> pd.Series:
    """An integer per local day: the cluster that a flight belongs to."""
    return (flights["flight_date"] - pd.Timestamp(0)).dt.days
