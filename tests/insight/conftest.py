"""Small warehouses for the tests of figures."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.dashboard import made

#: How a test writes the flights of one airline, route and day: arrivals, and how many of them were late.
Arrivals = tuple[str, str, str, str, int, int]


@pytest.fixture(scope="session")
def two_months(tmp_path_factory) -> Iterator[duckdb.DuckDBPyConnection]:
    """January and February 2013, 1,593 flights with causes; predictions for those from 12:00 on."""
    path = tmp_path_factory.mktemp("warehouse") / "ontime.duckdb"
    path.write_bytes(made._warehouse("2013-01-01", "2013-02-28", True))
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS warehouse (READ_ONLY)")
        connection.execute("ATTACH ':memory:' AS predictions")
        connection.execute("CREATE SCHEMA predictions.ml")
        connection.execute("USE warehouse")
        connection.execute("""
            CREATE TABLE predictions.ml.flight_delay_predictions AS
            SELECT flight_key, if(is_arrival_delayed, 0.6, 0.2)::double AS delay_probability
            FROM marts.fct_flights WHERE hour(scheduled_departure_local_at) >= 12
        """)
        yield connection


@pytest.fixture
def warehouse_of():
    """Makes a warehouse in memory from :data:`Arrivals`: airline, origin, destination, day, arrivals, late ones."""

    def make(arrivals: list[Arrivals]) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("CREATE SCHEMA marts")
        connection.execute("""
            CREATE TABLE marts.fct_flights (
                airline_code varchar, origin_airport_code varchar, destination_airport_code varchar, route_key varchar,
                flight_date date, departure_delay_minutes integer, arrival_delay_minutes integer,
                distance_miles integer, is_cancelled boolean, is_diverted boolean, is_arrival_delayed boolean
            )
        """)
        values = ", ".join(map(str, arrivals))
        connection.execute(f"""
            INSERT INTO marts.fct_flights
            SELECT
                airline, origin, destination, origin || '-' || destination, day::date, 0,
                if(number < late, 20, 0) AS delay, 100, false, false, delay >= 15
            FROM
                (VALUES {values}) AS arrivals (airline, origin, destination, day, arrived, late),
                range(arrived) AS numbers (number)
        """)
        names = ("agg_flights_daily", "agg_airline_daily", "agg_route_airline_monthly", "agg_delay_histogram_monthly")
        for name in names:
            connection.execute(f"CREATE TABLE marts.{name} AS {made.TABLES[name]}")
        connection.execute(
            "CREATE TABLE marts.dim_airlines AS SELECT DISTINCT airline_code, NULL::varchar AS airline_name "
            "FROM marts.fct_flights"
        )
        connection.execute("""
            CREATE TABLE marts.dim_airports AS
            SELECT DISTINCT code AS airport_code, code AS airport_name, 40.0 AS latitude_degrees,
                -90.0 AS longitude_degrees
            FROM (SELECT unnest([origin_airport_code, destination_airport_code]) AS code FROM marts.fct_flights)
        """)
        return connection

    return make
