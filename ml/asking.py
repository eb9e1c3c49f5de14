"""Asks the champion about one flight: the probability, and what raises and lowers it."""

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from ml import scoring
from ml.features import build
from ml.features.catalog import FEATURES, NAMES
from ml.registry import store
from ml.schedule import Schedule
from ontime import warehouse
from ontime.settings import settings

#: The schedule of one published flight.
_PUBLISHED = """
    SELECT flight_date, airline_code, flight_number, tail_number, origin_airport_code, destination_airport_code,
        scheduled_departure_local_at, scheduled_arrival_local_at, scheduled_departure_at, scheduled_arrival_at,
        distance_miles
    FROM marts.fct_flights WHERE flight_key = ?
"""
#: How long flights of a route are scheduled to take.
_DURATIONS = """
    SELECT origin_airport_code, destination_airport_code,
        median(epoch(scheduled_arrival_at) - epoch(scheduled_departure_at))
    FROM marts.fct_flights GROUP BY ALL
"""


@dataclass(frozen=True)
class Reason:
    """What one feature adds to the raw score; above 0 it makes a delay more likely. ``value``: of the flight."""

    feature: str
    description: str
    value: Any
    contribution: float


@dataclass(frozen=True)
class Answer:
    """The champion's answer about one flight.

    ``probability`` is ``1 / (1 + exp(-raw_score))``, and the raw score is ``start`` plus the contributions of all
    ``reasons``, the largest first. The reasons are empty if the champion's kind of model has no contributions.
    """

    probability: float
    raw_score: float
    start: float
    reasons: tuple[Reason, ...]


class Asking:
    """The champion and a published warehouse, prepared for questions. Loading takes seconds, an answer milliseconds.

    Raises what :func:`ml.registry.store.load_champion` and :func:`ml.scoring.check_features` raise.
    """

    def __init__(self, published: warehouse.Version) -> None:
        self.model, self.card = store.load_champion()
        scoring.check_features(self.card)
        self.schedule = Schedule(published)
        self._path = str(published.path)
        self._prepared = build.Prepared(published.path)
        with self._connect() as connection:
            self.seconds = {
                (origin, destination): seconds
                for origin, destination, seconds in connection.execute(_DURATIONS).fetchall()
            }

    def answer(self, scheduled: pa.Table) -> Answer:
        """The answer for the one flight in ``scheduled``, as :meth:`ml.schedule.Schedule.table` returns it."""
        features = self._prepared.features(scheduled)
        probability = float(scoring.delay_probability(self.model, features)[0])
        raw_score = float(np.log(probability / (1 - probability)))
        added = contributions(self.model, features)
        if added is None:
            return Answer(probability, raw_score, raw_score, ())
        *of_features, start = added[0]
        reasons = [
            Reason(feature.name, feature.description, features[feature.name].iloc[0], float(contribution))
            for feature, contribution in zip(FEATURES, of_features, strict=True)
        ]
        reasons.sort(key=lambda reason: -abs(reason.contribution))
        return Answer(probability, float(added[0].sum()), float(start), tuple(reasons))

    def published_flight(self, flight_key: str) -> pa.Table | None:
        """The schedule of a flight in the warehouse; None if it has no flight with this key."""
        with self._connect() as connection:
            flight = connection.sql(_PUBLISHED, params=[flight_key]).to_arrow_table()
        return flight if len(flight) else None

    def _connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(self._path, read_only=True, config=settings.duckdb_config)


def contributions(model: Any, flights: pd.DataFrame) -> np.ndarray | None:
    """What each feature adds to the raw score (log-odds), and in the last column the mean raw score of the training.

    One row per flight; a row sums to the flight's raw score (TreeSHAP: Lundberg et al., Nature Machine Intelligence
    2020). None for a model that is not LightGBM's.
    """
    booster = getattr(model, "booster_", None)
    if booster is None:
        return None
    categories = flights[NAMES].astype(dict.fromkeys(model.categorical, "category"))
    return np.asarray(booster.predict(categories, pred_contrib=True, num_threads=1))
