"""Lookups: one class per family of features.

A lookup is fitted once, on all flights or all weather of a warehouse. After that it computes features for any flights,
each as of its own cut: for all flights of the warehouse in training, or for a single flight in serving.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, Self

import numpy as np
import pandas as pd

from ml.features.as_of import HOUR, Codes, Encoder, Events, Groups
from ml.features.catalog import (
    ARRIVAL_WINDOWS,
    CLIMATOLOGY,
    DEPARTURE_WINDOWS,
    GROUPS,
    TARGET,
    WAITING,
    WEATHER,
    WEATHER_TRENDS,
)

#: Shrinks a group's long history: with this many flights, a group counts half and "like all others" counts half.
SHRINKAGE_FLIGHTS = 50
#: Shrinks a group's mean delay in the last hours towards 0: with this many flights, half of it remains.
SHRINKAGE_RECENT_FLIGHTS = 2
#: Longer delays count as this one, so that one flight cannot dominate the mean of an airport.
LONGEST_DELAY_MINUTES = 240
#: A flight stops waiting after this time even if it never left, because it was probably cancelled.
LONGEST_WAIT_HOURS = 4

Event = Literal["departure", "arrival"]
#: The columns with the instant at which an event became known (epoch seconds), and with its delay in minutes.
KNOWN_AT: dict[Event, str] = {"departure": "departed_seconds", "arrival": "arrived_seconds"}
DELAY: dict[Event, str] = {"departure": "departure_delay_minutes", "arrival": "arrival_delay_minutes"}


@dataclass(frozen=True)
class AsOfQuery:
    """The flights to compute features for, and the cut of each: the instant up to which events count.

    All fields have one element per flight. ``codes``: by column in ``GROUPS``. ``origin``: airport codes.
    ``scheduled`` (departure) and ``cut``: epoch seconds.
    """

    codes: Codes
    origin: pd.Series
    scheduled: np.ndarray
    cut: np.ndarray

    @classmethod
    def before_departure(cls, flights: pd.DataFrame, encoder: Encoder, horizon: timedelta) -> Self:
        """Ask for flights (columns of the schedule, see :mod:`ml.features.read`) ``horizon`` before departure."""
        scheduled = flights["scheduled_departure_seconds"].to_numpy(dtype=np.int64)
        cut = scheduled - int(horizon.total_seconds())
        return cls(encoder.encode(flights), flights["origin_airport_code"], scheduled, cut)


class Lookup(Protocol):
    """What all lookups have in common, once they are fitted."""

    def features(self, query: AsOfQuery) -> dict[str, np.ndarray]:
        """Features by name, each with one value per flight of the query."""


def encoder(flights: pd.DataFrame) -> Encoder:
    """An encoder of every column that makes groups."""
    return Encoder(flights, sorted({column for columns in GROUPS.values() for column in columns}))


def fit_lookups(flights: pd.DataFrame, weather: pd.DataFrame, codes: Codes) -> Iterator[Lookup]:
    """Yields lookups lazily, so training never holds all of them in memory.

    ``flights`` and ``weather``: from :func:`ml.features.read.flights_and_weather`; ``codes``: of the flights.
    """
    yield DeparturesInHour().fit(flights, codes)
    yield Climatology().fit(flights, codes)
    for group, windows in DEPARTURE_WINDOWS.items():
        yield RecentDelay(group, "departure", windows).fit(flights, codes)
    for group, windows in ARRIVAL_WINDOWS.items():
        yield RecentDelay(group, "arrival", windows).fit(flights, codes)
    for group in WAITING:
        yield Waiting(group).fit(flights, codes)
    yield LastOfAircraft("departure").fit(flights, codes)
    yield LastOfAircraft("arrival").fit(flights, codes)
    yield LastOfFlightNumber().fit(flights, codes)
    yield OriginWeather().fit(weather)


class DeparturesInHour:
    """Flights scheduled to leave the origin in the same clock hour, including the flight itself."""

    def fit(self, flights: pd.DataFrame, codes: Codes) -> Self:
        scheduled = flights["scheduled_departure_seconds"]
        self._origins, self._flights = Groups(codes, GROUPS["origin"]), Groups(codes, GROUPS["flight"])
        self._from_origin = Events(self._origins.number(codes), scheduled)
        self._of_flight = Events(self._flights.number(codes), scheduled)
        return self

    def features(self, query: AsOfQuery) -> dict[str, np.ndarray]:
        hour = query.scheduled // HOUR * HOUR
        count = self._from_origin.count(self._origins.number(query.codes), hour + HOUR - 1, hours=1)
        return {"origin_departures_scheduled_in_hour": count + ~self._is_scheduled(query)}

    def _is_scheduled(self, query: AsOfQuery) -> np.ndarray:
        """Whether each flight is in the warehouse's schedule; a flight that serving is asked about may not be."""
        flight, scheduled = self._flights.number(query.codes), query.scheduled
        return self._of_flight.count(flight, scheduled) - self._of_flight.count(flight, scheduled - 1) != 0


