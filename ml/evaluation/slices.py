"""The test flights by airline, by origin and by hour: where a model is good, and where a new one is worse."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.evaluation.uncertainty import DayBootstrap, interval, log_losses

DIMENSIONS = {
    "airline": "airline_code",
    "origin": "origin_airport_code",
    "hour": "scheduled_departure_hour",
}
#: A slice with fewer flights than this tells nothing about a model.
FLIGHTS_NEEDED = 500
#: So much may a slice's log-loss rise with a new champion. The gain over climatology is 0.08 over all flights.
MARGIN = 0.005

TOO_SMALL = "too small to tell"


@dataclass(frozen=True)
class Slice:
    """How one model does on one slice."""

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
    """By how much a challenger's log-loss on one slice is above the champion's; below 0 it is better.

    ``verdict``: ``no worse`` up to the margin, ``worse`` beyond it, or ``too small to tell``.
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
    """Every slice of these flights, with an interval by day for its log-loss."""
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
    """Every slice of these flights: a challenger's probabilities against a champion's."""
    losses = log_losses(labels, challenger) - log_losses(labels, champion)
    found = []
    for dimension, value, members, draws in _slices(flights, losses, bootstrap):
        difference = float(losses[members].mean())
        verdict = "worse" if difference > MARGIN else "no worse"
        if members.sum() < FLIGHTS_NEEDED:
            verdict = TOO_SMALL
        found.append(SliceDifference(dimension, value, int(members.sum()), difference, *interval(draws), verdict))
    return found


def _slices(
    flights: pd.DataFrame, losses: np.ndarray, bootstrap: DayBootstrap
) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """Dimension, value, which flights are in it, and the mean loss in each draw of days."""
    for dimension, column in DIMENSIONS.items():
        group, values = pd.factorize(flights[column], sort=True)
        draws = bootstrap.mean(losses, group, len(values))
        for number, value in enumerate(values):
            yield dimension, str(value), group == number, draws[:, number]
