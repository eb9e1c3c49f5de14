"""Airlines by their unique carrier code (Bureau of Transportation Statistics).

That is the IATA code of two characters; the earlier holders of a code that is used again have a number
after it, such as ``PA (1)``.
"""

from ontime.sources.publisher import reference_command

DATASET = "airlines"

#: The columns of the publishers' files, in their order, by format.
FORMATS = {
    "nycflights13": (
        "carrier",
        "name",
    ),
    "bts_lookup": (
        "Code",
        "Description",
    ),
}

if __name__ == "__main__":
    reference_command(DATASET)
