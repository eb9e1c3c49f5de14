"""What the model may know about a flight two hours before its scheduled departure.

The *cut* is the scheduled departure less the prediction horizon. Every feature declares what it
is read from, and every event counts from the instant at which it became known: a departure or
an arrival when it happened, the weather of an hour when that hour had ended. To add a feature:
declare it in ``FEATURES`` and compute it in :func:`build`.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ontime.model import recent
from ontime.model.as_of import HOUR, Events, codes

PREDICTION_HORIZON = timedelta(hours=2)

#: Flights that a group's own history must have before it outweighs "no different from the rest".
SHRINKAGE_FLIGHTS = 50
#: The same for what a group does just now.
SHRINKAGE_RECENT_FLIGHTS = 2
#: Later than that a delay says no more, and one flight must not stand for an airport.
LONGEST_DELAY_MINUTES = 240
#: A flight that has not left by then is taken off the list of those that still wait to leave.
LONGEST_WAIT_HOURS = 4


class Availability(StrEnum):
    """What a feature is allowed to see."""

    SCHEDULE = "the published schedule"
    DEPARTURES = "departures at or before the cut"
    ARRIVALS = "arrivals at or before the cut"
    WEATHER = "weather hours that had ended at the cut"


@dataclass(frozen=True)
class Feature:
    name: str
    kind: Literal["numeric", "categorical"]
    availability: Availability
    description: str


def _category(name: str, description: str) -> Feature:
    return Feature(name, "categorical", Availability.SCHEDULE, description)


def _number(name: str, availability: Availability, description: str) -> Feature:
    return Feature(name, "numeric", availability, description)


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

FEATURES = (
    _category("airline_code", "Reporting airline."),
    _category("origin_airport_code", "Airport of departure."),
    _category("destination_airport_code", "Airport of arrival."),
    _category("scheduled_departure_hour", "Local hour of departure, 0-23."),
    _category("day_of_week_iso", "Local day of departure, 1 is Monday."),
    _number("scheduled_departure_minute_of_day", Availability.SCHEDULE, "Local, minutes after midnight."),
    _number("scheduled_arrival_minute_of_day", Availability.SCHEDULE, "Local, minutes after midnight."),
    _number("scheduled_duration_minutes", Availability.SCHEDULE, "From scheduled departure to arrival."),
    _number("distance_miles", Availability.SCHEDULE, "Great-circle distance of the route."),
    _number(
        "origin_departures_scheduled_in_hour",
        Availability.SCHEDULE,
        "Flights scheduled to leave the origin in the same clock hour, this one included.",
    ),
    *(
        _number(
            f"{group}_excess_delay_share",
            Availability.ARRIVALS,
            f"Climatology of {group.replace('_', ', ')}: delayed share above that of all flights, shrunk towards 0.",
        )
        for group in CLIMATOLOGY
    ),
    *(
        _number(
            f"{group}_{event}_delay_minutes_last_{hours}h",
            availability,
            f"Mean {event} delay of the same {group.replace('_', ' and ')} in the {hours} hours before the cut.",
        )
        for event, availability, groups in (
            ("departure", Availability.DEPARTURES, DEPARTURE_WINDOWS),
            ("arrival", Availability.ARRIVALS, ARRIVAL_WINDOWS),
        )
        for group, (_, windows) in groups.items()
        for hours in windows
    ),
    *(
        _number(
            f"{group}_{what}",
            Availability.DEPARTURES,
            f"{told} of the same {group.replace('_', ' and ')} that should have left by the cut and have not.",
        )
        for group in WAITING
        for what, told in {
            "flights_waiting": "Flights",
            "waiting_minutes": "Mean minutes of waiting of flights",
        }.items()
    ),
    _number("aircraft_departure_delay_minutes", Availability.DEPARTURES, "Of the aircraft's last departure seen."),
    _number("aircraft_departure_age_hours", Availability.DEPARTURES, "How long ago that was at the cut."),
    _number("aircraft_arrival_delay_minutes", Availability.ARRIVALS, "Of the aircraft's last arrival seen."),
    _number("aircraft_arrival_age_hours", Availability.ARRIVALS, "How long ago that was at the cut."),
    _number("flight_last_arrival_delay_minutes", Availability.ARRIVALS, "The same flight's, when it last arrived."),
    *(
        _number(f"origin_{name}", Availability.WEATHER, "At the origin in the last hour that had ended at the cut.")
        for name in WEATHER
    ),
    *(
        _number(f"origin_{name}_change_{hours}h", Availability.WEATHER, f"Its change over {hours} hours.")
        for name, hours in WEATHER_TRENDS.items()
    ),
)
NAMES = [feature.name for feature in FEATURES]
CATEGORICAL = [feature.name for feature in FEATURES if feature.kind == "categorical"]
NUMERIC = [feature.name for feature in FEATURES if feature.kind == "numeric"]

#: Each column's type, as MLflow calls it.
MLFLOW_TYPES = {
    **dict.fromkeys(NAMES, "double"),
    **dict.fromkeys(("airline_code", "origin_airport_code", "destination_airport_code"), "string"),
    **dict.fromkeys(("scheduled_departure_hour", "day_of_week_iso"), "integer"),
}

TARGET = "is_arrival_delayed"

# Rows come in one fixed order, so that the same flights give the same bytes.
_FLIGHTS = """
    select
        flight_key,
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
        count(*) over (partition by origin_airport_code, floor(epoch(scheduled_departure_at) / 3600))::double
            as origin_departures_scheduled_in_hour,
        epoch(scheduled_departure_at)::bigint as scheduled_departure_seconds,
        epoch(departed_at)::bigint as departed_seconds,
        epoch(arrived_at)::bigint as arrived_seconds,
        departure_delay_minutes,
        arrival_delay_minutes,
        is_arrival_delayed
    from marts.fct_flights
    order by scheduled_departure_at, flight_key
