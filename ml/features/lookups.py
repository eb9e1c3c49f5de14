"""What is known of a flight at an instant: the schedule, and what had happened by then.

Each kind of thing is prepared once from the flights and the weather of a warehouse (a :data:`Lookup`), and then answers
for any flights: for all of the same warehouse at once, or for one that somebody asks about.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from ml.features import recent
from ml.features.as_of import HOUR, Codes, Events, Groups, Levels

#: Flights that a group's own history must have before it outweighs "no different from the rest".
SHRINKAGE_FLIGHTS = 50
#: The same for what a group does just now.
SHRINKAGE_RECENT_FLIGHTS = 2
#: Later than that a delay says no more, and one flight must not stand for an airport.
LONGEST_DELAY_MINUTES = 240
#: A flight that has not left by then is taken off the list of those that still wait to leave.
LONGEST_WAIT_HOURS = 4

#: Recent operations: whose flights, by which columns, and over how many hours before the cut.
DEPARTURE_WINDOWS = {
    "origin": (("origin_airport_code",), (1, 3, 6)),
    "origin_airline": (("origin_airport_code", "airline_code"), (3, 12)),
    "airline": (("airline_code",), (3,)),
    "destination": (("destination_airport_code",), (3, 12)),
}
ARRIVAL_WINDOWS = {
    "origin": (("origin_airport_code",), (3,)),
    "airline": (("airline_code",), (3, 168)),
    "destination": (("destination_airport_code",), (4, 24)),
}
WAITING = {
    "origin": ("origin_airport_code",),
    "origin_airline": ("origin_airport_code", "airline_code"),
    "destination": ("destination_airport_code",),
}
#: Long histories: the group's delayed share above that of all flights.
CLIMATOLOGY = {
    "origin_airline_hour": ("origin_airport_code", "airline_code", "scheduled_departure_hour"),
    "origin_hour_weekday": ("origin_airport_code", "scheduled_departure_hour", "day_of_week_iso"),
    "destination": ("destination_airport_code",),
    "flight": ("airline_code", "flight_number", "origin_airport_code", "destination_airport_code"),
}
WEATHER = (
    "temperature_celsius",
    "dew_point_celsius",
    "relative_humidity_percent",
    "wind_speed_meters_per_second",
    "wind_gust_meters_per_second",
    "wind_direction_degrees",
    "precipitation_millimeters",
    "pressure_hectopascals",
    "visibility_kilometers",
)
#: Change since so many hours before the last known one.
WEATHER_TRENDS = {"pressure_hectopascals": 3, "visibility_kilometers": 2}

TARGET = "is_arrival_delayed"

#: The columns that groups are made of.
GROUPED_BY = (
    "airline_code",
    "flight_number",
    "tail_number",
    "origin_airport_code",
    "destination_airport_code",
    "scheduled_departure_hour",
    "day_of_week_iso",
)

#: What is read of a scheduled flight, from the columns that ``marts.fct_flights`` has of it.
SCHEDULE = """
        flight_date::timestamp as flight_date,
        airline_code,
        flight_number,
        tail_number,
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
        epoch(scheduled_departure_at)::bigint as scheduled_departure_seconds
"""
# Rows come in one fixed order, so that the same flights give the same bytes.
_FLIGHTS = f"""
    select
        flight_key,
        {SCHEDULE},
        epoch(departed_at)::bigint as departed_seconds,
        epoch(arrived_at)::bigint as arrived_seconds,
        departure_delay_minutes,
        arrival_delay_minutes,
        {TARGET}
    from marts.fct_flights
    order by scheduled_departure_at, flight_key
