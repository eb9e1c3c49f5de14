"""What the model may know about a flight two hours before its scheduled departure.

Every feature declares where its values come from. Schedule features are read from
columns that are published before the day; outcome features count only flights that had
arrived by the *cut* (scheduled departure less the prediction horizon). To add a
feature: declare it in ``FEATURES`` and compute it in :func:`build`.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
import pandas as pd

PREDICTION_HORIZON = timedelta(hours=2)

#: Flights that a group's own history must have before it outweighs "no different from the rest".
SHRINKAGE_FLIGHTS = 50


class Availability(StrEnum):
    """What a feature is allowed to see."""

    SCHEDULE = "the published schedule"
    ARRIVALS_BY_CUT = "arrivals at or before the cut"


@dataclass(frozen=True)
class Feature:
    name: str
    kind: Literal["numeric", "categorical"]
    availability: Availability
    description: str


FEATURES = (
    Feature("airline_code", "categorical", Availability.SCHEDULE, "Reporting airline."),
    Feature("origin_airport_code", "categorical", Availability.SCHEDULE, "Airport of departure."),
    Feature("destination_airport_code", "categorical", Availability.SCHEDULE, "Airport of arrival."),
    Feature("scheduled_departure_hour", "categorical", Availability.SCHEDULE, "Local hour of departure, 0-23."),
    Feature("day_of_week_iso", "categorical", Availability.SCHEDULE, "Local day of departure, 1 is Monday."),
    Feature("scheduled_departure_minute_of_day", "numeric", Availability.SCHEDULE, "Local, minutes after midnight."),
    Feature("scheduled_arrival_minute_of_day", "numeric", Availability.SCHEDULE, "Local, minutes after midnight."),
    Feature("scheduled_duration_minutes", "numeric", Availability.SCHEDULE, "From scheduled departure to arrival."),
    Feature("distance_miles", "numeric", Availability.SCHEDULE, "Great-circle distance of the route."),
    Feature(
        "origin_departures_scheduled_in_hour",
        "numeric",
        Availability.SCHEDULE,
        "Flights scheduled to leave the origin in the same clock hour, this one included.",
    ),
    Feature(
        "origin_airline_hour_excess_delay_share",
        "numeric",
        Availability.ARRIVALS_BY_CUT,
        "Climatology of origin, airline and hour: delayed share above that of all flights, shrunk towards 0.",
    ),
    Feature(
        "flight_excess_delay_share",
        "numeric",
        Availability.ARRIVALS_BY_CUT,
        "Climatology of the flight (airline, number, route): delayed share above that of all flights, shrunk.",
    ),
)
NAMES = [feature.name for feature in FEATURES]
CATEGORICAL = [feature.name for feature in FEATURES if feature.kind == "categorical"]
NUMERIC = [feature.name for feature in FEATURES if feature.kind == "numeric"]

TARGET = "is_arrival_delayed"

# Rows come in one fixed order, so that the same flights give the same bytes.
_FLIGHTS = """
    select
        flight_key,
        flight_date::timestamp as flight_date,
        airline_code,
        flight_number,
        origin_airport_code,
        destination_airport_code,
        hour(scheduled_departure_local_at)::integer as scheduled_departure_hour,
        isodow(flight_date)::integer as day_of_week_iso,
        (hour(scheduled_departure_local_at) * 60 + minute(scheduled_departure_local_at))::double
            as scheduled_departure_minute_of_day,
        (hour(scheduled_arrival_local_at) * 60 + minute(scheduled_arrival_local_at))::double
            as scheduled_arrival_minute_of_day,
        (epoch(scheduled_arrival_at) - epoch(scheduled_departure_at)) / 60 as scheduled_duration_minutes,
        distance_miles::double as distance_miles,
        count(*) over (partition by origin_airport_code, floor(epoch(scheduled_departure_at) / 3600))::double
            as origin_departures_scheduled_in_hour,
        epoch(scheduled_departure_at) as scheduled_departure_seconds,
        epoch(arrived_at) as arrived_seconds,
        is_arrival_delayed
    from marts.fct_flights
    order by scheduled_departure_at, flight_key
"""
_CODES = ["airline_code", "origin_airport_code", "destination_airport_code"]


def build(warehouse: Path, prediction_horizon: timedelta = PREDICTION_HORIZON) -> pd.DataFrame:
    """The features of every scheduled flight in the warehouse file, which is only read.

    One row per flight, ordered by scheduled departure: ``flight_key``, ``flight_date``,
    the label ``is_arrival_delayed`` (missing where the flight did not arrive), and one
    column per declared feature.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        flights = connection.sql(_FLIGHTS).to_arrow_table().to_pandas(categories=_CODES)
    history = _History(flights, prediction_horizon)
    flights["origin_airline_hour_excess_delay_share"] = history.excess_delay_share(
        ["origin_airport_code", "airline_code", "scheduled_departure_hour"]
    )
    flights["flight_excess_delay_share"] = history.excess_delay_share(
        ["airline_code", "flight_number", "origin_airport_code", "destination_airport_code"]
    )
    flights[TARGET] = flights[TARGET].astype("boolean")
    return flights[["flight_key", "flight_date", TARGET, *NAMES]]


class _History:
    """The only reader of outcomes: what had arrived by each flight's cut."""

    def __init__(self, flights: pd.DataFrame, prediction_horizon: timedelta) -> None:
        self._flights = flights
        self._cut = flights["scheduled_departure_seconds"] - prediction_horizon.total_seconds()
        arrivals = flights.loc[flights["arrived_seconds"].notna() & flights[TARGET].notna()]
        self._arrivals = arrivals.sort_values("arrived_seconds", kind="stable")
        everything = np.zeros(len(flights), dtype=np.int64)
        arrived, delayed = self._arrived_and_delayed(everything)
        self._overall_share = np.divide(delayed, arrived, out=np.zeros(len(flights)), where=arrived > 0)

    def excess_delay_share(self, group_columns: list[str]) -> np.ndarray:
        """Delayed share of each flight's group less that of all flights, both as known at its cut.

        Empirical-Bayes shrinkage towards 0: (delayed − n · overall share) / (n + k) with
        k = ``SHRINKAGE_FLIGHTS``. The excess, not the share itself: the overall share moves
        with the season, and a model that sees it learns dates.
        """
        group = self._flights.groupby(group_columns, observed=True, sort=False).ngroup().to_numpy()
        arrived, delayed = self._arrived_and_delayed(group)
        return (delayed - arrived * self._overall_share) / (arrived + SHRINKAGE_FLIGHTS)

    def _arrived_and_delayed(self, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each flight: its group's arrivals at or before its cut, and the delayed ones of those."""
        # Ranks of instants, so that (group, instant) is one sortable whole number.
        instants = self._arrivals["arrived_seconds"].to_numpy()
        cut_rank = np.searchsorted(instants, self._cut, side="right")
        arrival_rank = np.arange(1, len(instants) + 1)
        span = len(instants) + 1
        arrival_key = group[self._arrivals.index] * span + arrival_rank
        order = np.argsort(arrival_key)
        arrival_key = arrival_key[order]
        delayed = np.concatenate([[0], np.cumsum(self._arrivals[TARGET].to_numpy(dtype=np.int64)[order])])
        first = np.searchsorted(arrival_key, group * span, side="right")
        last = np.searchsorted(arrival_key, group * span + cut_rank, side="right")
        return last - first, delayed[last] - delayed[first]
