"""The declared features: what each is, and what it is allowed to see.

The *cut* is the scheduled departure minus the prediction horizon. Every event counts from the instant at which it
became known: a departure or an arrival when it happened, the weather of an hour when that hour had ended.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from ml.features.lookups import (
    ARRIVAL_WINDOWS,
    CLIMATOLOGY,
    DEPARTURE_WINDOWS,
    WAITING,
    WEATHER,
    WEATHER_TRENDS,
)

PREDICTION_HORIZON = timedelta(hours=2)

#: Columns of the marts that tell how a flight went: none may be a feature.
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
    )
)


class OutcomeAsFeature(ValueError):
    """A model was to be fitted on a column that only the outcome of its flight tells."""


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


def without_outcomes(names: Collection[str], known: Collection[str] = ()) -> list[str]:
    """The names of the columns that a model is to be fitted on, if no outcome is among them but those ``known``.

    Raises :class:`OutcomeAsFeature`.
    """
    outcomes = sorted((OUTCOMES & set(names)) - set(known))
    if outcomes:
        raise OutcomeAsFeature(f"{', '.join(outcomes)}: known only when the flight is over, and no feature.")
    return list(names)
