"""Airports: position and IANA time zone. Only the zone decides how local times are read."""

import sys
from typing import Any
from zoneinfo import available_timezones

import tzfpy
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ontime.datasets.airports import DATASET, FORMATS
from spark_jobs.command import app
from spark_jobs.engine import rules
from spark_jobs.engine.rules import Texts

MAPPINGS = {
    "nycflights13": rules.as_published(FORMATS["nycflights13"]) | {"is_in_scope": "true"},
    "ourairports": {
        "faa": "iata_code",
        "name": "name",
        "lat": "latitude_deg",
        "lon": "longitude_deg",
        "alt": "elevation_ft",
        # ISO 3166-1: the states, and the territories that have a code of their own.
        "is_in_scope": """coalesce(
            iso_country IN ('US', 'PR', 'VI', 'GU', 'MP', 'AS', 'UM') AND iata_code IS NOT NULL AND type <> 'closed',
            false
        )""",
    },
}
KEY = ("airport_code",)
COLUMNS = ("airport_code", "airport_name", "latitude_degrees", "longitude_degrees", "elevation_feet", "time_zone")
REQUIRED = ("faa", "name", "lat", "lon", "alt")

#: Where the airports of this table, the United States', can be: south, north, west, east in degrees
#: (extreme points of the United States, US Geological Survey, rounded outwards). East of Greenwich
#: that is only the end of the Aleutians and the Pacific territories, so a longitude that has lost
#: its minus sign is seen at once, and also the zone that was looked up with it.
UNITED_STATES = (
    (17.5, 71.5, -180.0, -64.5),  # the states, Puerto Rico, the Virgin Islands
    (51.0, 53.5, 172.0, 180.0),  # the Aleutians beyond the 180th meridian
    (13.0, 21.0, 144.0, 146.5),  # Guam, the Northern Mariana Islands
    (19.0, 20.0, 166.0, 167.0),  # Wake Island
    (-15.0, -11.0, -171.5, -168.0),  # American Samoa
)


def lookups() -> dict[str, Any]:
    """Nothing: airports are read without other data."""
    return {}


def clean(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Airports as the clean contract has them, and the rejected rows.

    A table without time zones gets them from the positions: docs/decisions/0008-time-zones-from-positions.md.
    """
    text = Texts(MAPPINGS[rules.format_name(rows, FORMATS)])
    latitude, longitude, elevation = text.number("lat"), text.number("lon"), text.whole_number("alt")
    has_zones = "tzone" in text.sql
    zone = text["tzone"] if has_zones else F.udf(_zone_at, "string", useArrow=False)(latitude, longitude)
    airports = rules.judged(
        rows,
        text,
        {
            "airport_code": text["faa"],
            "airport_name": text["name"],
            "latitude_degrees": latitude,
            "longitude_degrees": longitude,
            "elevation_feet": elevation,
            "time_zone": zone,
        },
        {
            "malformed_line": rules.is_malformed(),
            "out_of_scope": ~text["is_in_scope"],
            "missing_value": text.any_missing(REQUIRED),
            "invalid_number": text.any_unreadable({"lat": latitude, "lon": longitude, "alt": elevation}),
            "missing_time_zone": ~F.coalesce(zone.isin(*_time_zones()), F.lit(False)),
            "implausible_position": ~_in_united_states(latitude, longitude),
        },
    )
    return rules.parted(airports, COLUMNS, KEY)


def _time_zones() -> list[str]:
    """Zones named after a place: Spark does not know all of the others."""
    return sorted(zone for zone in available_timezones() if "/" in zone)


def _zone_at(latitude: float | None, longitude: float | None) -> str | None:
    return None if latitude is None or longitude is None else tzfpy.get_tz(longitude, latitude) or None


def _in_united_states(latitude: Column, longitude: Column) -> Column:
    areas = [
        latitude.between(south, north) & longitude.between(west, east) for south, north, west, east in UNITED_STATES
    ]
    return rules.any_of(areas)


if __name__ == "__main__":
    app([DATASET, *sys.argv[1:]])
