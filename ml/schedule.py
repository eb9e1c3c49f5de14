"""Scheduled flights that somebody asks about, checked against the airlines and airports of a published warehouse."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from ontime import warehouse
from ontime.distance import great_circle_miles
from ontime.settings import settings

LONGEST_FLIGHT = timedelta(hours=24)
#: The schedules that somebody may ask about. The Bureau's data begin in 1987; pandas' dates end in 2262.
FIRST_TIME, LAST_TIME = datetime(1987, 1, 1), datetime(2100, 1, 1)

AirportCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="IATA code.", examples=["EWR"])]


class ScheduledFlight(BaseModel):
    """A flight as in a timetable. Fields have the names of the columns of ``marts.fct_flights``."""

    model_config = ConfigDict(extra="forbid")

    airline_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$", description="Reporting airline.", examples=["UA"])]
    flight_number: Annotated[int, Field(ge=1, le=9999, strict=True, examples=[1545])]
    tail_number: Annotated[
        str | None, Field(pattern=r"^[!-~]{1,10}$", description="Aircraft, if it is already assigned.")
    ] = None
    origin_airport_code: AirportCode
    destination_airport_code: AirportCode
    scheduled_departure_local_at: Annotated[
        NaiveDatetime,
        Field(
            ge=FIRST_TIME,
            lt=LAST_TIME,
            description="Local time at the origin.",
            examples=["2013-12-20T17:30:00"],
        ),
    ]
    scheduled_arrival_local_at: Annotated[
        NaiveDatetime,
        Field(
            ge=FIRST_TIME,
            lt=LAST_TIME,
            description="Local time at the destination.",
            examples=["2013-12-20T19:25:00"],
        ),
    ]


class InvalidFlights(ValueError):
    """Flights that cannot exist as scheduled. ``errors`` has one entry per field, like pydantic's."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(errors)} invalid values")
        self.errors = errors


class Airport(NamedTuple):
    time_zone: ZoneInfo
    latitude_degrees: float
    longitude_degrees: float


class Schedule:
    """Turns scheduled flights into rows of the marts, with the airlines and airports of a published warehouse."""

    def __init__(self, version: warehouse.Version) -> None:
        with duckdb.connect(str(version.path), read_only=True, config=settings.duckdb_config) as connection:
            airlines = connection.execute("SELECT airline_code FROM marts.dim_airlines").fetchall()
            airports = connection.execute(
                "SELECT airport_code, time_zone, latitude_degrees, longitude_degrees FROM marts.dim_airports"
            ).fetchall()
        self._airlines = {code for (code,) in airlines}
        self._airports = {code: Airport(ZoneInfo(zone), *position) for code, zone, *position in airports}

    def table(self, flights: Sequence[ScheduledFlight]) -> pa.Table:
        """The flights with the schedule columns of ``marts.fct_flights``: one row per flight, in the same order.

        ``distance_miles`` is the great-circle distance; the features replace it with the published distance of the
        route if the warehouse has one. Raises :class:`InvalidFlights`.
        """
        rows, errors = [], []
        for number, flight in enumerate(flights):
            row, problems = self._row(flight)
            rows.append(row)
            errors += [
                {"type": "value_error", "loc": ("body", "flights", number, field), "msg": message}
                for field, message in problems.items()
            ]
        if errors:
            raise InvalidFlights(errors)
        return pa.Table.from_pylist(rows, _SCHEMA)

    def _row(self, flight: ScheduledFlight) -> tuple[dict[str, Any], dict[str, str]]:
        """The columns of a flight, and an error message for each invalid field."""
        row: dict[str, Any] = flight.model_dump()
        problems = self._unknown_codes(flight)
        if problems:
            return row, problems
        origin = self._airports[flight.origin_airport_code]
        destination = self._airports[flight.destination_airport_code]
        departure = _instant(flight.scheduled_departure_local_at, origin.time_zone)
        arrival = _instant(flight.scheduled_arrival_local_at, destination.time_zone)
        for end, instant, zone in (
            ("departure", departure, origin.time_zone),
            ("arrival", arrival, destination.time_zone),
        ):
            if instant is None:
                problems[f"scheduled_{end}_local_at"] = f"This time does not exist in {zone}: the clocks skip it"
        if departure and arrival and not timedelta() < arrival - departure <= LONGEST_FLIGHT:
            problems["scheduled_arrival_local_at"] = "The arrival must be after the departure, by at most 24 hours"
        computed = {
            "flight_date": flight.scheduled_departure_local_at.date(),
            "scheduled_departure_at": departure,
            "scheduled_arrival_at": arrival,
            "distance_miles": round(
                great_circle_miles(
                    origin.latitude_degrees,
                    origin.longitude_degrees,
                    destination.latitude_degrees,
                    destination.longitude_degrees,
                )
            ),
        }
        return row | computed, problems

    def _unknown_codes(self, flight: ScheduledFlight) -> dict[str, str]:
        problems = {}
        if flight.airline_code not in self._airlines:
            problems["airline_code"] = "The published warehouse has no airline with this code"
        for field in ("origin_airport_code", "destination_airport_code"):
            if getattr(flight, field) not in self._airports:
                problems[field] = "The published warehouse has no airport with this code"
        if flight.origin_airport_code == flight.destination_airport_code:
            problems["destination_airport_code"] = "The destination must be another airport than the origin"
        return problems


def flight_key(flight: ScheduledFlight) -> str:
    """The key that ``marts.fct_flights`` has, or would have, for the flight."""
    departure = flight.scheduled_departure_local_at
    return (
        f"{departure:%Y-%m-%d}_{flight.airline_code}{flight.flight_number}_{flight.origin_airport_code}-"
        f"{flight.destination_airport_code}_{departure:%H%M}"
    )


def _instant(local: datetime, zone: ZoneInfo) -> datetime | None:
    """A local time in UTC: the first of two when clocks go back, None when clocks skip it."""
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local else None


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
