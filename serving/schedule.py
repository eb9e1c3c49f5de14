"""Scheduled flights as somebody names them, and what the published warehouse makes of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from ontime import warehouse
from ontime.settings import settings

EARTH_RADIUS_MILES = 3958.8
LONGEST_FLIGHT = timedelta(hours=24)
MOST_FLIGHTS = 100

AirportCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="IATA code.", examples=["EWR"])]


class ScheduledFlight(BaseModel):
    """A flight as its timetable has it; the names are those of ``marts.fct_flights``."""

    model_config = ConfigDict(extra="forbid")

    airline_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$", description="Reporting airline.", examples=["UA"])]
    flight_number: Annotated[int, Field(ge=1, le=9999, strict=True, examples=[1545])]
    tail_number: Annotated[str | None, Field(max_length=10, description="The aircraft, if it is known already.")] = None
    origin_airport_code: AirportCode
    destination_airport_code: AirportCode
    scheduled_departure_local_at: Annotated[
        NaiveDatetime, Field(description="The origin's clock.", examples=["2013-12-20T17:30:00"])
    ]
    scheduled_arrival_local_at: Annotated[
        NaiveDatetime, Field(description="The destination's clock.", examples=["2013-12-20T19:25:00"])
    ]


class Asked(BaseModel):
    """Each flight is answered as if it had been asked about alone."""

    model_config = ConfigDict(extra="forbid")

    flights: Annotated[list[ScheduledFlight], Field(min_length=1, max_length=MOST_FLIGHTS)]


class NoSuchFlight(ValueError):
    """Flights that cannot be scheduled so; ``errors`` are as pydantic has them."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(errors)} values that cannot be")
        self.errors = errors


class Airport(NamedTuple):
    time_zone: ZoneInfo
    latitude_degrees: float
    longitude_degrees: float


class Schedule:
    """The airlines and airports of a published warehouse: what a flight can be scheduled with."""

    def __init__(self, version: warehouse.Version) -> None:
        with duckdb.connect(str(version.path), read_only=True, config=settings.duckdb_config) as connection:
            airlines = connection.execute("SELECT airline_code FROM marts.dim_airlines").fetchall()
            airports = connection.execute(
                "SELECT airport_code, time_zone, latitude_degrees, longitude_degrees FROM marts.dim_airports"
            ).fetchall()
        self._airlines = {code for (code,) in airlines}
        self._airports = {code: Airport(ZoneInfo(zone), *position) for code, zone, *position in airports}

    def table(self, flights: Sequence[ScheduledFlight]) -> pa.Table:
        """The flights with the columns of ``marts.fct_flights`` that tell of the schedule.

        ``distance_miles`` is the great circle's: the published one, where the route is known, takes its place.
        Raises :class:`NoSuchFlight`.
        """
        rows, errors = [], []
        for number, flight in enumerate(flights):
            row, problems = self._row(flight)
            rows.append(row)
            errors += [
                {"type": "value_error", "loc": ("body", "flights", number, field), "msg": told, "input": row[field]}
                for field, told in problems.items()
            ]
        if errors:
            raise NoSuchFlight(errors)
        return pa.Table.from_pylist(rows, _SCHEMA)

    def _row(self, flight: ScheduledFlight) -> tuple[dict[str, Any], dict[str, str]]:
        """A flight's columns, and what is wrong, by field."""
        row: dict[str, Any] = flight.model_dump()
        problems = {}
        if flight.airline_code not in self._airlines:
            problems["airline_code"] = "No airline of the published warehouse has this code"
        for end in ("origin", "destination"):
            field = f"{end}_airport_code"
            if row[field] not in self._airports:
                problems[field] = "No airport of the published warehouse has this code"
        if flight.origin_airport_code == flight.destination_airport_code:
            problems["destination_airport_code"] = "A flight goes to another airport than its origin"
        if problems:
            return row, problems
        origin, destination = (self._airports[row[f"{end}_airport_code"]] for end in ("origin", "destination"))
        departure = _instant(flight.scheduled_departure_local_at, origin.time_zone)
        arrival = _instant(flight.scheduled_arrival_local_at, destination.time_zone)
        if departure is None:
            problems["scheduled_departure_local_at"] = f"The clocks of {origin.time_zone} skip this time"
        if arrival is None:
            problems["scheduled_arrival_local_at"] = f"The clocks of {destination.time_zone} skip this time"
        if departure and arrival and not timedelta() < arrival - departure <= LONGEST_FLIGHT:
            problems["scheduled_arrival_local_at"] = "An arrival is after its departure, and within 24 hours"
        return {
            **row,
            "flight_date": flight.scheduled_departure_local_at.date(),
            "scheduled_departure_at": departure,
            "scheduled_arrival_at": arrival,
            "distance_miles": round(_great_circle_miles(origin, destination)),
        } | {field: row[field] for field in problems}, problems


def flight_key(flight: ScheduledFlight) -> str:
    """The key that the flight has in ``marts.fct_flights``, if it is there."""
    departure = flight.scheduled_departure_local_at
    return (
        f"{departure:%Y-%m-%d}_{flight.airline_code}{flight.flight_number}_{flight.origin_airport_code}-"
        f"{flight.destination_airport_code}_{departure:%H%M}"
    )


def _instant(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant of a local time, or None where clocks skip it; the first of two when they go back."""
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local else None


def _great_circle_miles(one: Airport, other: Airport) -> float:
    """The haversine formula (R. W. Sinnott, Sky and Telescope 68, 1984)."""
    latitude, other_latitude = radians(one.latitude_degrees), radians(other.latitude_degrees)
    longitudes = radians(other.longitude_degrees - one.longitude_degrees)
    haversine = (
        sin((other_latitude - latitude) / 2) ** 2 + cos(latitude) * cos(other_latitude) * sin(longitudes / 2) ** 2
    )
    return 2 * EARTH_RADIUS_MILES * asin(sqrt(min(haversine, 1)))


_INSTANT, _LOCAL = pa.timestamp("us", tz="UTC"), pa.timestamp("us")
_SCHEMA = pa.schema(
    {
        "flight_date": pa.date32(),
        "airline_code": pa.string(),
        "flight_number": pa.int32(),
        "tail_number": pa.string(),
        "origin_airport_code": pa.string(),
        "destination_airport_code": pa.string(),
        "scheduled_departure_local_at": _LOCAL,
        "scheduled_arrival_local_at": _LOCAL,
        "scheduled_departure_at": _INSTANT,
        "scheduled_arrival_at": _INSTANT,
        "distance_miles": pa.int32(),
    }
)
