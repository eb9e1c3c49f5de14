"""The cleaning of flights in DuckDB: `with_duckdb.sql` in this folder."""

from collections.abc import Collection, Mapping
from pathlib import Path
from string import Template

import duckdb

from bench.cleaning import BOUNDS, COLUMNS, KEY, NUMBERS, VALUES

RAW_NAMES = {column: name for name, column in NUMBERS.items()}
PLAUSIBLE = [
    f"(raw.{RAW_NAMES[column]} IS NULL OR {column} BETWEEN {low} AND {high})" for column, (low, high) in BOUNDS.items()
]
#: The file's ``$names`` are what the contract declares.
SQL = Template(Path(__file__).with_suffix(".sql").read_text()).substitute(
    key=", ".join(KEY),
    columns=", ".join(COLUMNS),
    values=", ".join(f"{name} NULLS FIRST" for name in VALUES),
    plausible=" AND ".join(PLAUSIBLE),
)


def clean(raw: Path, month: str, time_zones: Mapping[str, str], airline_codes: Collection[str], target: Path) -> None:
    """Clean one month's file; ``time_zones`` maps airport codes to IANA zones."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE airports AS SELECT unnest($codes) AS code, unnest($zones) AS zone",
            {"codes": list(time_zones), "zones": list(time_zones.values())},
        )
        connection.execute("CREATE TABLE airlines AS SELECT unnest($codes) AS code", {"codes": list(airline_codes)})
        connection.execute("SET VARIABLE raw = $raw", {"raw": str(raw)})
        connection.execute("SET VARIABLE first_day = CAST($day AS DATE)", {"day": f"{month}-01"})
        *definitions, query = SQL.split(";\n\n")
        for definition in definitions:
            connection.execute(definition)
        connection.sql(query).write_parquet(str(target), compression="snappy")
