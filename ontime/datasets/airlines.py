"""Airlines by their unique carrier code.

That is usually the two-character IATA code. If several airlines have used a code, the earlier ones have a number, for
example ``PA (1)``.
"""

from ontime.contract import Column, Dataset, PackageFile

#: A unique carrier code, also used by flights.
AIRLINE_CODE = r"[A-Z0-9]{2,3}(?: \(\d\))?"

#: The columns of the publishers' files, in order, by format.
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

DATASET = Dataset(
    name="airlines",
    title="Airlines",
    source="Bureau of Transportation Statistics, lookup table L_UNIQUE_CARRIERS",
    license="US government work, public domain",
    cadence="once",
    formats=FORMATS,
    columns=(
        Column("airline_code", "string", "Unique carrier code.", required=True, pattern=AIRLINE_CODE),
        Column("airline_name", "string", "Name of the airline.", required=True),
    ),
    key=("airline_code",),
    dag="reference",
    embedded=PackageFile("nycflights13", "data/airlines.csv"),
    live="ontime.sources.bts:Airlines",
)
