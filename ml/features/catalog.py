"""The declared features: name, kind, description, and which data each may use.

The *cut* of a flight is its scheduled departure minus the prediction horizon. A feature may use an event only if it
was known at the cut: a departure or an arrival when it has happened, the weather of an hour when that hour has ended.

To add a feature, declare it here and compute it in :mod:`ml.features.lookups`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from ontime.datasets.flights import DELAY_CAUSES

PREDICTION_HORIZON = timedelta(hours=2)

#: The label: did the flight arrive 15 minutes late or later? Missing where it did not arrive.
TARGET = "is_arrival_delayed"

#: Columns of the marts that are known only after the flight; none may be a feature.
OUTCOMES = frozenset(
    (
        "departed_at",
        "arrived_at",
        "departure_delay_minutes",
        "arrival_delay_minutes",
        "air_time_minutes",
        "is_cancelled",
        "is_diverted",
        "is_arrival_delayed",
        *(f"{cause}_delay_minutes" for cause in DELAY_CAUSES),
    )
)

#: Flights are grouped by these columns; features describe the group that a flight belongs to.
GROUPS = {
    "origin": ("origin_airport_code",),
    "destination": ("destination_airport_code",),
    "airline": ("airline_code",),
    "aircraft": ("tail_number",),
    "route": ("origin_airport_code", "destination_airport_code"),
    "origin_airline": ("origin_airport_code", "airline_code"),
    "origin_airline_hour": ("origin_airport_code", "airline_code", "scheduled_departure_hour"),
    "origin_hour_weekday": ("origin_airport_code", "scheduled_departure_hour", "day_of_week_iso"),
    "flight": ("airline_code", "flight_number", "origin_airport_code", "destination_airport_code"),
}

#: Groups with a recent mean delay, and over how many hours before the cut.
DEPARTURE_WINDOWS = {"origin": (1, 3, 6), "origin_airline": (3, 12), "airline": (3,), "destination": (3, 12)}
ARRIVAL_WINDOWS = {"origin": (3,), "airline": (3, 168), "destination": (4, 24)}

#: Groups whose overdue flights are counted.
WAITING = ("origin", "origin_airline", "destination")

#: Groups whose whole history is used: their delayed share above the share of all flights.
CLIMATOLOGY = ("origin_airline_hour", "origin_hour_weekday", "destination", "flight")

#: Columns of the hourly weather.
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
#: Weather columns whose change is a feature too, and over how many hours.
WEATHER_TRENDS = {"pressure_hectopascals": 3, "visibility_kilometers": 2}


class OutcomeAsFeature(ValueError):
    """A model was about to be fitted on a column that is known only after the flight."""


class Availability(StrEnum):
    """Which data a feature may use."""

    SCHEDULE = "the published schedule"
    DEPARTURES = "departures at or before the cut"
    ARRIVALS = "arrivals at or before the cut"
    WEATHER = "weather hours that had ended at the cut"


@dataclass(frozen=True)
class Feature:
    """The declaration of one feature."""

    name: str
    kind: Literal["numeric", "categorical"]
    availability: Availability
    description: str


def _category(name: str, description: str) -> Feature:
    return Feature(name, "categorical", Availability.SCHEDULE, description)


def _number(name: str, availability: Availability, description: str) -> Feature:
    return Feature(name, "numeric", availability, description)


FEATURES = (
    _category("airline_code", "Reporting airline."),
    _category("origin_airport_code", "Airport of departure."),
    _category("destination_airport_code", "Airport of arrival."),
    _category("scheduled_departure_hour", "Local hour of departure, 0-23."),
    _category("day_of_week_iso", "Local day of departure, 1 is Monday."),
    _number("scheduled_departure_minute_of_day", Availability.SCHEDULE, "Local, minutes after midnight."),
    _number("scheduled_arrival_minute_of_day", Availability.SCHEDULE, "Local, minutes after midnight."),
    _number("scheduled_duration_minutes", Availability.SCHEDULE, "From scheduled departure to scheduled arrival."),
    _number("distance_miles", Availability.SCHEDULE, "Great-circle distance of the route."),
    _number(
        "origin_departures_scheduled_in_hour",
        Availability.SCHEDULE,
        "Flights scheduled to leave the origin in the same clock hour, including this one.",
    ),
    *(
        _number(
            f"{group}_excess_delay_share",
            Availability.ARRIVALS,
            f"Delayed share by {group.replace('_', ', ')} minus the share of all flights, shrunk towards 0.",
        )
        for group in CLIMATOLOGY
    ),
    *(
        _number(
            f"{group}_{event}_delay_minutes_last_{hours}h",
            availability,
            f"Mean {event} delay of the same {group.replace('_', ' and ')} in the {hours} hours before the cut, "
            "shrunk towards 0.",
        )
        for event, availability, windows in (
            ("departure", Availability.DEPARTURES, DEPARTURE_WINDOWS),
            ("arrival", Availability.ARRIVALS, ARRIVAL_WINDOWS),
        )
        for group, window_hours in windows.items()
        for hours in window_hours
    ),
    *(
        _number(
            f"{group}_{quantity}",
            Availability.DEPARTURES,
            f"{description} of the same {group.replace('_', ' and ')} that were due to leave by the cut and have not.",
        )
        for group in WAITING
        for quantity, description in {
            "flights_waiting": "Number of flights",
            "waiting_minutes": "Mean minutes overdue at the cut, for flights",
        }.items()
    ),
    _number("aircraft_departure_delay_minutes", Availability.DEPARTURES, "Delay of the aircraft's last departure."),
    _number("aircraft_departure_age_hours", Availability.DEPARTURES, "Hours from that departure to the cut."),
    _number("aircraft_arrival_delay_minutes", Availability.ARRIVALS, "Delay of the aircraft's last arrival."),
    _number("aircraft_arrival_age_hours", Availability.ARRIVALS, "Hours from that arrival to the cut."),
    _number(
        "flight_last_arrival_delay_minutes",
        Availability.ARRIVALS,
        "Delay of the last arrival with the same airline, flight number and route.",
    ),
    *(
        _number(f"origin_{name}", Availability.WEATHER, "At the origin, in the last hour that had ended at the cut.")
        for name in WEATHER
    ),
    *(
        _number(f"origin_{name}_change_{hours}h", Availability.WEATHER, f"Its change over the last {hours} hours.")
        for name, hours in WEATHER_TRENDS.items()
    ),
)
NAMES = [feature.name for feature in FEATURES]
CATEGORICAL = [feature.name for feature in FEATURES if feature.kind == "categorical"]
NUMERIC = [feature.name for feature in FEATURES if feature.kind == "numeric"]

#: The categorical features that are text; the others are whole numbers.
TEXT = ("airline_code", "origin_airport_code", "destination_airport_code")

#: The type of each feature's column, in MLflow's words.
MLFLOW_TYPES = {
    **dict.fromkeys(NAMES, "double"),
    **dict.fromkeys(TEXT, "string"),
    **dict.fromkeys(("scheduled_departure_hour", "day_of_week_iso"), "integer"),
}


def without_outcomes(names: Collection[str], allowed: Collection[str] = ()) -> list[str]:
    """Return ``names`` as a list, after checking that no column is an outcome other than the ``allowed`` ones.

    Raises :class:`OutcomeAsFeature`.
    """
    outcomes = sorted((OUTCOMES & set(names)) - set(allowed))
    if outcomes:
        raise OutcomeAsFeature(f"{', '.join(outcomes)}: known only after the flight, so it cannot be a feature.")
    return list(names)
