"""Confidence intervals: what a figure could have been if other days, or other flights, had been sampled.

Flights of one day share its weather, so they are not independent. Therefore whole days are resampled (pairs
cluster bootstrap: Cameron, Gelbach & Miller, "Bootstrap-based improvements for inference with clustered errors", 2008).
Resampling single flights is the naïve bootstrap; the report shows it only for comparison.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.evaluation.uncertainty import CONFIDENCE, draw_with_replacement, interval

#: More draws than for the model's scores. A draw is cheap here, one row of a matrix product; there it is a ROC curve.
REPLICATES = 2_000


@dataclass(frozen=True)
class Interval:
    """An estimate and the ends of its 95 % interval."""

    estimate: float
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    def excludes(self, value: float) -> bool:
        return not self.low <= value <= self.high


def resampled_totals(units: np.ndarray, copies: np.ndarray | None = None) -> np.ndarray:
    """Column sums of ``REPLICATES`` bootstrap samples of the units; an array of replicates × columns.

    ``units``: one row per unit, with what the unit adds to each sum. ``copies``: how many equal units each row
    represents (one if left out). A sample has as many units as the data. The same input gives the same output.
    """
    copies = np.ones(len(units), dtype=int) if copies is None else copies
    return draw_with_replacement(copies, REPLICATES) @ units


def percentile_interval(estimate: float | np.ndarray, replicates: np.ndarray) -> Interval:
    """The percentile interval. Replicates in which the figure is undefined (NaN) are left out."""
    return Interval(float(estimate), *interval(replicates))


def fitted_intervals(fitted: Any) -> list[Interval]:
    """The coefficients of a fitted statsmodels model with their intervals, in the order of its columns."""
    limits = fitted.conf_int(1 - CONFIDENCE)
    return [Interval(*map(float, row)) for row in np.column_stack([fitted.params, limits])]
