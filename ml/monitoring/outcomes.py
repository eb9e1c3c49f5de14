"""What the champion's probabilities are worth: the tables behind the figures about the model.

Each table has the flights of the test part and, as a second ``part``, those of later months (``new``). Only flights
that have arrived count: ``flights`` are arrived flights, ``late_share`` is the share of them that arrived 15 or more
minutes late. Intervals are 95 %, from draws of whole days (:mod:`ml.evaluation.uncertainty`).
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from ml.evaluation import decisions
from ml.evaluation.assessment import THRESHOLDS
from ml.evaluation.slices import DIMENSIONS
from ml.evaluation.uncertainty import DayBootstrap, interval
from ml.features.catalog import TARGET
from ml.monitoring.performance import parts

PARTS = ("test", "new")
#: The lift is given for the twentieth of the flights with the highest probabilities, for two twentieths and so on.
LIFT_STEPS = 20

#: The tables and their columns. An empty table has the same types as a full one.
TYPES = {
    "reliability": {
        "part": "string",
        "lowest_probability": "float64",
        "flights": "int64",
        "mean_probability": "float64",
        "late_share": "float64",
        "late_share_low": "float64",
        "late_share_high": "float64",
    },
    "lift": {
        "part": "string",
        "flagged_share": "float64",
        "flights": "int64",
        "late_flights": "int64",
        "late_share": "float64",
        "caught_share": "float64",
        "lift": "float64",
    },
    "cost": {
        "part": "string",
        "threshold": "float64",
        "is_champions": "bool",
        "flagged_share": "float64",
        "precision": "float64",
        "recall": "float64",
        "cost": "float64",
        "cost_of_flagging_none": "float64",
        "cost_of_flagging_all": "float64",
    },
    "slices": {
        "part": "string",
        "dimension": "string",
        "value": "string",
        "flights": "int64",
        "late_share": "float64",
        "mean_probability": "float64",
        "bias": "float64",
        "bias_low": "float64",
        "bias_high": "float64",
    },
}


def tables(predictions: pd.DataFrame, card: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """The tables of ``TYPES``, by name.

    ``predictions``: ``flight_date``, ``delay_probability``, the label, and the columns of the slices.
    """
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TYPES}
    arrived = predictions[predictions[TARGET].notna()]
    part = parts(arrived["flight_date"], card["split"])
    for name in PARTS:
        flights = arrived[part == name]
        labels, probability = flights[TARGET].to_numpy(dtype=bool), flights["delay_probability"].to_numpy()
        if len(np.unique(labels)) < 2:  # nothing to show without late and punctual flights
            continue
        bootstrap = DayBootstrap(flights["flight_date"])
        for table, made in {
            "reliability": _reliability(labels, probability, bootstrap),
            "lift": lift(labels, probability),
            "cost": _cost(labels, probability, card["threshold"]["validation"]["threshold"]),
            "slices": _slices(flights, labels, probability, bootstrap),
        }.items():
            rows[table] += [{"part": name, **row} for row in made]
    return {table: pd.DataFrame(rows[table], columns=list(types)).astype(types) for table, types in TYPES.items()}


def lift(labels: np.ndarray, probability: np.ndarray) -> Iterator[dict[str, Any]]:
    """How many late flights are among those with the highest probabilities; equal probabilities in the given order.

    Yields rows with ``flights``, the number of flagged flights; ``flagged_share``, their share of all flights;
    ``caught_share``, the share of all late flights that are flagged; and ``lift``, the late share of the flagged
    flights divided by that of all flights.
    """
    late = np.cumsum(labels[np.argsort(-probability, kind="stable")])
    for step in range(1, LIFT_STEPS + 1):
        flights = max(1, round(len(labels) * step / LIFT_STEPS))
        late_flights = int(late[flights - 1])
        yield {
            "flagged_share": step / LIFT_STEPS,
            "flights": flights,
            "late_flights": late_flights,
            "late_share": late_flights / flights,
            "caught_share": late_flights / int(late[-1]),
            "lift": late_flights / flights / labels.mean(),
        }


def _reliability(labels: np.ndarray, probability: np.ndarray, bootstrap: DayBootstrap) -> Iterator[dict[str, Any]]:
    for one in decisions.reliability(labels, probability, bootstrap):
        yield {
            "lowest_probability": one.lowest_probability,
            "flights": one.flights,
            "mean_probability": one.mean_probability,
            "late_share": one.delayed_share,
            "late_share_low": one.delayed_share_low,
            "late_share_high": one.delayed_share_high,
        }


def _cost(labels: np.ndarray, probability: np.ndarray, champions: float) -> Iterator[dict[str, Any]]:
    for threshold in sorted({*THRESHOLDS, champions}):
        flagging = asdict(decisions.flagging(labels, probability, threshold))
        yield {**flagging, "is_champions": threshold == champions}


def _slices(
    flights: pd.DataFrame, labels: np.ndarray, probability: np.ndarray, bootstrap: DayBootstrap
) -> Iterator[dict[str, Any]]:
    for dimension, column in DIMENSIONS.items():
        group, values = pd.factorize(flights[column], sort=True)
        draws = bootstrap.mean(probability - labels, group, len(values))
        for number, value in enumerate(values):
            late_share, mean_probability = labels[group == number].mean(), probability[group == number].mean()
            low, high = interval(draws[:, number])
            yield {
                "dimension": dimension,
                "value": str(value),
                "flights": int((group == number).sum()),
                "late_share": late_share,
                "mean_probability": mean_probability,
                "bias": mean_probability - late_share,
                "bias_low": low,
                "bias_high": high,
            }
