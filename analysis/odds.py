"""What raises the odds that a flight is late, each thing with all others held equal."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM, GLMResults

from analysis.flights import FEWEST_FLIGHTS, NothingToTell, completed, day_number
from analysis.intervals import Interval, fitted_intervals

#: Visibility of three statute miles: below it, pilots must fly by instruments (14 CFR 91.155).
LOW_VISIBILITY_KILOMETERS = 4.83

#: Beyond it a coefficient is on its way to infinity: the model separates late flights from others.
LARGEST_LOG_ODDS = 10

#: What the odds are adjusted for: column of the cells to its name on the page.
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

    ``by_day`` is the interval with errors clustered by day, ``naive`` that of independent flights.
    """

    factor: str
    level: str
    reference: str
    flights: int
    by_day: Interval
    naive: Interval


@dataclass(frozen=True)
class Odds:
    """``left_out`` are levels without an answer: too few flights, or all of one outcome."""

    flights: int
    without_weather: int
    ratios: tuple[OddsRatio, ...]
    left_out: tuple[str, ...]


def odds(flights: pd.DataFrame) -> Odds:
    """A binomial GLM with logit link over all factors at once.

    Raises :class:`NothingToTell` when nothing varies, or levels cannot be told apart or have no finite odds.
    """
    arrived = completed(flights)
    known = completed(arrived.dropna(subset=["precipitation_millimeters", "visibility_kilometers"]))
    cells, left_out = _informative(_cells(known))
    levels = {column: cells.groupby(column, observed=True)["flights"].sum() for column in FACTORS}
    references = {column: counts.idxmax() for column, counts in levels.items() if len(counts) > 1}
    if not references:
        raise NothingToTell("Every flight has the same airline, origin, hour, month and weather.")
    design = {
        (column, level): (cells[column] == level).to_numpy(dtype=float)
        for column, reference in references.items()
        for level in levels[column].index
        if level != reference
    }
    matrix = np.column_stack([np.ones(len(cells)), *design.values()])
    if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        raise NothingToTell("Some airline, origin, month or weather only occurs together: they cannot be told apart.")
    outcome = cells[["late", "on_time"]].to_numpy()
    model = GLM(outcome, matrix, family=Binomial())
    naive = model.fit()
    if np.abs(naive.params).max() > LARGEST_LOG_ODDS:
        raise NothingToTell("Some combination of airline, origin, hour, month and weather is always late, or never.")
    by_day = model.fit(
        start_params=naive.params, cov_type="cluster", cov_kwds={"groups": cells["day"].to_numpy()}, use_t=True
    )
    intervals = [_odds_intervals(fitted) for fitted in (by_day, naive)]
    return Odds(
        flights=int(cells["flights"].sum()),
        without_weather=len(arrived) - len(known),
        ratios=tuple(
            OddsRatio(
                FACTORS[column], _told(level), _told(references[column]), int(levels[column][level]), honest, plain
            )
            for (column, level), honest, plain in zip(design, *intervals, strict=True)
        ),
        left_out=left_out,
    )


def _cells(arrived: pd.DataFrame) -> pd.DataFrame:
    """Late flights and others for each day and combination of levels: the model needs no more than the counts."""
    factors = arrived.assign(
        day=day_number(arrived),
        month=arrived["flight_date"].dt.strftime("%Y-%m"),
        is_raining=arrived["precipitation_millimeters"] > 0,
        is_low_visibility=arrived["visibility_kilometers"] < LOW_VISIBILITY_KILOMETERS,
    )
    groups = factors.groupby(["day", *FACTORS], observed=True)["is_arrival_delayed"]
    counted = groups.agg(late="sum", flights="count").reset_index()
    return counted.assign(on_time=counted["flights"] - counted["late"])


def _informative(cells: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The cells without levels whose odds would be a guess, or zero, or infinite; and which those are."""
    left_out: list[str] = []
    while True:
        for column, factor in FACTORS.items():
            counts = cells.groupby(column, observed=True)[["late", "on_time", "flights"]].sum()
            poor = counts[(counts["flights"] < FEWEST_FLIGHTS) | (counts[["late", "on_time"]].min(axis=1) == 0)].index
            if len(poor):
                left_out += [f"{factor} {_told(level)}" for level in poor]
                cells = cells[~cells[column].isin(poor)]
                break
        else:
            break
    if cells.empty:
        raise NothingToTell(f"No airline, origin or month has {FEWEST_FLIGHTS} flights, late ones among them.")
    return cells, tuple(left_out)


def _odds_intervals(fitted: GLMResults) -> list[Interval]:
    """exp of each coefficient and its limits, without the intercept."""
    return [
        Interval(math.exp(found.estimate), math.exp(found.low), math.exp(found.high))
        for found in fitted_intervals(fitted)[1:]
    ]


def _told(level: object) -> str:
    return ("yes" if level else "no") if isinstance(level, bool | np.bool_) else str(level)
