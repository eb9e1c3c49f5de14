"""What the model may know about a flight two hours before its scheduled departure.

The *cut* is the scheduled departure less the prediction horizon. Every feature declares what it
is read from, and every event counts from the instant at which it became known: a departure or
an arrival when it happened, the weather of an hour when that hour had ended. To add a feature:
declare it in ``FEATURES`` and compute it in a lookup of ``known.py``.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from ontime.model import known
from ontime.model.as_of import Levels
from ontime.model.known import (
    ARRIVAL_WINDOWS,
    CLIMATOLOGY,
    DEPARTURE_WINDOWS,
    TARGET,
    WAITING,
    WEATHER,
    WEATHER_TRENDS,
)
from ontime.settings import settings

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


def build(warehouse: Path, prediction_horizon: timedelta = PREDICTION_HORIZON) -> pd.DataFrame:
    """The features of every scheduled flight in the most recent months of the warehouse file, which is only read.

    One row per flight, ordered by scheduled departure: ``flight_key``, ``flight_date``,
    the label ``is_arrival_delayed`` (missing where the flight did not arrive), and one
    column per declared feature.
    """
    flights, weather = known.read(warehouse)
    levels = Levels(flights, known.GROUPED_BY)
    asked = known.asked(flights, levels, prediction_horizon)
    built = _with_features(flights, asked, known.lookups(flights, weather, levels))
    return built[["flight_key", "flight_date", TARGET, *NAMES]]


class Prepared:
    """A warehouse file read once, for features of flights that are asked about one by one."""

    def __init__(self, warehouse: Path) -> None:
        flights, weather = known.read(warehouse)
        self._levels = Levels(flights, known.GROUPED_BY)
        self._lookups = list(known.lookups(flights, weather, self._levels))
        self._distance = known.distance(flights, self._levels.codes(flights))
        self._sql = duckdb.connect(config=settings.duckdb_config)

    def features(self, scheduled: pa.Table) -> pd.DataFrame:
        """The features of scheduled flights, in their order, each as if it were the only one that is not in the file.

        ``scheduled`` has the columns of ``marts.fct_flights`` that tell of the schedule. Its distance counts where the
        file has no flight of the route.
        """
        flights = self._sql.cursor().sql(f"select {known.SCHEDULE} from scheduled").to_arrow_table().to_pandas()  # noqa: S608
        asked = known.asked(flights, self._levels, PREDICTION_HORIZON)
        published = pd.DataFrame(self._distance(asked)).fillna(flights)
        return _with_features(flights.assign(**published), asked, self._lookups)[NAMES]


def _with_features(flights: pd.DataFrame, asked: known.Asked, lookups: Iterable[known.Lookup]) -> pd.DataFrame:
    found: dict[str, np.ndarray] = {}
    for lookup in lookups:
        found |= lookup(asked)
    numbers = pd.DataFrame(np.array([value.astype(np.float32) for value in found.values()]).T, columns=list(found))
    built = pd.concat([flights, numbers], axis="columns")
    for name in ("airline_code", "origin_airport_code", "destination_airport_code"):
        built[name] = built[name].astype("category")
    return built
