"""By how much flights are late more often when it rains at their origin in the hour of scheduled departure."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.flights import NotEnoughData, completed
from analysis.intervals import Interval, percentile_interval, resampled_totals


@dataclass(frozen=True)
class Effect:
    """Rain compared with no rain: one figure with its interval by day, and the naïve one of independent flights."""

    name: str
    unit: str
    by_day: Interval
    naive: Interval
    #: The value of the figure if rain had no effect.
    no_effect: float

    @property
    def design_effect(self) -> float:
        """How many of these flights carry the information of one independent flight (Kish 1965)."""
        return (self.by_day.width / self.naive.width) ** 2


@dataclass(frozen=True)
class Rain:
    """Flights and late shares in rain and in dry hours, and the effects of rain."""

    flights_in_rain: int
    flights_dry: int
    days_with_rain: int
    late_share_in_rain: float
    late_share_dry: float
    effects: tuple[Effect, ...]


#: Name, unit, and value without an effect, in the order of :func:`_effects`.
_EFFECTS = (
    ("difference of late shares", "percentage points", 0.0),
    ("ratio of late shares", "times", 1.0),
    ("difference of mean arrival delay", "minutes", 0.0),
    ("the same (Cohen's d)", "standard deviations", 0.0),
)


def rain(flights: pd.DataFrame) -> Rain:
    """Arrival delay with and without rain. Raises :class:`NotEnoughData` if it never rained, or always."""
    reported = completed(flights[flights["precipitation_millimeters"].notna()])
    is_raining = (reported["precipitation_millimeters"] > 0).to_numpy()
    if not is_raining.any() or is_raining.all():
        raise NotEnoughData(f"It {'always' if is_raining.any() else 'never'} rained: there is nothing to compare with.")
    units = _summands(reported, is_raining)
    days = units.groupby(reported["flight_date"].to_numpy()).sum().to_numpy()
    (in_rain, late_in_rain), (dry, late_dry) = days.sum(axis=0).reshape(2, 4)[:, :2]
    return Rain(
        flights_in_rain=int(in_rain),
        flights_dry=int(dry),
        days_with_rain=int((days[:, 0] > 0).sum()),
        late_share_in_rain=float(late_in_rain / in_rain),
        late_share_dry=float(late_dry / dry),
        effects=_with_intervals(units, days),
    )


def _summands(flights: pd.DataFrame, is_raining: np.ndarray) -> pd.DataFrame:
    """What each flight adds to the eight sums: flights, late, minutes, minutes² in rain, and the same in dry hours."""
    minutes = flights["arrival_delay_minutes"].to_numpy()
    figures = np.column_stack([np.ones(len(flights)), flights["is_arrival_delayed"], minutes, minutes**2])
    return pd.DataFrame(np.hstack([figures * is_raining[:, None], figures * ~is_raining[:, None]]))


def _with_intervals(units: pd.DataFrame, days: np.ndarray) -> tuple[Effect, ...]:
    """The effects with intervals from resampled days and from resampled flights."""
    # Equal flights are drawn together: the same bootstrap with about a thousand rows instead of all flights.
    distinct = units.value_counts(sort=False)
    estimates = _effects(days.sum(axis=0))
    by_day = _effects(resampled_totals(days))
    naive = _effects(resampled_totals(distinct.index.to_frame().to_numpy(), distinct.to_numpy()))
    return tuple(
        Effect(name, unit, percentile_interval(estimate, honest), percentile_interval(estimate, plain), no_effect)
        for (name, unit, no_effect), estimate, honest, plain in zip(_EFFECTS, estimates, by_day, naive, strict=True)
    )


def _effects(sums: np.ndarray) -> tuple[np.ndarray, ...]:
    """The figures of ``_EFFECTS`` for each row of eight sums; NaN where one of the two groups is empty."""
    flights, late, minutes, squares = np.moveaxis(sums.reshape(*sums.shape[:-1], 2, 4), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, mean = late / flights, minutes / flights
        deviation = np.sqrt((squares - minutes * mean).sum(axis=-1) / (flights.sum(axis=-1) - 2))
        later = mean[..., 0] - mean[..., 1]
        return 100 * (share[..., 0] - share[..., 1]), share[..., 0] / share[..., 1], later, later / deviation