class Climatology:
    """Each group's delayed share minus the share of all flights, both from the arrivals before the cut.

    Empirical-Bayes shrinkage towards 0: (delayed − n · overall share) / (n + k) with k = ``SHRINKAGE_FLIGHTS``.
    The difference and not the share itself, because all shares change with the season: from a share, a model could
    learn the date.
    """

    def fit(self, flights: pd.DataFrame, codes: Codes) -> Self:
        known_at = flights["arrived_seconds"].where(flights[TARGET].notna())
        is_delayed = flights[TARGET].fillna(False).to_numpy(dtype=np.int64)
        self._groups = {name: Groups(codes, GROUPS[name]) for name in CLIMATOLOGY}
        self._of_group = {
            name: Events(group.number(codes), known_at, delayed=is_delayed) for name, group in self._groups.items()
        }
        self._of_all = Events(np.zeros(len(flights), dtype=np.int64), known_at, delayed=is_delayed)
        return self

    def features(self, query: AsOfQuery) -> dict[str, np.ndarray]:
        overall = self._overall_share(query.cut)
        excess = {}
        for name, events in self._of_group.items():
            group = self._groups[name].number(query.codes)
            delayed, count = events.total("delayed", group, query.cut), events.count(group, query.cut)
            excess[f"{name}_excess_delay_share"] = (delayed - count * overall) / (count + SHRINKAGE_FLIGHTS)
        return excess

    def _overall_share(self, cut: np.ndarray) -> np.ndarray:
        group = np.zeros(len(cut), dtype=np.int64)
        return _ratio(self._of_all.total("delayed", group, cut), self._of_all.count(group, cut))


class RecentDelay:
    """A group's mean delay in the last hours before the cut, shrunk towards 0."""

    def __init__(self, group: str, event: Event, windows: tuple[int, ...]) -> None:
        self.group, self.event, self.windows = group, event, windows

    def fit(self, flights: pd.DataFrame, codes: Codes) -> Self:
        self._groups = Groups(codes, GROUPS[self.group])
        self._events = _delays(flights, self._groups.number(codes), self.event)
        return self

    def features(self, query: AsOfQuery) -> dict[str, np.ndarray]:
        group, means = self._groups.number(query.codes), {}
        for hours in self.windows:
            total = self._events.total("delay", group, query.cut, hours)
            count = self._events.count(group, query.cut, hours)
            name = f"{self.group}_{self.event}_delay_minutes_last_{hours}h"
            means[name] = total / (count + SHRINKAGE_RECENT_FLIGHTS)
        return means


class Waiting:
    """A group's overdue flights at the cut, and how long they have been overdue on average.

    A flight waits from its scheduled departure until it leaves, for ``LONGEST_WAIT_HOURS`` at most.
    """

    def __init__(self, group: str) -> None:
        self.group = group

    def fit(self, flights: pd.DataFrame, codes: Codes) -> Self:
        due = flights["scheduled_departure_seconds"]
        given_up = due + LONGEST_WAIT_HOURS * HOUR
        left = flights["departed_seconds"].fillna(given_up).clip(lower=due, upper=given_up)
        self._groups = Groups(codes, GROUPS[self.group])
        group = self._groups.number(codes)
        self._due = Events(group, due, scheduled=due.to_numpy())
        self._left = Events(group, left, scheduled=due.to_numpy())
        return self

    def features(self, query: AsOfQuery) -> dict[str, np.ndarray]:
        group, cut = self._groups.number(query.codes), query.cut
        waiting = self._due.count(group, cut) - self._left.count(group, cut)
        scheduled = self._due.total("scheduled", group, cut) - self._left.total("scheduled", group, cut)
        minutes = (waiting * cut - scheduled) / 60
        return {
            f"{self.group}_flights_waiting": waiting,
            f"{self.group}_waiting_minutes": _ratio(minutes, waiting),
        }


