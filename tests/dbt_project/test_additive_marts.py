"""Every aggregate equals the same counts and sums of fct_flights, in whole numbers."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from ontime.contract import ALL
from ontime.settings import settings
from tests.dbt_project import tiny_lake
from tests.dbt_project.dbt_in_process import Dbt
from tests.dbt_project.tiny_lake import Rows, flight, hour
from tests.faults import volume_data

JANUARY, FEBRUARY = date(2013, 1, 1), date(2013, 2, 1)

#: The additive columns of the aggregates, computed in other words than the models do.
MEASURES = {
    "flight_count": "count(flight_key)",
    "cancelled_count": "sum(is_cancelled::int)",
    "diverted_count": "sum(is_diverted::int)",
    "departure_count": "sum((not is_cancelled)::int)",
    "arrival_count": "sum((not is_cancelled and not is_diverted)::int)",
    "arrival_delayed_count": "sum((coalesce(arrival_delay_minutes, 0) >= 15)::int)",
    "departure_delay_minutes_sum": "sum(coalesce(departure_delay_minutes, 0))",
    "arrival_delay_minutes_sum": "sum(coalesce(arrival_delay_minutes, 0))",
    "arrival_late_minutes_sum": "sum(case when arrival_delay_minutes > 0 then arrival_delay_minutes else 0 end)",
}
DISTANCE = {"distance_miles_sum": "sum(distance_miles)"}
CAUSES = {
    f"{cause}_delay_minutes_sum": f"sum({cause}_delay_minutes)"
    for cause in ("carrier", "weather", "nas", "security", "late_aircraft")
}
MONTH = "make_date(year(flight_date), month(flight_date), 1) as month_start_date"
#: The key and the additive columns of each aggregate, the histogram excepted.
AGGREGATES = {
    "agg_flights_daily": ("flight_date, origin_airport_code, airline_code", MEASURES),
    "agg_airline_daily": (
        "flight_date, airline_code",
        {name: sql for name, sql in MEASURES.items() if name.endswith("_count")},
    ),
    "agg_route_airline_monthly": (
        f"{MONTH}, route_key, origin_airport_code, destination_airport_code, airline_code",
        MEASURES | DISTANCE,
    ),
    "agg_route_performance_monthly": (f"{MONTH}, route_key", MEASURES),
    "agg_airport_delays_hourly": (
        f"{MONTH}, origin_airport_code as airport_code, hour(scheduled_departure_local_at) as scheduled_departure_hour",
        MEASURES,
    ),
    "agg_delay_causes_monthly": (f"{MONTH}, airline_code", {"delayed_count": "count(*)"} | CAUSES),
}
#: Bins of five minutes by remainders. The remainder of a negative number is negative, so 5 is added to it.
HISTOGRAM_SQL = f"""
select month_start_date, airline_code, delay - (delay % 5 + 5) % 5 as delay_minutes_from,
    sum((kind = 'd')::int) as departure_count, sum((kind = 'a')::int) as arrival_count
from (
    select {MONTH}, airline_code, departure_delay_minutes as delay, 'd' as kind from marts.fct_flights
    union all
    select {MONTH}, airline_code, arrival_delay_minutes, 'a' from marts.fct_flights
)
where delay is not null
group by all
"""
#: The strata of an airline's day, flight by flight: each flight of a day and airport beside the airline's share there.
STRATA_SQL = """
with own as (
    select airline_code, flight_date, origin_airport_code, avg((arrival_delay_minutes >= 15)::int) as late_share
    from marts.fct_flights
    where arrival_delay_minutes is not null
    group by all
)
select own.airline_code, flight_date, count(*) as stratum_arrival_count,
    sum((arrival_delay_minutes >= 15)::int) as stratum_arrival_delayed_count, sum(own.late_share) as expected
