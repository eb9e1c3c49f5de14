"""How much of a departure delay remains at arrival."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.tools import add_constant

from analysis.flights import FEWEST_DAYS, FEWEST_FLIGHTS, NotEnoughData, completed, day_number
from analysis.intervals import Interval, fitted_intervals

LATE_MINUTES = 15
#: Lower bounds of the distance bands, in miles.
DISTANCES = {
    "under 500 miles": 0,
    "500 to 999 miles": 500,
    "1,000 to 1,999 miles": 1_000,
    "2,000 miles and more": 2_000,
}


@dataclass(frozen=True)
class Line:
    """The fitted line: arrival delay = ``minutes_on_time`` + ``slope`` · departure delay, for one group of flights.

    Intervals are clustered by day; the one of ``naive_slope`` treats flights as independent. ``r_squared`` is the share
    of the arrival delay's variance that the line explains.
    """

    name: str
    flights: int
    slope: Interval
    naive_slope: Interval
    minutes_on_time: Interval
    r_squared: float


@dataclass(frozen=True)
class Step:
    """Flights with about this departure delay: quartiles of the minutes lost on the way (negative: made up)."""

    departure_delay_minutes: float
    lower_quartile: float
    median: float
    upper_quartile: float


@dataclass(frozen=True)
class Propagation:
    """The lines over all flights and by distance, and how lateness changes on the way.

    ``recovered_share``: of the flights that left 15 minutes late or more, the share that arrived less than 15 late.
    ``caught_share``: of the flights that left less than 15 minutes late, the share that arrived 15 late or more.
    """

    all_flights: Line
    by_distance: tuple[Line, ...]
    left_late: int
    recovered_share: float
    caught_share: float
    steps: tuple[Step, ...]


def propagation(flights: pd.DataFrame) -> Propagation:
    """Departure delay against arrival delay. Raises :class:`NotEnoughData` if all flights left late, or none did."""
    arrived = completed(flights)
    arrived = arrived[arrived["departure_delay_minutes"].notna()]
    departure = arrived["departure_delay_minutes"]
    left_late = departure >= LATE_MINUTES
    if departure.nunique() < 2 or not left_late.any() or left_late.all():
        raise NotEnoughData("All flights left late, or none did: there is no delay to follow.")
    late = arrived["is_arrival_delayed"]
    band = pd.cut(arrived["distance_miles"], [*DISTANCES.values(), np.inf], right=False, labels=list(DISTANCES))
    by_distance = [(str(name), group) for name, group in arrived.groupby(band, observed=True)]
    return Propagation(
        all_flights=_line("all flights", arrived),
        by_distance=tuple(
            _line(name, group)
            for name, group in by_distance
            if len(group) >= FEWEST_FLIGHTS
            and group["flight_date"].nunique() >= FEWEST_DAYS
            and group["departure_delay_minutes"].nunique() > 1
        ),
        left_late=int(left_late.sum()),
        recovered_share=float(1 - late[left_late].mean()),
        caught_share=float(late[~left_late].mean()),
        steps=_steps(arrived),
    )


def _line(name: str, flights: pd.DataFrame) -> Line:
    design = add_constant(flights["departure_delay_minutes"].to_numpy())
    model = OLS(flights["arrival_delay_minutes"].to_numpy(), design)
    naive = model.fit()
    clusters = {"groups": day_number(flights).to_numpy()}
    by_day = naive.get_robustcov_results(cov_type="cluster", use_t=True, **clusters)
    on_time, slope = fitted_intervals(by_day)
    return Line(name, len(flights), slope, fitted_intervals(naive)[1], on_time, float(naive.rsquared))


def _steps(flights: pd.DataFrame) -> tuple[Step, ...]:
    """Quartiles per ten minutes of departure delay, where there are enough flights."""
    lost = flights["arrival_delay_minutes"] - flights["departure_delay_minutes"]
    # Delays are whole minutes, so the middle of 0 to 9 is 4.5.
    groups = lost.groupby(flights["departure_delay_minutes"] // 10 * 10 + 4.5)
    quartiles = groups.quantile(np.array([0.25, 0.5, 0.75])).unstack()[groups.size() >= FEWEST_FLIGHTS]
    return tuple(Step(*map(float, row)) for row in quartiles.reset_index().to_numpy())
