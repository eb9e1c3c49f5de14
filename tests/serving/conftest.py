"""A service with a champion, on a published warehouse of made-up flights."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from ml.candidates.catalog import CANDIDATES, LIGHTGBM_LOADS
from ml.candidates.lightgbm_trees import LightGBMTrees
from ml.features import build, catalog
from ml.registry import artifacts, store
from ontime import files, warehouse
from ontime.settings import settings
from serving import app
from serving.champion import ChampionCache
from tests.ml import conftest as made

flights, weather, always = made.flights, made.weather, made.always

#: The made-up flights are in a time zone that is five hours behind UTC all year.
ZONES = dict.fromkeys(("EWR", "JFK", "ORD", "ATL", "BOS", "SFO", "MIA"), "America/Panama")
ZONES |= {"LGA": "America/New_York", "LAX": "America/Los_Angeles"}
POSITIONS = {"LGA": (40.777, -73.873), "LAX": (33.943, -118.408)}


def publish_flights(table: pd.DataFrame, weather: pd.DataFrame) -> warehouse.Version:
    """Publish flights with their airlines and airports."""
    file = made.write_warehouse(table, settings.warehouse_candidate, weather)
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE marts.dim_airlines AS SELECT DISTINCT airline_code FROM marts.fct_flights")
        connection.execute(
            "CREATE TABLE marts.dim_airports (airport_code VARCHAR, time_zone VARCHAR, "
            "latitude_degrees DOUBLE, longitude_degrees DOUBLE)"
        )
        airports = [[code, zone, *POSITIONS.get(code, (40.0, -80.0))] for code, zone in ZONES.items()]
        connection.executemany("INSERT INTO marts.dim_airports VALUES (?, ?, ?, ?)", airports)
    return warehouse.publish(warehouse.WAREHOUSE, file, {})


@pytest.fixture
def publish(data_dir, weather) -> Callable[[pd.DataFrame], warehouse.Version]:
    return lambda table: publish_flights(table, weather)


@pytest.fixture(scope="session")
def built(flights, weather, tmp_path_factory) -> pd.DataFrame:
    """The features of all flights, as a training computes them."""
    return build.build(made.write_warehouse(flights, tmp_path_factory.mktemp("built") / "warehouse.duckdb", weather))


@pytest.fixture(scope="session")
def trees(built):
    """A small LightGBM model, or scikit-learn's trees if LightGBM cannot be loaded."""
    quick = LightGBMTrees(catalog.CATEGORICAL, trees=30) if LIGHTGBM_LOADS else CANDIDATES["hist_gradient_boosting"]()
    arrived = built[built[catalog.TARGET].notna()]
    return quick.fit(arrived[catalog.NAMES], arrived[catalog.TARGET].to_numpy(dtype=bool))


def card(version: str, model_file: str) -> dict:
    scores = dict.fromkeys(store.SCORE_NAMES, 0.75)
    return {
        "version": version,
        "candidate": "trees",
        "model_file": model_file,
        "trained_at": "2026-01-01T00:00:00+00:00",
        "prediction_horizon_minutes": 120.0,
        "features": [
            {"name": feature.name, "availability": feature.availability, "description": feature.description}
            for feature in catalog.FEATURES
        ],
        "split": {"test_start": "2013-04-01", "test_end": "2013-05-31"},
        "scores": {"trees": {"test": scores}},
        "intervals": {"trees": {name: [0.7, 0.8] for name in scores}},
        "threshold": {"validation": {"threshold": 0.25}},
    }


def promote_model(version: str, model: Any) -> dict:
    """Save a model and write ``champion.json`` for it, without MLflow; returns its card."""
    folder = settings.data_dir / f"new-{version}"
    folder.mkdir(parents=True)
    settings.models_dir.mkdir(exist_ok=True)
    file = artifacts.write_model(model, folder, "model")
    saved = store.save(card(version, file.name), folder)
    pointer = {"version": version, "card_sha256": files.file_sha256(saved / store.CARD_FILE)}
    files.write_json(settings.models_dir / "champion.json", pointer)
    return store.card_of(version)


@pytest.fixture
def promote(data_dir, trees) -> Callable[..., dict]:
    return lambda version, model=trees: promote_model(version, model)


@pytest.fixture
def service(data_dir, monkeypatch) -> TestClient:
    """The service, before its first request."""
    monkeypatch.setattr(app, "champion_cache", ChampionCache())
    return TestClient(app.app)


@pytest.fixture(scope="module")
def ready(module_data_dir, flights, weather, trees) -> Iterator[TestClient]:
    """The service with a champion, for tests that change nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "champion_cache", ChampionCache())
        publish_flights(flights, weather)
        promote_model("one", trees)
        yield TestClient(app.app)


@pytest.fixture
def changing(service, publish, flights, promote) -> TestClient:
    """The service with a champion, for tests that change the champion or the warehouse."""
    publish(flights)
    promote("one")
    return service
