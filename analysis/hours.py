"""How lateness grows over the day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.flights import FEWEST_FLIGHTS, NothingToTell, completed
from analysis.intervals import Interval, percentile_interval, resampled_totals


@dataclass(frozen=True)
class Hour:
    """Flights scheduled to depart in a local hour: the late share with its interval over days, and their delay."""

    hour: int
    flights: int
    late_share: Interval
    mean_arrival_delay_minutes: float


@dataclass(frozen=True)
class Hours:
    """``points_per_hour``: how many percentage points the late share rises with each hour (least squares)."""

    hours: tuple[Hour, ...]
    points_per_hour: Interval


def hours(flights: pd.DataFrame) -> Hours:
    """The late share by scheduled local hour. Raises :class:`NothingToTell` with fewer than two hours."""
    arrived = completed(flights)
    counts = arrived["scheduled_departure_hour"].value_counts().sort_index()
    judged = counts[counts >= FEWEST_FLIGHTS].index
    if len(judged) < 2:
        raise NothingToTell(f"A comparison needs two hours of the day with {FEWEST_FLIGHTS} flights each.")
    arrived = arrived[arrived["scheduled_departure_hour"].isin(judged)]
    by_day = arrived.pivot_table(
        index="flight_date",
        columns="scheduled_departure_hour",
        values="is_arrival_delayed",
        aggfunc=["sum", "count"],
        fill_value=0,
    )
    late_days, flight_days = by_day["sum"].to_numpy(dtype=float), by_day["count"].to_numpy(dtype=float)
    late, scheduled = late_days.sum(axis=0), flight_days.sum(axis=0)
    drawn = resampled_totals(np.hstack([late_days, flight_days]))
    drawn_late, drawn_flights = drawn[:, : len(judged)], drawn[:, len(judged) :]
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn_shares = drawn_late / drawn_flights
    delays = arrived.groupby("scheduled_departure_hour")["arrival_delay_minutes"].mean()
    hour = judged.to_numpy(dtype=float)
    return Hours(
        tuple(
            Hour(
                int(judged[place]),
                int(scheduled[place]),
                percentile_interval(late[place] / scheduled[place], drawn_shares[:, place]),
                float(delays[judged[place]]),
            )
            for place in range(len(judged))
        ),
        percentile_interval(_points_per_hour(late, scheduled, hour), _points_per_hour(drawn_late, drawn_flights, hour)),
    )


def _points_per_hour(late: np.ndarray, flights: np.ndarray, hour: np.ndarray) -> np.ndarray:
    """The least-squares slope of being late on the hour, every flight once, in percentage points."""
    total = flights.sum(axis=-1)
    mean_hour = (flights @ hour) / total
    covariance = (late @ hour) / total - mean_hour * late.sum(axis=-1) / total
    return 100 * covariance / ((flights @ hour**2) / total - mean_hour**2)