from own
join marts.fct_flights using (flight_date, origin_airport_code)
where arrival_delay_minutes is not null
group by all
"""


def differing_rows(marts: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    """By aggregate that differs: the rows that only it has, and those that only fct_flights gives."""
    queries = {"agg_delay_histogram_monthly": HISTOGRAM_SQL}
    for aggregate, (key, measures) in AGGREGATES.items():
        only = "where nas_delay_minutes >= 0" if aggregate == "agg_delay_causes_monthly" else ""
        columns = ", ".join(f"{sql} as {name}" for name, sql in measures.items())
        queries[aggregate] = f"select {key}, {columns} from marts.fct_flights {only} group by all"
    differences = {}
    for aggregate, query in queries.items():
        names = ", ".join(marts.sql(query).columns)
        stored = f"select {names} from marts.{aggregate}"
        rows = marts.sql(f"(({stored}) except all ({query})) union all (({query}) except all ({stored}))").fetchall()
        if rows:
            differences[aggregate] = rows
    return differences


def differing_strata(marts: duckdb.DuckDBPyConnection) -> list[tuple]:
    """The days of airlines whose strata are not those of the flights; a sum of fractions may differ by 1e-9."""
    return marts.sql(f"""
        from marts.agg_airline_daily as stored
        full join ({STRATA_SQL}) as flights using (airline_code, flight_date)
        where stored.stratum_arrival_count is distinct from coalesce(flights.stratum_arrival_count, 0)
            or stored.stratum_arrival_delayed_count is distinct from coalesce(flights.stratum_arrival_delayed_count, 0)
            or not coalesce(abs(stratum_expected_delayed_sum - coalesce(expected, 0)) < 1e-9, false)
    """).fetchall()


def build(dbt: Dbt, rows: Rows, folder: Path) -> duckdb.DuckDBPyConnection:
    """Build the models on these rows; a connection to a copy of the candidate, so that dbt can build again."""
    dbt.clear()
    dbt.make_lake(rows)
    result = dbt.run("build", "--resource-type", "model", "--resource-type", "seed")
    assert result.succeeded, result.messages
    return duckdb.connect(shutil.copy(settings.warehouse_candidate, folder), read_only=True)


# -- a few flights -----------------------------------------------------------------
@pytest.fixture(scope="module")
def marts(project: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    rows = tiny_lake.good_rows()
    rows["flights", "2013-02"] += [
        flight("2013-02-15 13:00", "JFK-SJU", 70, 65, carrier_delay_minutes=25, nas_delay_minutes=40),
        flight("2013-02-28 13:00", "JFK-SJU", -3, -1, airline_code="B6"),
    ]
    rows["airlines", ALL].append({"airline_code": "B6", "airline_name": "JetBlue Airways"})
    with build(project, rows, tmp_path_factory.mktemp("marts")) as connection:
        yield connection


def test_aggregates_equal_the_flights(marts):
    assert differing_rows(marts) == {}
    assert differing_strata(marts) == []


def test_flights_by_day_airport_and_airline(marts):
    assert marts.execute("from marts.agg_flights_daily order by all").fetchall() == [
        # flights, cancelled, diverted, departed, arrived, delayed; minutes at departure, at arrival, of late arrivals
        (date(2013, 1, 1), "EWR", "UA", 2, 1, 0, 1, 1, 0, 2, 11, 11),
        (date(2013, 1, 1), "LGA", "UA", 1, 0, 0, 1, 1, 1, 5, 15, 15),
        (date(2013, 1, 2), "EWR", "UA", 1, 0, 1, 1, 0, 0, 4, 0, 0),
        (date(2013, 1, 31), "JFK", "UA", 1, 0, 0, 1, 1, 1, 40, 30, 30),
        (date(2013, 2, 15), "JFK", "UA", 2, 0, 0, 2, 2, 1, 70, 45, 65),
        (date(2013, 2, 28), "JFK", "B6", 1, 0, 0, 1, 1, 0, -3, -1, 0),
    ]


def test_routes_by_airline_have_the_sum_of_distances(marts):
    assert marts.execute(
        "select route_key, airline_code, month_start_date, flight_count, distance_miles_sum "
        "from marts.agg_route_airline_monthly order by all"
    ).fetchall() == [
        ("EWR-IAH", "UA", JANUARY, 3, 4200),
        ("JFK-SJU", "B6", FEBRUARY, 1, 1400),
        ("JFK-SJU", "UA", JANUARY, 1, 1400),
        ("JFK-SJU", "UA", FEBRUARY, 2, 2800),
        ("LGA-IAH", "UA", JANUARY, 1, 1400),
    ]


def test_delays_are_in_bins_of_five_minutes(marts):
    assert marts.execute(
        "select airline_code, delay_minutes_from, departure_count, arrival_count "
        "from marts.agg_delay_histogram_monthly where month_start_date = ? order by all",
        [FEBRUARY],
    ).fetchall() == [
        ("B6", -5, 1, 1),  # 3 minutes and 1 minute early
        ("UA", -20, 0, 1),
        ("UA", 0, 1, 0),
        ("UA", 65, 0, 1),
        ("UA", 70, 1, 0),
    ]


def test_causes_of_late_arrivals(marts):
    assert marts.execute("from marts.agg_delay_causes_monthly order by all").fetchall() == [
        # delayed flights; minutes of the airline, the weather, traffic, security, the late aircraft
        (JANUARY, "UA", 2, 0, 0, 45, 0, 0),
        (FEBRUARY, "UA", 1, 25, 0, 40, 0, 0),
    ]


# -- the year ----------------------------------------------------------------------
@pytest.mark.more
def test_aggregates_equal_the_flights_of_a_year(dbt: Dbt, tmp_path: Path) -> None:
    months = [f"2013-{number:02d}" for number in range(1, 13)]
    rows = {key: value for key, value in tiny_lake.good_rows().items() if key[1] == ALL}
    for month in months:
        rows["flights", month] = volume_data.month_of(month).to_pylist()
        rows["weather", month] = [hour("EWR", f"{month}-01 10")]
    with build(dbt, rows, tmp_path) as marts:
        assert differing_rows(marts) == {}
        assert differing_strata(marts) == []
        # Of the publisher's file, counted outside of this project: rows, dep_delay and arr_delay.
        assert marts.execute(
            "select sum(flight_count), sum(departure_count), sum(arrival_count), sum(departure_delay_minutes_sum), "
            "sum(arrival_delay_minutes_sum) from marts.agg_flights_daily"
        ).fetchall() == [(336_776, 328_521, 327_346, 4_152_200, 2_257_174)]
        assert marts.execute("select count(*) from marts.agg_delay_causes_monthly").fetchall() == [(0,)]
