"""Warehouse files with made-up flights, in the shape of ``marts.fct_flights``."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from ontime import warehouse
from ontime.settings import settings


def write_warehouse(flights: pd.DataFrame, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute("CREATE TABLE marts.fct_flights AS SELECT * FROM flights")
    return path


@pytest.fixture
def warehouse_file(tmp_path: Path) -> Callable[[pd.DataFrame], Path]:
    return lambda flights: write_warehouse(flights, tmp_path / "warehouse.duckdb")


@pytest.fixture
def publish(data_dir: Path) -> Callable[[pd.DataFrame], warehouse.Version]:
    """Publishes flights as the current warehouse."""
    return lambda flights: warehouse.publish(
        warehouse.WAREHOUSE, write_warehouse(flights, settings.warehouse_candidate), {}
    )


@pytest.fixture(scope="session")
def flights() -> pd.DataFrame:
    """Five months of 2013, 40 flights a day; later hours are delayed more often, one in 40 is cancelled."""
    random, rows = np.random.default_rng(7), []
    for day in pd.date_range("2013-01-01", "2013-05-31"):
        for number in range(40):
            hour = 6 + number % 16
            departure = day + pd.Timedelta(hours=hour, minutes=number)
            is_delayed = bool(random.random() < 0.02 * hour)
            arrival = departure + pd.Timedelta(hours=2)
            late = pd.Timedelta(minutes=60 if is_delayed else -5)
            is_cancelled = random.random() < 0.025
            rows.append(
                {
                    "flight_key": f"{day:%Y%m%d}-{number:02d}",
                    "flight_date": day.date(),
                    "airline_code": ("UA", "DL", "B6")[number % 3],
                    "flight_number": number,
                    "origin_airport_code": ("EWR", "JFK")[number % 2],
                    "destination_airport_code": ("ORD", "ATL", "BOS", "SFO", "MIA")[number % 5],
                    "scheduled_departure_local_at": departure,
                    "scheduled_arrival_local_at": arrival,
                    "scheduled_departure_at": (departure + pd.Timedelta(hours=5)).tz_localize("UTC"),
                    "scheduled_arrival_at": (arrival + pd.Timedelta(hours=5)).tz_localize("UTC"),
                    "arrived_at": None if is_cancelled else (arrival + late + pd.Timedelta(hours=5)).tz_localize("UTC"),
                    "distance_miles": 700 + 10 * (number % 5),
                    "is_arrival_delayed": None if is_cancelled else is_delayed,
                }
            )
    made = pd.DataFrame(rows)
    return made.astype({"is_arrival_delayed": "boolean", "flight_number": "int32", "distance_miles": "int32"})
