"""A published warehouse with the aggregates of ten national years: made from the real year, for measurements only.

Its tables have the columns of the published ones. About as many rows as a decade of the country has: some 350 airports
and 15 airlines, 7 million airport-airline-days, 0.9 million route-airline-months. Counts and sums are those of the real
year's rows, repeated under other airports and months. There are few flights (the real year's), because no page but *A
day* reads them.
"""

from pathlib import Path

import duckdb

from ontime import warehouse
from ontime.settings import settings

YEARS = 10
#: Each of New York's three airports is repeated under so many other airports.
COPIES = 117

#: The airports of the country, New York's first: airport ``n`` gets the flights of New York's airport ``n % 3``.
_AIRPORTS = f"""
    CREATE TEMP TABLE airports AS
    SELECT airport_code AS code, row_number() OVER (ORDER BY flights DESC NULLS LAST, airport_code) - 1 AS number
    FROM published.marts.dim_airports
    LEFT JOIN (
        SELECT origin_airport_code AS airport_code, sum(flight_count) AS flights
        FROM published.marts.agg_flights_daily GROUP BY ALL
    ) USING (airport_code)
    QUALIFY number < 3 * {COPIES}
"""  # noqa: S608 -- numbers of this module
_YEARS = f"CROSS JOIN range({YEARS}) AS years (later)"


def _moved(table: str, airport: str, one_of: int, *of: str, day: str = "month_start_date", route: str = "") -> str:
    """The rows of all years and airports. One of so many values of the columns ``of`` is kept at each airport."""
    changed = {airport: "other.code", day: f"({day} + to_years(later::integer))::date"}
    if route:
        changed["route_key"] = route
    replaced = ", ".join(f"{value} AS {name}" for name, value in changed.items())
    return f"""
        SELECT real.* REPLACE ({replaced})
        FROM published.marts.{table} AS real {_YEARS}
        JOIN airports AS own ON own.code = real.{airport}
        JOIN airports AS other ON other.number % 3 = own.number
        WHERE hash(concat_ws(' ', other.code{"".join(f", {column}" for column in of)})) % {one_of} = 0
        ORDER BY real.{day} + to_years(later::integer)
    """  # noqa: S608 -- names of this module


def _years(table: str, day: str = "month_start_date") -> str:
    return f"SELECT * REPLACE (({day} + to_years(later::integer))::date AS {day}) FROM published.marts.{table} {_YEARS}"  # noqa: S608


_ORIGIN, _DESTINATION = "origin_airport_code", "destination_airport_code"
_ROUTE = f"other.code || '-' || {_DESTINATION}"
TABLES = {
    "agg_flights_daily": _moved("agg_flights_daily", _ORIGIN, 2, "airline_code", day="flight_date"),
    "agg_airline_daily": _years("agg_airline_daily", day="flight_date"),
    "agg_route_airline_monthly": _moved(
        "agg_route_airline_monthly", _ORIGIN, 5, "airline_code", _DESTINATION, route=_ROUTE
    ),
    "agg_route_performance_monthly": _moved("agg_route_performance_monthly", _ORIGIN, 5, _DESTINATION, route=_ROUTE),
    "agg_airport_delays_hourly": _moved("agg_airport_delays_hourly", "airport_code", 1),
    "agg_delay_histogram_monthly": _years("agg_delay_histogram_monthly"),
    "agg_delay_causes_monthly": _years("agg_delay_causes_monthly"),
}


def publish(real: Path) -> warehouse.Version:
    """Publish it in the data directory of the settings. ``real``: the published warehouse of the real year."""
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    settings.warehouse_candidate.unlink(missing_ok=True)
    with duckdb.connect(str(settings.warehouse_candidate), config=settings.duckdb_config) as connection:
        connection.execute(f"ATTACH '{real}' AS published (READ_ONLY)")
        connection.execute("CREATE SCHEMA marts")
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'published' AND schema_name = 'marts'"
        ).fetchall()
        copied = sorted({name for (name,) in names} - set(TABLES))
        for name in copied:
            connection.execute(f"CREATE TABLE marts.{name} AS FROM published.marts.{name}")
        connection.execute(_AIRPORTS)
        for name, query in TABLES.items():
            connection.execute(f"CREATE TABLE marts.{name} AS {query}")
    return warehouse.publish(warehouse.WAREHOUSE, settings.warehouse_candidate, {"months": "120 made months"})
