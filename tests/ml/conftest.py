"""Made-up flights and weather in warehouse files with the columns of the marts."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from ml.features.catalog import WEATHER
from ml.registry import tracking
from ontime import warehouse
from ontime.settings import settings


def no_weather() -> pd.DataFrame:
    columns = dict.fromkeys(WEATHER, pd.Series(dtype=float))
    return pd.DataFrame(
        {"airport_code": pd.Series(dtype=str), "observed_at": pd.Series(dtype="datetime64[us, UTC]")} | columns
    )


def write_warehouse(flights: pd.DataFrame, path: Path, weather: pd.DataFrame | None = None) -> Path:
    weather = no_weather() if weather is None else weather
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute("CREATE TABLE marts.fct_flights AS SELECT * FROM flights")
        connection.execute("CREATE TABLE marts.fct_weather_hourly AS SELECT * FROM weather")
    return path


@pytest.fixture(scope="session")
def made_database(tmp_path_factory) -> Path:
    """An empty MLflow database. MLflow needs seconds to create one, so tests copy this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("mlflow"))
        tracking.versions()
        return settings.mlflow_database


@pytest.fixture
def mlflow_database(data_dir: Path, made_database: Path) -> Path:
    """An empty registry in an empty data directory."""
    settings.models_dir.mkdir(parents=True)
    return Path(shutil.copyfile(made_database, settings.mlflow_database))


@pytest.fixture(scope="session")
def always() -> Callable[[float], DummyClassifier]:
    """Makes a model that predicts the same probability, in whole percent, for every flight."""

    def always(share: float) -> DummyClassifier:
        labels = np.arange(100) < round(100 * share)
        return DummyClassifier(strategy="prior").fit(np.zeros((100, 1)), labels)

    return always


@pytest.fixture
def warehouse_file(tmp_path: Path) -> Callable[..., Path]:
    return lambda flights, weather=None: write_warehouse(flights, tmp_path / "warehouse.duckdb", weather)


@pytest.fixture
def publish(mlflow_database: Path) -> Callable[[pd.DataFrame], warehouse.Version]:
    """Publishes flights as the current warehouse."""
    return lambda flights: warehouse.publish(
        warehouse.WAREHOUSE, write_warehouse(flights, settings.warehouse_candidate), {}
    )


@pytest.fixture(scope="session")
def flights() -> pd.DataFrame:
    """Five months of 2013 with 40 flights a day. Late departures are delayed more often; one in 40 is cancelled."""
    random, rows = np.random.default_rng(7), []
    for day in pd.date_range("2013-01-01", "2013-05-31"):
        for number in range(40):
            hour = 6 + number % 16
            departure = day + pd.Timedelta(hours=hour, minutes=number)
            is_delayed = bool(random.random() < 0.02 * hour)
            arrival = departure + pd.Timedelta(hours=2)
            late = 60 if is_delayed else -5
            is_cancelled = random.random() < 0.025

            def actual(scheduled: pd.Timestamp, is_cancelled=is_cancelled, late=late) -> pd.Timestamp | None:
                return None if is_cancelled else (scheduled + pd.Timedelta(hours=5, minutes=late)).tz_localize("UTC")

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
                    "tail_number": f"N{number % 10}",
                    "departed_at": actual(departure),
                    "arrived_at": actual(arrival),
                    "departure_delay_minutes": None if is_cancelled else late,
                    "arrival_delay_minutes": None if is_cancelled else late,
                    "distance_miles": 700 + 10 * (number % 5),
                    "is_arrival_delayed": None if is_cancelled else is_delayed,
                }
            )
    made = pd.DataFrame(rows)
    minutes = dict.fromkeys(("departure_delay_minutes", "arrival_delay_minutes"), "Int32")
    return made.astype({"is_arrival_delayed": "boolean", "flight_number": "int32", "distance_miles": "int32"} | minutes)


@pytest.fixture(scope="session")
def weather() -> pd.DataFrame:
    """Hourly weather of the same months at both origins; the values differ from hour to hour and by column."""
    hours = pd.date_range("2013-01-01", "2013-05-31 23:00", freq="h", tz="UTC")
    values = {name: np.arange(len(hours)) % 97 + 100.0 * index for index, name in enumerate(WEATHER)}
    both = [pd.DataFrame({"airport_code": code, "observed_at": hours} | values) for code in ("EWR", "JFK")]
    return pd.concat(both, ignore_index=True)
