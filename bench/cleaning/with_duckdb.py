"""The cleaning of flights in DuckDB: `with_duckdb.sql` beside this file."""

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb

SQL = Path(__file__).with_suffix(".sql")


def clean(raw: Path, month: str, time_zones: Mapping[str, str], airline_codes: Collection[str], target: Path) -> None:
    """Clean one month's file; ``time_zones`` maps every known airport to its IANA zone."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE airports AS SELECT unnest($codes) AS code, unnest($zones) AS zone",
            {"codes": list(time_zones), "zones": list(time_zones.values())},
        )
        connection.execute("CREATE TABLE airlines AS SELECT unnest($codes) AS code", {"codes": list(airline_codes)})
        connection.execute("SET VARIABLE raw = $raw", {"raw": str(raw)})
        connection.execute("SET VARIABLE first_day = CAST($day AS DATE)", {"day": f"{month}-01"})
        *definitions, query = SQL.read_text().split(";\n\n")
        for definition in definitions:
            connection.execute(definition)
        connection.sql(query).write_parquet(str(target), compression="snappy")
