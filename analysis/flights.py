"""The flights that are analysed: one row each, with the weather of the hour of their scheduled departure."""

from pathlib import Path

import duckdb
import pandas as pd

#: Below these, an interval would say more about luck than about flights.
FEWEST_FLIGHTS = 100
FEWEST_DAYS = 10

#: Local hours at which the parts of a day begin.
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


class NothingToTell(ValueError):
    """There is too little in the warehouse for a statement; the message says what is missing."""


def read(warehouse: Path) -> pd.DataFrame:
    """Every scheduled flight in the warehouse file, which is only read.

    ``flight_date`` is the local day. ``is_arrival_delayed`` is 1 (15 minutes late or more), 0,
    or missing where the flight did not arrive as planned. The weather is missing where none was reported.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        flights = connection.sql(_QUERY).to_arrow_table().to_pandas()
    flights["part_of_day"] = pd.cut(
        flights["scheduled_departure_hour"], [*PARTS_OF_DAY.values(), 24], right=False, labels=list(PARTS_OF_DAY)
    )
    return flights


def completed(flights: pd.DataFrame) -> pd.DataFrame:
    """The flights that arrived. Raises :class:`NothingToTell` when they are of too few days."""
    arrived = flights[flights["is_arrival_delayed"].notna()]
    days = arrived["flight_date"].nunique()
    if days < FEWEST_DAYS:
        raise NothingToTell(
            f"Flights that arrived are of {days} days. Flights of one day are alike, "
            f"so an interval needs at least {FEWEST_DAYS} days."
        )
    return arrived


def day_number(flights: pd.DataFrame) -> pd.Series:
    """A whole number for each local day: the cluster of a flight."""
    return (flights["flight_date"] - pd.Timestamp(0)).dt.days
