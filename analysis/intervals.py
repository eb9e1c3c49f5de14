"""Intervals by resampling: what a figure might have been, had other flights or other days been drawn.

The flights of a day share its storms, so they are no independent witnesses: the honest unit to draw
is a whole day (the pairs cluster bootstrap: Cameron, Gelbach & Miller, "Bootstrap-based improvements
for inference with clustered errors", 2008). Drawing single flights is the naïve bootstrap, which is shown
beside it for comparison only.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

REPLICATES = 2_000
CONFIDENCE = 0.95
SEED = 20130101


@dataclass(frozen=True)
class Interval:
    """An estimate and the limits of its 95 % interval."""

    estimate: float
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    def excludes(self, value: float) -> bool:
        return not self.low <= value <= self.high


def resampled_totals(units: np.ndarray, copies: np.ndarray | None = None) -> np.ndarray:
    """Sums over as many units as there are, drawn with replacement; ``REPLICATES`` times.

    ``units``: one row for each unit with what it adds to each sum. ``copies``: for how many equal
    units a row stands, 1 if left out. Returns replicates × sums; the same input gives the same output.
    """
    copies = np.ones(len(units)) if copies is None else copies
    drawn = np.random.default_rng(SEED).multinomial(int(copies.sum()), copies / copies.sum(), size=REPLICATES)
    return drawn.astype(float) @ units


def fitted_intervals(fitted: Any) -> list[Interval]:
    """The coefficients of a fitted statsmodels model, in the order of its columns."""
    limits = fitted.conf_int(1 - CONFIDENCE)
    return [Interval(*map(float, row)) for row in np.column_stack([fitted.params, limits])]


def percentile_interval(estimate: float | np.ndarray, replicates: np.ndarray) -> Interval:
    """The percentile interval. Replicates for which the figure does not exist (NaN) are left out."""
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.nanpercentile(replicates, [tail, 100 - tail])
    return Interval(float(estimate), float(low), float(high))
