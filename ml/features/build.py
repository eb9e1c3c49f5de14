"""Builds the features: what a model may see of a flight two hours before its scheduled departure."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from ml.features import read
from ml.features.catalog import NAMES, PREDICTION_HORIZON, TARGET, TEXT
from ml.features.lookups import AsOfQuery, Lookup, RouteDistance, encoder, fit_lookups
from ontime.settings import settings


def build(warehouse: Path, prediction_horizon: timedelta = PREDICTION_HORIZON) -> pd.DataFrame:
    """The features of every scheduled flight in the most recent months of a warehouse file, which is only read.

    One row per flight, ordered by scheduled departure: ``flight_key``, ``flight_date``, the label
    ``is_arrival_delayed`` (missing where the flight did not arrive), and one column per declared feature.
    """
    flights, weather = read.flights_and_weather(warehouse)
    query = AsOfQuery.before_departure(flights, encoder(flights), prediction_horizon)
    built = _with_features(flights, query, fit_lookups(flights, weather, query.codes))
    return built[["flight_key", "flight_date", TARGET, *NAMES]]


class Prepared:
    """Lookups fitted on a warehouse file and kept in memory, for features of flights on request."""

    def __init__(self, warehouse: Path) -> None:
        flights, weather = read.flights_and_weather(warehouse)
        self._encoder = encoder(flights)
        codes = self._encoder.encode(flights)
        self._lookups = list(fit_lookups(flights, weather, codes))
        self._distance = RouteDistance().fit(flights, codes)
        self._sql = duckdb.connect(config=settings.duckdb_config)

    def features(self, scheduled: pa.Table) -> pd.DataFrame:
        """The features of scheduled flights, in their order; each row is independent of the other rows.

        ``scheduled`` has the schedule's columns of ``marts.fct_flights``. Its distance is used only for a route that
        the warehouse file does not have: otherwise the file's distance counts. The flights need not be in the file.
        """
        flights = read.schedule(scheduled, self._sql)
        query = AsOfQuery.before_departure(flights, self._encoder, PREDICTION_HORIZON)
        distance = pd.DataFrame(self._distance.features(query)).fillna(flights)
        return _with_features(flights.assign(**distance), query, self._lookups)[NAMES]


def _with_features(flights: pd.DataFrame, query: AsOfQuery, lookups: Iterable[Lookup]) -> pd.DataFrame:
    """The flights with the features of every lookup as further columns (float32)."""
    features: dict[str, np.ndarray] = {}
    for lookup in lookups:
        features |= lookup.features(query)
    numbers = pd.DataFrame(
        np.array([value.astype(np.float32) for value in features.values()]).T, columns=list(features)
    )
    built = pd.concat([flights, numbers], axis="columns")
    for name in TEXT:  # one by one: astype of a whole frame copies it
        built[name] = built[name].astype("category")
    return built
