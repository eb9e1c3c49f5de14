"""Are flights later when it rains at their origin in the hour of their scheduled departure, and by how much?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.flights import NothingToTell, completed
from analysis.intervals import Interval, percentile_interval, resampled_totals


@dataclass(frozen=True)
class Effect:
    """Rain against no rain: one figure, its interval over days, and the one that takes flights for independent."""

    name: str
    unit: str
    by_day: Interval
    naive: Interval
    #: The value that would mean: no effect.
    nothing: float

    @property
    def design_effect(self) -> float:
        """How many of these flights tell as much as one independent flight would (Kish 1965)."""
        return (self.by_day.width / self.naive.width) ** 2


@dataclass(frozen=True)
class Rain:
    flights_in_rain: int
    flights_dry: int
    days_with_rain: int
    late_share_in_rain: float
    late_share_dry: float
    effects: tuple[Effect, ...]


#: Name, unit, and the value that would mean: no effect.
_EFFECTS = (
    ("difference of late shares", "percentage points", 0.0),
    ("ratio of late shares", "times", 1.0),
    ("difference of mean arrival delay", "minutes", 0.0),
    ("the same (Cohen's d)", "standard deviations", 0.0),
)


def rain(flights: pd.DataFrame) -> Rain:
    """Delay of arrival with and without rain. Raises :class:`NothingToTell` where it never rained, or always."""
    known = completed(flights[flights["precipitation_millimeters"].notna()])
    is_raining = (known["precipitation_millimeters"] > 0).to_numpy()
    if not is_raining.any() or is_raining.all():
        raise NothingToTell(f"It {'always' if is_raining.any() else 'never'} rained: there is nothing to compare with.")
    minutes = known["arrival_delay_minutes"].to_numpy()
    figures = np.column_stack([np.ones(len(known)), known["is_arrival_delayed"], minutes, minutes**2])
    # What each flight adds to four sums over flights in rain, and to the same four over dry ones.
    units = pd.DataFrame(np.hstack([figures * is_raining[:, None], figures * ~is_raining[:, None]]))
    days = units.groupby(known["flight_date"].to_numpy()).sum().to_numpy()
    # Equal flights are drawn together: the same bootstrap, with a thousand rows instead of all.
    alike = units.value_counts(sort=False)

    counts, late = days.sum(axis=0).reshape(2, 4)[:, :2].T
    estimates = _effects(days.sum(axis=0))
    by_day = _effects(resampled_totals(days))
    naive = _effects(resampled_totals(alike.index.to_frame().to_numpy(), alike.to_numpy()))
    return Rain(
        flights_in_rain=int(counts[0]),
        flights_dry=int(counts[1]),
        days_with_rain=int((days[:, 0] > 0).sum()),
        late_share_in_rain=float(late[0] / counts[0]),
        late_share_dry=float(late[1] / counts[1]),
        effects=tuple(
            Effect(name, unit, percentile_interval(estimate, honest), percentile_interval(estimate, plain), nothing)
            for (name, unit, nothing), estimate, honest, plain in zip(_EFFECTS, estimates, by_day, naive, strict=True)
        ),
    )


def _effects(sums: np.ndarray) -> tuple[np.ndarray, ...]:
    """The figures of ``_EFFECTS``, for each row of eight sums; NaN where it lacks one of the two groups."""
    flights, late, minutes, squares = np.moveaxis(sums.reshape(*sums.shape[:-1], 2, 4), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, mean = late / flights, minutes / flights
        deviation = np.sqrt((squares - minutes * mean).sum(axis=-1) / (flights.sum(axis=-1) - 2))
        later = mean[..., 0] - mean[..., 1]
        return 100 * (share[..., 0] - share[..., 1]), share[..., 0] / share[..., 1], later, later / deviation
