"""What raises the odds that a flight is late, each factor with all others held equal."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM, GLMResults

from analysis.flights import FEWEST_FLIGHTS, NotEnoughData, completed, day_number
from analysis.intervals import Interval, fitted_intervals

#: Three statute miles. Below this visibility pilots must fly by instruments (14 CFR 91.155).
LOW_VISIBILITY_KILOMETERS = 4.83

#: A larger coefficient would grow without limit: the model separates late flights from punctual ones perfectly.
LARGEST_LOG_ODDS = 10

#: What the odds are adjusted for: column of the cells → name in the report.
FACTORS = {
    "airline_code": "airline",
    "origin_airport_code": "origin",
    "part_of_day": "part of day",
    "month": "month",
    "is_raining": "rain",
    "is_low_visibility": "low visibility",
}


@dataclass(frozen=True)
class OddsRatio:
    """The odds of a late arrival at this level, relative to the factor's reference level.

    ``by_day``: with the interval for errors clustered by day; ``naive``: as if flights were independent.
    """

    factor: str
    level: str
    reference: str
    flights: int
    by_day: Interval
    naive: Interval


@dataclass(frozen=True)
class Odds:
    """``left_out``: levels with too few flights, or whose flights all had the same outcome."""

    flights: int
    without_weather: int
    ratios: tuple[OddsRatio, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Cells:
    """What the model is fitted to.

    ``counts``: flights, ``late`` and ``on_time`` per ``day`` and combination of levels. ``levels``: of each factor that
    varies, the reference first. ``without_weather`` and ``left_out``: as in :class:`Odds`.
    """

    counts: pd.DataFrame
    levels: dict[str, list]
    without_weather: int
    left_out: tuple[str, ...]

    @property
    def terms(self) -> list[tuple[str, Any]]:
        """Factor and level of each coefficient but the first, which is the intercept."""
        return [(column, level) for column, (_, *levels) in self.levels.items() for level in levels]

    @property
    def design(self) -> np.ndarray:
        """One row per cell: 1, then 0 or 1 for each of the terms."""
        indicators = [(self.counts[column] == level).to_numpy(dtype=float) for column, level in self.terms]
        return np.column_stack([np.ones(len(self.counts)), *indicators])


def odds(flights: pd.DataFrame) -> Odds:
    """Fit a binomial GLM with logit link on all factors at once.

    Raises :class:`NotEnoughData` if no factor varies, if levels only occur together, or if odds are infinite.
    """
    cells = cells_of(flights)
    by_day, naive = (_odds_intervals(fitted) for fitted in fit(cells))
    flights_of = {column: cells.counts.groupby(column, observed=True)["flights"].sum() for column in cells.levels}
    return Odds(
        flights=int(cells.counts["flights"].sum()),
        without_weather=cells.without_weather,
        ratios=tuple(
            OddsRatio(
                FACTORS[column],
                label(level),
                label(cells.levels[column][0]),
                int(flights_of[column][level]),
                by_day_interval,
                naive_interval,
            )
            for (column, level), by_day_interval, naive_interval in zip(cells.terms, by_day, naive, strict=True)
        ),
        left_out=cells.left_out,
    )


def cells_of(flights: pd.DataFrame) -> Cells:
    """The cells of the flights that arrived and have a weather report.

    Raises :class:`NotEnoughData` if no factor varies.
    """
    arrived = completed(flights)
    reported = completed(arrived.dropna(subset=["precipitation_millimeters", "visibility_kilometers"]))
    counts, left_out = _informative(_counts(reported))
    levels = {}
    for column in FACTORS:
        of_level = counts.groupby(column, observed=True)["flights"].sum()
        if len(of_level) > 1:
            reference = of_level.idxmax()
            levels[column] = [reference, *of_level.index[of_level.index != reference]]
    if not levels:
        raise NotEnoughData("Every flight has the same airline, origin, hour, month and weather.")
    return Cells(counts, levels, len(arrived) - len(reported), left_out)


def _counts(arrived: pd.DataFrame) -> pd.DataFrame:
    """Late and punctual flights per day and combination of levels: the model needs only these counts."""
    factors = arrived.assign(
        day=day_number(arrived),
        month=arrived["flight_date"].dt.strftime("%Y-%m"),
        is_raining=arrived["precipitation_millimeters"] > 0,
        is_low_visibility=arrived["visibility_kilometers"] < LOW_VISIBILITY_KILOMETERS,
    )
    groups = factors.groupby(["day", *FACTORS], observed=True)["is_arrival_delayed"]
    counts = groups.agg(late="sum", flights="count").reset_index()
    return counts.assign(on_time=counts["flights"] - counts["late"])


def _informative(cells: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The cells without the levels whose odds would be unreliable, zero or infinite; and the names of those levels."""
    left_out: list[str] = []
    # Leaving out a level also reduces the counts of other factors' levels, so we repeat until all have enough flights.
    while poor := _first_poor_levels(cells):
        column, levels = poor
        left_out += [f"{FACTORS[column]} {label(level)}" for level in levels]
        cells = cells[~cells[column].isin(levels)]
    if cells.empty:
        raise NotEnoughData(f"No airline, origin or month has {FEWEST_FLIGHTS} flights, late ones among them.")
    return cells, tuple(left_out)


def _first_poor_levels(cells: pd.DataFrame) -> tuple[str, list] | None:
    """The first factor that has levels with too few flights or only one outcome, and those levels."""
    for column in FACTORS:
        counts = cells.groupby(column, observed=True)[["late", "on_time", "flights"]].sum()
        is_poor = (counts["flights"] < FEWEST_FLIGHTS) | (counts[["late", "on_time"]].min(axis=1) == 0)
        if is_poor.any():
            return column, list(counts.index[is_poor])
    return None


def fit(cells: Cells) -> tuple[GLMResults, GLMResults]:
    """The model with errors clustered by day, and with those of independent flights.

    Raises :class:`NotEnoughData` if levels only occur together, or if odds are infinite.
    """
    matrix = cells.design
    if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        raise NotEnoughData("Some airline, origin, month or weather only occurs together with another.")
    model = GLM(cells.counts[["late", "on_time"]].to_numpy(), matrix, family=Binomial())
    naive = model.fit()
    if np.abs(naive.params).max() > LARGEST_LOG_ODDS:
        raise NotEnoughData("Some combination of airline, origin, hour, month and weather is always late, or never.")
    clusters = {"groups": cells.counts["day"].to_numpy()}
    return model.fit(start_params=naive.params, cov_type="cluster", cov_kwds=clusters, use_t=True), naive


def _odds_intervals(fitted: GLMResults) -> list[Interval]:
    """exp of each coefficient and of its interval's ends, without the intercept."""
    return [
        Interval(math.exp(log_odds.estimate), math.exp(log_odds.low), math.exp(log_odds.high))
        for log_odds in fitted_intervals(fitted)[1:]
    ]


def label(level: object) -> str:
    """A level as text."""
    return ("yes" if level else "no") if isinstance(level, bool | np.bool_) else str(level)