"""  # noqa: S608 -- expressions of this module
_WEATHER = f"""
    select airport_code, (epoch(observed_at)::bigint // {HOUR})::bigint as observed_hour, {", ".join(WEATHER)}
    from marts.fct_weather_hourly
"""  # noqa: S608 -- column names of this module


@dataclass(frozen=True)
class Asked:
    """Flights and the instant as of which they are asked about (epoch seconds)."""

    codes: Codes
    origin: pd.Series
    scheduled: np.ndarray
    cut: np.ndarray


#: Answers with features, by name, one value for each flight asked about.
Lookup = Callable[[Asked], dict[str, np.ndarray]]


def read(warehouse: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All scheduled flights with what became of them, in order of scheduled departure, and all hours of weather."""
    with recent.opened(warehouse) as connection:
        flights = connection.sql(_FLIGHTS).to_arrow_table().to_pandas()
        weather = connection.sql(_WEATHER).to_arrow_table().to_pandas()
    return flights.astype({"departed_seconds": "Int64", "arrived_seconds": "Int64", TARGET: "boolean"}), weather


def asked(flights: pd.DataFrame, levels: Levels, prediction_horizon: timedelta) -> Asked:
    """Flights in the shape of ``SCHEDULE``, asked about so long before their scheduled departure."""
    scheduled = flights["scheduled_departure_seconds"].to_numpy(dtype=np.int64)
    cut = scheduled - int(prediction_horizon.total_seconds())
    return Asked(levels.codes(flights), flights["origin_airport_code"], scheduled, cut)


def lookups(flights: pd.DataFrame, weather: pd.DataFrame, levels: Levels) -> Iterator[Lookup]:
    """Every lookup, prepared one at a time: who needs each but once need not hold them all."""
    codes = levels.codes(flights)
    yield _congestion(flights, codes)
    yield _climatology(flights, codes)
    yield from _operations(flights, codes)
    yield from _waiting(flights, codes)
    yield from _last_seen(flights, codes)
    yield _weather(weather)


def distance(flights: pd.DataFrame, codes: Codes) -> Lookup:
    """The distance that the route was published with at the time; NaN for one that had not been flown."""
    routes = Groups(codes, ["origin_airport_code", "destination_airport_code"])
    miles = flights["distance_miles"].to_numpy()
    events = Events(routes.of(codes), flights["scheduled_departure_seconds"], miles=miles)

    def lookup(asked: Asked) -> dict[str, np.ndarray]:
        return {"distance_miles": events.last("miles", routes.of(asked.codes), asked.scheduled)[0]}

    return lookup


def _congestion(flights: pd.DataFrame, codes: Codes) -> Lookup:
    """Flights scheduled to leave the origin in the same clock hour; one that is not in the schedule counts itself."""
    scheduled = flights["scheduled_departure_seconds"]
    origins, numbers = Groups(codes, ["origin_airport_code"]), Groups(codes, CLIMATOLOGY["flight"])
    departures, same = Events(origins.of(codes), scheduled), Events(numbers.of(codes), scheduled)

    def lookup(asked: Asked) -> dict[str, np.ndarray]:
        group, hour = origins.of(asked.codes), asked.scheduled // HOUR * HOUR
        count = departures.count(group, hour + HOUR - 1, hours=1)
        number = numbers.of(asked.codes)
        itself = same.count(number, asked.scheduled) - same.count(number, asked.scheduled - 1)
        return {"origin_departures_scheduled_in_hour": count + (itself == 0)}

    return lookup


def _climatology(flights: pd.DataFrame, codes: Codes) -> Lookup:
    """Delayed share of each flight's group less that of all flights, both as known at its cut.

    Empirical-Bayes shrinkage towards 0: (delayed − n · overall share) / (n + k) with
    k = ``SHRINKAGE_FLIGHTS``. The excess, not the share itself: the overall share moves
    with the season, and a model that sees it learns dates.
    """
    known_at = flights["arrived_seconds"].where(flights[TARGET].notna())
    is_delayed = flights[TARGET].fillna(False).to_numpy(dtype=np.int64)
    everything = Events(np.zeros(len(flights), dtype=np.int64), known_at, delayed=is_delayed)
    groups = {name: Groups(codes, columns) for name, columns in CLIMATOLOGY.items()}
    arrivals = {name: Events(group.of(codes), known_at, delayed=is_delayed) for name, group in groups.items()}

    def lookup(asked: Asked) -> dict[str, np.ndarray]:
        all_flights = np.zeros(len(asked.cut), dtype=np.int64)
        delayed, count = everything.total("delayed", all_flights, asked.cut), everything.count(all_flights, asked.cut)
        overall = np.divide(delayed, count, out=np.zeros(len(count)), where=count > 0)
        excess = {}
        for name, events in arrivals.items():
            group = groups[name].of(asked.codes)
            delayed, count = events.total("delayed", group, asked.cut), events.count(group, asked.cut)
            excess[f"{name}_excess_delay_share"] = (delayed - count * overall) / (count + SHRINKAGE_FLIGHTS)
        return excess

    return lookup


def _operations(flights: pd.DataFrame, codes: Codes) -> Iterator[Lookup]:
    """How groups of flights ran in the hours before the cut."""
    for what, windows, known_at in (
        ("departure", DEPARTURE_WINDOWS, flights["departed_seconds"]),
        ("arrival", ARRIVAL_WINDOWS, flights["arrived_seconds"]),
    ):
        delay = _clipped(flights[f"{what}_delay_minutes"])
        for name, (columns, lengths) in windows.items():
            groups = Groups(codes, columns)
            yield _recent_delay(f"{name}_{what}", lengths, groups, Events(groups.of(codes), known_at, delay=delay))


def _recent_delay(name: str, lengths: tuple[int, ...], groups: Groups, events: Events) -> Lookup:
    def lookup(asked: Asked) -> dict[str, np.ndarray]:
        group, found = groups.of(asked.codes), {}
        for hours in lengths:
            total, count = events.total("delay", group, asked.cut, hours), events.count(group, asked.cut, hours)
            found[f"{name}_delay_minutes_last_{hours}h"] = total / (count + SHRINKAGE_RECENT_FLIGHTS)
        return found

    return lookup


def _waiting(flights: pd.DataFrame, codes: Codes) -> Iterator[Lookup]:
    """Flights that should have left by the cut and have not: each counts from its scheduled departure
    until it leaves, for ``LONGEST_WAIT_HOURS`` at most (a cancelled flight never leaves)."""
    scheduled = flights["scheduled_departure_seconds"]
    given_up = scheduled + LONGEST_WAIT_HOURS * HOUR
    left = flights["departed_seconds"].fillna(given_up).clip(lower=scheduled, upper=given_up)
    seconds = scheduled.to_numpy()
    for name, columns in WAITING.items():
        groups = Groups(codes, columns)
        group = groups.of(codes)
        yield _waiting_of(
            name, groups, Events(group, scheduled, scheduled=seconds), Events(group, left, scheduled=seconds)
        )


def _waiting_of(name: str, groups: Groups, due: Events, gone: Events) -> Lookup:
    def lookup(asked: Asked) -> dict[str, np.ndarray]:
        group, cut = groups.of(asked.codes), asked.cut
        waiting = due.count(group, cut) - gone.count(group, cut)
        since = due.total("scheduled", group, cut) - gone.total("scheduled", group, cut)
        minutes = (waiting * cut - since) / 60
        mean = np.divide(minutes, waiting, out=np.zeros(len(cut)), where=waiting > 0)
        return {f"{name}_flights_waiting": waiting, f"{name}_waiting_minutes": mean}

    return lookup


def _last_seen(flights: pd.DataFrame, codes: Codes) -> Iterator[Lookup]:
    """What was last seen of the aircraft, and of the same flight."""
    for columns, what, delay_name, age_name in (
        (("tail_number",), "departure", "aircraft_departure_delay_minutes", "aircraft_departure_age_hours"),
        (("tail_number",), "arrival", "aircraft_arrival_delay_minutes", "aircraft_arrival_age_hours"),
        (CLIMATOLOGY["flight"], "arrival", "flight_last_arrival_delay_minutes", None),
    ):
        known_at = flights["departed_seconds" if what == "departure" else "arrived_seconds"]
        groups = Groups(codes, columns)
        events = Events(groups.of(codes), known_at, delay=_clipped(flights[f"{what}_delay_minutes"]))
        yield _last_delay(delay_name, age_name, groups, events)


def _last_delay(delay_name: str, age_name: str | None, groups: Groups, events: Events) -> Lookup:
    def lookup(asked: Asked) -> dict[str, np.ndarray]:
        delay, age = events.last("delay", groups.of(asked.codes), asked.cut)
        return {delay_name: delay} | ({age_name: age} if age_name else {})

    return lookup


def _weather(weather: pd.DataFrame) -> Lookup:
    """The weather at the origin in the last hour that had ended at the cut, and how it changed.

    An observation stands for its whole hour (it is the maximum or the last of it), so that of
    hour H is known from H + 1 h on.
    """
    airports = pd.Index(weather["airport_code"].unique())
    hours = weather["observed_hour"].to_numpy(dtype=np.int64)
    first, span = (hours.min(), int(np.ptp(hours)) + 1) if len(hours) else (0, 1)
    keys = airports.get_indexer(pd.Index(weather["airport_code"])) * span + (hours - first)
    order = np.argsort(keys)
    # The last row is what is not known; no key is as large as its.
    keys = np.append(keys[order], np.iinfo(np.int64).max)
    values = weather[list(WEATHER)].to_numpy(dtype=np.float64, na_value=np.nan)[order]
    values = np.vstack([values, np.full(len(WEATHER), np.nan)])

    def lookup(asked: Asked) -> dict[str, np.ndarray]:
        airport = airports.get_indexer(pd.Index(asked.origin))

        def at(hours_before: int) -> dict[str, np.ndarray]:
            hour = asked.cut // HOUR - 1 - hours_before - first
            is_there = (airport >= 0) & (hour >= 0) & (hour < span)
            key = np.where(is_there, airport * span + hour, -1)
            position = np.searchsorted(keys, key)
            row = np.where(keys[position] == key, position, len(keys) - 1)
            return dict(zip(WEATHER, values[row].T, strict=True))

        now = at(0)
        found = {f"origin_{name}": value for name, value in now.items()}
        for name, hours in WEATHER_TRENDS.items():
            found[f"origin_{name}_change_{hours}h"] = now[name] - at(hours)[name]
        return found

    return lookup


def _clipped(minutes: pd.Series) -> np.ndarray:
    return minutes.fillna(0).clip(upper=LONGEST_DELAY_MINUTES).to_numpy(dtype=np.int64)
