"""How the share of late flights grows over the day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.flights import FEWEST_FLIGHTS, NotEnoughData, completed
from analysis.intervals import Interval, percentile_interval, resampled_totals


@dataclass(frozen=True)
class Hour:
    """Flights scheduled to depart in one local hour: late share (interval by day) and mean arrival delay."""

    hour: int
    flights: int
    late_share: Interval
    mean_arrival_delay_minutes: float


@dataclass(frozen=True)
class Hours:
    """``points_per_hour``: rise of the late share per hour, in percentage points (least squares)."""

    hours: tuple[Hour, ...]
    points_per_hour: Interval


def hours(flights: pd.DataFrame) -> Hours:
    """Late share by scheduled local hour. Raises :class:`NotEnoughData` if fewer than two hours have enough flights."""
    arrived = completed(flights)
    counts = arrived["scheduled_departure_hour"].value_counts().sort_index()
    counts = counts[counts >= FEWEST_FLIGHTS]
    if len(counts) < 2:
        raise NotEnoughData(f"A comparison needs two hours of the day with {FEWEST_FLIGHTS} flights each.")
    arrived = arrived[arrived["scheduled_departure_hour"].isin(counts.index)]
    late_by_day, flights_by_day = _counts_by_day(arrived)
    totals, replicates = late_by_day.sum(axis=0), resampled_totals(np.hstack([late_by_day, flights_by_day]))
    late, scheduled = replicates[:, : len(counts)], replicates[:, len(counts) :]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = late / scheduled
    delays = arrived.groupby("scheduled_departure_hour")["arrival_delay_minutes"].mean()
    hour, all_flights = counts.index.to_numpy(dtype=float), flights_by_day.sum(axis=0)
    return Hours(
        tuple(
            Hour(int(each), int(count), percentile_interval(total / count, share), float(delays[each]))
            for each, count, total, share in zip(counts.index, counts, totals, shares.T, strict=True)
        ),
        percentile_interval(_points_per_hour(totals, all_flights, hour), _points_per_hour(late, scheduled, hour)),
    )


def _counts_by_day(arrived: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Late flights and all flights, each an array of days × hours."""
    table = arrived.pivot_table(
        index="flight_date",
        columns="scheduled_departure_hour",
        values="is_arrival_delayed",
        aggfunc=["sum", "count"],
        fill_value=0,
    )
    return table["sum"].to_numpy(dtype=float), table["count"].to_numpy(dtype=float)


def _points_per_hour(late: np.ndarray, flights: np.ndarray, hour: np.ndarray) -> np.ndarray:
    """Least-squares slope of being late on the hour, with every flight counted once, in percentage points."""
    total = flights.sum(axis=-1)
    mean_hour = (flights @ hour) / total
    covariance = (late @ hour) / total - mean_hour * late.sum(axis=-1) / total
    return 100 * covariance / ((flights @ hour**2) / total - mean_hour**2)