class LastOfAircraft:
    """The delay of the aircraft's last departure or arrival before the cut, and its age in hours."""

    def __init__(self, event: Event) -> None:
        self.event = event

    def fit(self, flights: pd.DataFrame, codes: Codes) -> Self:
        self._groups = Groups(codes, GROUPS["aircraft"])
        self._events = _delays(flights, self._groups.number(codes), self.event)
        return self

    def features(self, query: AsOfQuery) -> dict[str, np.ndarray]:
        delay, age = self._events.last("delay", self._groups.number(query.codes), query.cut)
        return {f"aircraft_{self.event}_delay_minutes": delay, f"aircraft_{self.event}_age_hours": age}


class LastOfFlightNumber:
    """The delay of the last arrival before the cut with the same airline, flight number and route."""

    def fit(self, flights: pd.DataFrame, codes: Codes) -> Self:
        self._groups = Groups(codes, GROUPS["flight"])
        self._events = _delays(flights, self._groups.number(codes), "arrival")
        return self

    def features(self, query: AsOfQuery) -> dict[str, np.ndarray]:
        delay, _ = self._events.last("delay", self._groups.number(query.codes), query.cut)
        return {"flight_last_arrival_delay_minutes": delay}


class OriginWeather:
    """The weather at the origin in the last hour that had ended at the cut, and how it has changed.

    An observation describes its whole hour (it is the hour's maximum or last value), so the weather of hour H is
    known from H + 1 h on.
    """

    def fit(self, weather: pd.DataFrame) -> Self:
        self._airports = pd.Index(weather["airport_code"].unique())
        hours = weather["observed_hour"].to_numpy(dtype=np.int64)
        self._first = int(hours.min()) if len(hours) else 0
        self._span = int(np.ptp(hours)) + 1 if len(hours) else 1
        keys = self._airports.get_indexer(pd.Index(weather["airport_code"])) * self._span + (hours - self._first)
        order = np.argsort(keys)
        # One more row at the end, all NaN, answers for hours without an observation. No hour has its key.
        self._keys = np.append(keys[order], np.iinfo(np.int64).max)
        values = weather[list(WEATHER)].to_numpy(dtype=np.float64, na_value=np.nan)[order]
        self._values = np.vstack([values, np.full(len(WEATHER), np.nan)])
        return self

    def features(self, query: AsOfQuery) -> dict[str, np.ndarray]:
        airport, hour = self._airports.get_indexer(pd.Index(query.origin)), query.cut // HOUR - 1
        now = self._observed(airport, hour)
        features = {f"origin_{name}": value for name, value in now.items()}
        for name, hours in WEATHER_TRENDS.items():
            features[f"origin_{name}_change_{hours}h"] = now[name] - self._observed(airport, hour - hours)[name]
        return features

    def _observed(self, airport: np.ndarray, hour: np.ndarray) -> dict[str, np.ndarray]:
        """The weather by column in these hours (since 1970); NaN without an observation."""
        offset = hour - self._first
        is_covered = (airport >= 0) & (offset >= 0) & (offset < self._span)
        key = np.where(is_covered, airport * self._span + offset, -1)
        position = np.searchsorted(self._keys, key)
        row = np.where(self._keys[position] == key, position, len(self._keys) - 1)
        return dict(zip(WEATHER, self._values[row].T, strict=True))


class RouteDistance:
    """The route's distance, from its last flight scheduled at or before this one; NaN for a new route."""

    def fit(self, flights: pd.DataFrame, codes: Codes) -> Self:
        self._groups = Groups(codes, GROUPS["route"])
        miles = flights["distance_miles"].to_numpy()
        self._events = Events(self._groups.number(codes), flights["scheduled_departure_seconds"], miles=miles)
        return self

    def features(self, query: AsOfQuery) -> dict[str, np.ndarray]:
        miles, _ = self._events.last("miles", self._groups.number(query.codes), query.scheduled)
        return {"distance_miles": miles}


def _delays(flights: pd.DataFrame, group: np.ndarray, event: Event) -> Events:
    """Departures or arrivals of groups with their ``delay`` in minutes, up to the longest that counts."""
    minutes = flights[DELAY[event]].fillna(0).clip(upper=LONGEST_DELAY_MINUTES).to_numpy(dtype=np.int64)
    return Events(group, flights[KNOWN_AT[event]], delay=minutes)


def _ratio(dividend: np.ndarray, divisor: np.ndarray) -> np.ndarray:
    """The quotient; 0 where the divisor is 0."""
    return np.divide(dividend, divisor, out=np.zeros(len(divisor)), where=divisor > 0)
