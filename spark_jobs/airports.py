"""Airports: position and IANA time zone, which decides how the local times of flights are read."""

from zoneinfo import available_timezones

import tzfpy
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ontime.datasets.airports import DATASET
from spark_jobs.engine.clean_columns import out_of_bounds
from spark_jobs.engine.raw_columns import RawColumns, any_of, as_published, format_name
from spark_jobs.engine.rules import apply_rules, is_malformed, split_good_and_bad

MAPPINGS = {
    "nycflights13": as_published(DATASET.formats["nycflights13"]) | {"is_in_scope": "true"},
    "ourairports": {
        "faa": "iata_code",
        "name": "name",
        "lat": "latitude_deg",
        "lon": "longitude_deg",
        "alt": "elevation_ft",
        # ISO 3166-1: the states, and the territories with their own code.
        "is_in_scope": """coalesce(
            iso_country IN ('US', 'PR', 'VI', 'GU', 'MP', 'AS', 'UM') AND iata_code IS NOT NULL AND type <> 'closed',
            false
        )""",
    },
}
#: The texts that every row must have.
REQUIRED = ("faa", "name", "lat", "lon", "alt")
#: Columns with a reason of their own for values that are out of bounds: ``implausible_position``.
POSITION = ("latitude_degrees", "longitude_degrees")

#: The areas of the United States (south, north, west, east in degrees): extreme points from the US Geological Survey,
#: rounded outwards. Only the western Aleutians and the Pacific territories are east of Greenwich, so these areas
#: detect a longitude that has lost its minus sign, and so a time zone that was looked up at the wrong place.
UNITED_STATES = (
    (17.5, 71.5, -180.0, -64.5),  # the states, Puerto Rico, the Virgin Islands
    (51.0, 53.5, 172.0, 180.0),  # the Aleutians beyond the 180th meridian
    (13.0, 21.0, 144.0, 146.5),  # Guam, the Northern Mariana Islands
    (19.0, 20.0, 166.0, 167.0),  # Wake Island
    (-15.0, -11.0, -171.5, -168.0),  # American Samoa
)


def clean(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return clean airports and rejected rows.

    If the publisher has no time zones, they come from the positions: docs/decisions/0008-time-zones-from-positions.md.
    """
    raw = RawColumns(MAPPINGS[format_name(rows, DATASET)])
    latitude, longitude, elevation = raw.number("lat"), raw.number("lon"), raw.whole_number("alt")
    has_zones = "tzone" in raw.sql
    zone = raw["tzone"] if has_zones else F.udf(_zone_at, "string", useArrow=False)(latitude, longitude)
    columns = {
        "airport_code": raw["faa"],
        "airport_name": raw["name"],
        "latitude_degrees": latitude,
        "longitude_degrees": longitude,
        "elevation_feet": elevation,
        "time_zone": zone,
    }
    is_outside = out_of_bounds(DATASET, columns)
    airports = apply_rules(
        rows,
        raw,
        columns,
        {
            "malformed_line": is_malformed(),
            "out_of_scope": ~raw["is_in_scope"],
            "missing_value": raw.any_missing(REQUIRED),
            "invalid_number": raw.any_unreadable({"lat": latitude, "lon": longitude, "alt": elevation}),
            "implausible_value": any_of(is_outside[name] for name in is_outside if name not in POSITION),
            "missing_time_zone": ~F.coalesce(zone.isin(*_time_zones()), F.lit(False)),
            "implausible_position": any_of(is_outside[name] for name in is_outside if name in POSITION)
            | ~_is_in_united_states(latitude, longitude),
        },
    )
    return split_good_and_bad(airports, DATASET)


def _time_zones() -> list[str]:
    """Zones named after a place, such as America/New_York: Spark knows all of them, but not all other zones."""
    return sorted(zone for zone in available_timezones() if "/" in zone)


def _zone_at(latitude: float | None, longitude: float | None) -> str | None:
    return None if latitude is None or longitude is None else tzfpy.get_tz(longitude, latitude) or None


def _is_in_united_states(latitude: Column, longitude: Column) -> Column:
    return any_of(
        latitude.between(south, north) & longitude.between(west, east) for south, north, west, east in UNITED_STATES
    )
