"""Scores by airline, by origin and by hour: where a model is good, and where a new model is worse than the old one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.evaluation.uncertainty import DayBootstrap, interval, log_losses

#: Dimension → the column with its values.
DIMENSIONS = {
    "airline": "airline_code",
    "origin": "origin_airport_code",
    "hour": "scheduled_departure_hour",
}
#: A slice with fewer flights is too small to compare two models on.
FLIGHTS_NEEDED = 500
#: By how much a slice's log-loss may rise with a new champion. The gain over climatology is 0.08 over all flights.
MARGIN = 0.005

TOO_SMALL = "too small to tell"


@dataclass(frozen=True)
class Slice:
    """The scores of one model on one slice."""

    dimension: str
    value: str
    flights: int
    delayed_share: float
    mean_probability: float
    log_loss: float
    log_loss_low: float
    log_loss_high: float


@dataclass(frozen=True)
class SliceDifference:
    """The challenger's log-loss on one slice minus the champion's; below 0 the challenger is better.

    ``verdict``: ``no worse`` up to the margin, ``worse`` above it, or ``too small to tell``.
    """

    dimension: str
    value: str
    flights: int
    difference: float
    difference_low: float
    difference_high: float
    verdict: str


def describe(
    flights: pd.DataFrame, labels: np.ndarray, probability: np.ndarray, bootstrap: DayBootstrap
) -> list[Slice]:
    """A model's scores on every slice of these flights; the log-loss has an interval by day."""
    losses = log_losses(labels, probability)
    return [
        Slice(
            dimension,
            value,
            int(members.sum()),
            float(labels[members].mean()),
            float(probability[members].mean()),
            float(losses[members].mean()),
            *interval(draws),
        )
        for dimension, value, members, draws in _slices(flights, losses, bootstrap)
    ]


def compare(
    flights: pd.DataFrame,
    labels: np.ndarray,
    challenger: np.ndarray,
    champion: np.ndarray,
    bootstrap: DayBootstrap,
) -> list[SliceDifference]:
    """Compare the challenger's probabilities with the champion's on every slice of these flights."""
    losses = log_losses(labels, challenger) - log_losses(labels, champion)
    differences = []
    for dimension, value, members, draws in _slices(flights, losses, bootstrap):
        flight_count, difference = int(members.sum()), float(losses[members].mean())
        verdict = _verdict(flight_count, difference)
        differences.append(SliceDifference(dimension, value, flight_count, difference, *interval(draws), verdict))
    return differences


def _verdict(flight_count: int, difference: float) -> str:
    if flight_count < FLIGHTS_NEEDED:
        return TOO_SMALL
    return "worse" if difference > MARGIN else "no worse"


def _slices(
    flights: pd.DataFrame, losses: np.ndarray, bootstrap: DayBootstrap
) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """Yields dimension, value, a mask of the slice's flights, and their mean loss in each draw of days."""
    for dimension, column in DIMENSIONS.items():
        group, values = pd.factorize(flights[column], sort=True)
        draws = bootstrap.mean(losses, group, len(values))
        for number, value in enumerate(values):
            yield dimension, str(value), group == number, draws[:, number]
