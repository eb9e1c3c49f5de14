"""Made-up flights with the columns of `analysis.flights.read_flights`."""

from collections.abc import Callable

import pandas as pd
import pytest

from analysis.flights import PARTS_OF_DAY


@pytest.fixture(scope="session")
def made() -> Callable[..., pd.DataFrame]:
    """Makes flights from rows of ``(count, columns)``; by default a flight is punctual and in dry weather."""

    def make(*rows: tuple[int, dict]) -> pd.DataFrame:
        defaults = {
            "flight_date": "2013-03-01",
            "origin_airport_code": "EWR",
            "airline_code": "UA",
            "airline_name": "United",
            "scheduled_departure_hour": 9,
            "distance_miles": 700,
            "departure_delay_minutes": 0.0,
            "arrival_delay_minutes": 0.0,
            "is_cancelled": False,
            "weather_key": "EWR_9",
            "temperature_celsius": 10.0,
            "precipitation_millimeters": 0.0,
            "visibility_kilometers": 16.0,
            "wind_gust_meters_per_second": None,
        }
        flights = pd.DataFrame([defaults | columns for count, columns in rows for _ in range(count)])
        flights["flight_date"] = pd.to_datetime(flights["flight_date"])
        minutes = ["departure_delay_minutes", "arrival_delay_minutes", "wind_gust_meters_per_second"]
        flights[minutes] = flights[minutes].astype(float)
        delay = flights["arrival_delay_minutes"]
        flights["is_arrival_delayed"] = (delay >= 15).astype(float).where(delay.notna())
        flights["part_of_day"] = pd.cut(
            flights["scheduled_departure_hour"], [*PARTS_OF_DAY.values(), 24], right=False, labels=list(PARTS_OF_DAY)
        )
        return flights

    return make


@pytest.fixture(scope="session")
def days() -> Callable[[int], list[str]]:
    """The first days of March 2013, as many as asked for."""
    return lambda count: [f"2013-03-{day:02d}" for day in range(1, count + 1)]