"""
_WEATHER = f"""
    select airport_code, (epoch(observed_at)::bigint // {HOUR})::bigint as observed_hour, {", ".join(WEATHER)}
    from marts.fct_weather_hourly
"""  # noqa: S608 -- column names of this module


def build(warehouse: Path, prediction_horizon: timedelta = PREDICTION_HORIZON) -> pd.DataFrame:
    """The features of every scheduled flight in the most recent months of the warehouse file, which is only read.

    One row per flight, ordered by scheduled departure: ``flight_key``, ``flight_date``,
    the label ``is_arrival_delayed`` (missing where the flight did not arrive), and one
    column per declared feature.
    """
    with recent.opened(warehouse) as connection:
        flights = connection.sql(_FLIGHTS).to_arrow_table().to_pandas()
        weather = connection.sql(_WEATHER).to_arrow_table().to_pandas()
    flights = flights.astype({"departed_seconds": "Int64", "arrived_seconds": "Int64", TARGET: "boolean"})
    cut = flights["scheduled_departure_seconds"].to_numpy() - int(prediction_horizon.total_seconds())
    found = _climatology(flights, cut) | _operations(flights, cut) | _aircraft(flights, cut)
    found |= _weather(flights["origin_airport_code"], cut, weather)
    numbers = pd.DataFrame({name: value.astype(np.float32) for name, value in found.items()})
    built = pd.concat([flights, numbers], axis="columns")
    for name in ("airline_code", "origin_airport_code", "destination_airport_code"):
        built[name] = built[name].astype("category")
    return built[["flight_key", "flight_date", TARGET, *NAMES]]


def _climatology(flights: pd.DataFrame, cut: np.ndarray) -> dict[str, np.ndarray]:
    """Delayed share of each flight's group less that of all flights, both as known at its cut.

    Empirical-Bayes shrinkage towards 0: (delayed − n · overall share) / (n + k) with
    k = ``SHRINKAGE_FLIGHTS``. The excess, not the share itself: the overall share moves
    with the season, and a model that sees it learns dates.
    """
    known_at = flights["arrived_seconds"].where(flights[TARGET].notna())
    is_delayed = flights[TARGET].fillna(False).to_numpy(dtype=np.int64)
    everything = np.zeros(len(flights), dtype=np.int64)
    arrivals = Events(everything, known_at, delayed=is_delayed)
    delayed, count = arrivals.total("delayed", everything, cut), arrivals.count(everything, cut)
    overall = np.divide(delayed, count, out=np.zeros(len(flights)), where=count > 0)
    excess = {}
    for name, columns in CLIMATOLOGY.items():
        group = codes(flights, *columns)
        arrivals = Events(group, known_at, delayed=is_delayed)
        delayed, count = arrivals.total("delayed", group, cut), arrivals.count(group, cut)
        excess[f"{name}_excess_delay_share"] = (delayed - count * overall) / (count + SHRINKAGE_FLIGHTS)
    return excess


def _operations(flights: pd.DataFrame, cut: np.ndarray) -> dict[str, np.ndarray]:
    """How groups of flights ran in the hours before the cut, and how many still wait to leave."""
    found = {}
    for what, windows, known_at in (
        ("departure", DEPARTURE_WINDOWS, flights["departed_seconds"]),
        ("arrival", ARRIVAL_WINDOWS, flights["arrived_seconds"]),
    ):
        delay = _clipped(flights[f"{what}_delay_minutes"])
        for name, (columns, lengths) in windows.items():
            group = codes(flights, *columns)
            events = Events(group, known_at, delay=delay)
            for hours in lengths:
                total, count = events.total("delay", group, cut, hours), events.count(group, cut, hours)
                found[f"{name}_{what}_delay_minutes_last_{hours}h"] = total / (count + SHRINKAGE_RECENT_FLIGHTS)
    return found | _waiting(flights, cut)


def _waiting(flights: pd.DataFrame, cut: np.ndarray) -> dict[str, np.ndarray]:
    """Flights that should have left by the cut and have not: each counts from its scheduled departure
    until it leaves, for ``LONGEST_WAIT_HOURS`` at most (a cancelled flight never leaves)."""
    scheduled = flights["scheduled_departure_seconds"]
    given_up = scheduled + LONGEST_WAIT_HOURS * HOUR
    left = flights["departed_seconds"].fillna(given_up).clip(lower=scheduled, upper=given_up)
    seconds, one = scheduled.to_numpy(), np.ones(len(flights), dtype=np.int64)
    found = {}
    for name, columns in WAITING.items():
        group = codes(flights, *columns)
        due = Events(group, scheduled, flights=one, scheduled=seconds)
        gone = Events(group, left, flights=one, scheduled=seconds)
        waiting = due.count(group, cut) - gone.count(group, cut)
        since = due.total("scheduled", group, cut) - gone.total("scheduled", group, cut)
        found[f"{name}_flights_waiting"] = waiting
        minutes = (waiting * cut - since) / 60
        found[f"{name}_waiting_minutes"] = np.divide(minutes, waiting, out=np.zeros(len(cut)), where=waiting > 0)
    return found


def _aircraft(flights: pd.DataFrame, cut: np.ndarray) -> dict[str, np.ndarray]:
    """What was last seen of the aircraft, and of the same flight."""
    found = {}
    tail = codes(flights, "tail_number")
    for what in ("departure", "arrival"):
        known_at = flights["departed_seconds" if what == "departure" else "arrived_seconds"]
        events = Events(tail, known_at, delay=_clipped(flights[f"{what}_delay_minutes"]))
        delay, age = events.last("delay", tail, cut)
        found[f"aircraft_{what}_delay_minutes"], found[f"aircraft_{what}_age_hours"] = delay, age
    flight = codes(flights, *CLIMATOLOGY["flight"])
    events = Events(flight, flights["arrived_seconds"], delay=_clipped(flights["arrival_delay_minutes"]))
    found["flight_last_arrival_delay_minutes"], _ = events.last("delay", flight, cut)
    return found


def _weather(origin: pd.Series, cut: np.ndarray, weather: pd.DataFrame) -> dict[str, np.ndarray]:
    """The weather at the origin in the last hour that had ended at the cut, and how it changed.

    An observation stands for its whole hour (it is the maximum or the last of it), so that of
    hour H is known from H + 1 h on.
    """
    by_hour = weather.set_index(["airport_code", "observed_hour"])[list(WEATHER)]

    def at(hours_before: int) -> pd.DataFrame:
        wanted = pd.MultiIndex.from_arrays([origin, cut // HOUR - 1 - hours_before])
        return by_hour.reindex(wanted)

    now = at(0)
    found = {f"origin_{name}": now[name].to_numpy(dtype=np.float64) for name in WEATHER}
    for name, hours in WEATHER_TRENDS.items():
        found[f"origin_{name}_change_{hours}h"] = found[f"origin_{name}"] - at(hours)[name].to_numpy(dtype=np.float64)
    return found


def _clipped(minutes: pd.Series) -> np.ndarray:
    return minutes.fillna(0).clip(upper=LONGEST_DELAY_MINUTES).to_numpy(dtype=np.int64)
