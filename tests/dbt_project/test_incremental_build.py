"""A build on top of the published warehouse rebuilds the changed months, and nothing else."""

import calendar
import dataclasses
import random
from pathlib import Path

import duckdb
import pytest

from ontime import files, warehouse
from ontime.contract import ALL
from ontime.datasets import MONTHLY
from ontime.months import month_after
from ontime.settings import settings
from ontime.warehouse import records
from tests.dbt_project import tiny_lake
from tests.dbt_project.dbt_in_process import Dbt
from tests.dbt_project.tiny_lake import MARTS, Rows, flight, hour

pytestmark = pytest.mark.more

MONTHS = ("2013-01", "2013-02", "2013-03", "2013-04")

#: The aggregates: their column of days or months, and a code to which the mark of a row is added.
AGGREGATES = {
    "agg_airline_daily": ("flight_date", "airline_code"),
    "agg_airport_delays_hourly": ("month_start_date", "airport_code"),
    "agg_delay_causes_monthly": ("month_start_date", "airline_code"),
    "agg_delay_histogram_monthly": ("month_start_date", "airline_code"),
    "agg_flights_daily": ("flight_date", "airline_code"),
    "agg_route_airline_monthly": ("month_start_date", "airline_code"),
    "agg_route_performance_monthly": ("month_start_date", "route_key"),
}


def differing_rows(one: Path, other: Path) -> dict[str, list[tuple]]:
    """By table, the rows that are in only one of two warehouses."""
    with duckdb.connect() as connection:
        connection.execute("attach ? as one (read_only)", [str(one)])
        connection.execute("attach ? as other (read_only)", [str(other)])
        return {
            table: connection.execute(
                f"(from one.marts.{table} except all from other.marts.{table}) "
                f"union all (from other.marts.{table} except all from one.marts.{table})"
            ).fetchall()
            for table in MARTS
        }


def published(query: str) -> list[tuple]:
    with duckdb.connect(str(warehouse.published_path()), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(query).fetchall()


def mark_rows() -> None:
    """Mark every row of the published facts and aggregates: a row without its mark has been rebuilt."""
    version = warehouse.current()
    assert version
    version.path.chmod(0o644)
    with duckdb.connect(str(version.path)) as connection:
        connection.execute("update marts.fct_flights set air_time_minutes = -1")
        connection.execute("update marts.fct_weather_hourly set pressure_hectopascals = -1")
        for aggregate, (_, code) in AGGREGATES.items():
            connection.execute(f"update marts.{aggregate} set {code} = {code} || '*'")
    # As if it had been published like this: a build does not start from a file that was changed afterwards.
    records.write(dataclasses.replace(version, sha256=files.file_sha256(version.path)))


# -- the result equals a full build ------------------------------------------------
def random_flights(month: str, chance: random.Random) -> list[dict]:
    """Flights of a month, most of them on its first and last day, each with its own number."""
    last_day = calendar.monthrange(2013, int(month[-2:]))[1]
    return [
        flight(
            f"{month}-{chance.choice([1, 14, last_day]):02d} {chance.choice(['06:00', '19:59', '23:59'])}",
            chance.choice(["EWR-IAH", "JFK-SJU"]),
            *chance.choice([(0, -5), (5, 20), (60, 15), (10, None), (None, None)]),
            flight_number=number,
            tail_number=chance.choice(["N14228", "N3ALAA", None]),
        )
        for number in range(chance.randint(4, 12))
    ]


def random_weather(month: str, chance: random.Random) -> list[dict]:
    """Hours of a month: at EWR until midnight in New York, as the publisher divides months; at JFK in UTC."""
    ends = {"EWR": month_after(month), "JFK": month}
    return [
        hour(airport, f"{day} {at}", chance.randint(-20, 30))
        for airport in ends
        for day, hours in ((f"{ends[airport]}-01", ("00", "03", "04")), (f"{month}-14", ("10", "11", "23")))
        for at in chance.sample(hours, chance.randint(1, 3))
    ]


def random_step(rows: Rows, chance: random.Random) -> Rows:
    """The next change: new months, months with other rows, and months with fewer rows."""
    step: Rows = {}
    for month in chance.sample(MONTHS, 2):
        is_new = ("flights", month) not in rows
        if is_new or chance.random() < 0.5:
            step["weather", month] = random_weather(month, chance)
        if is_new or chance.random() < 0.5:
            step["flights", month] = random_flights(month, chance)
        elif chance.random() < 0.5:
            step["flights", month] = rows["flights", month][1:] or rows["flights", month]
    return step


def test_after_random_changes_the_warehouse_equals_a_full_build(dbt: Dbt) -> None:
    chance = random.Random(20130131)
    step = {
        (dataset, month): make(month, chance)
        for month in MONTHS[:2]
        for dataset, make in (("flights", random_flights), ("weather", random_weather))
    }
    rows = {key: value for key, value in tiny_lake.good_rows().items() if key[0] not in MONTHLY} | step
    tiny_lake.make(rows)
    first = dbt.publish()
    for _ in range(3):
        step = random_step(rows, chance)
        rows |= step
        tiny_lake.make(step)
        version = dbt.publish()
        assert version.lineage["foundation"] == first.lineage["foundation"]
    flight_count = sum(len(records) for (dataset, _), records in rows.items() if dataset == "flights")
    assert published("select count(*) from marts.fct_flights") == [(flight_count,)]
    assert warehouse.prepare_candidate(full=True)
    assert dbt.build().succeeded
    assert differing_rows(version.path, settings.warehouse_candidate) == {table: [] for table in MARTS}


# -- only changed months are rebuilt -----------------------------------------------
def rebuilt() -> dict[str, list]:
    """The rows without a mark: days of flights, hours of weather, and by aggregate its months."""
    queries = {
        "flights": "select flight_date from marts.fct_flights where air_time_minutes is distinct from -1",
        "weather": "select weather_key from marts.fct_weather_hourly where pressure_hectopascals is distinct from -1",
        **{
            aggregate: f"select date_trunc('month', {day})::date from marts.{aggregate} where {code} not like '%*'"
            for aggregate, (day, code) in AGGREGATES.items()
        },
    }
    return {name: sorted({str(value) for (value,) in published(query)}) for name, query in queries.items()}


WEATHER_KEY = "select weather_key from marts.fct_flights where flight_key = '2013-01-31_UA1_JFK-SJU_2359'"


def test_a_change_rebuilds_only_its_month(dbt: Dbt) -> None:
    rows = tiny_lake.good_rows()
    march = [flight("2013-03-01 06:00", "JFK-SJU", 0, 0), flight("2013-03-20 06:00", "JFK-SJU", 0, 0)]
    february = ("weather", "2013-02")
    tiny_lake.make(rows | {("flights", "2013-03"): march, ("weather", "2013-03"): [hour("JFK", "2013-03-20 10")]})
    dbt.publish()
    assert published(WEATHER_KEY) == [("JFK_2013-02-01T04Z",)]

    # Changed flights: the month's flights and aggregates.
    mark_rows()
    tiny_lake.make({("flights", "2013-01"): rows["flights", "2013-01"][1:]})
    dbt.publish()
    assert rebuilt() == {
        "flights": ["2013-01-01", "2013-01-02", "2013-01-31"],
        "weather": [],
        **{aggregate: ["2013-01-01"] for aggregate in AGGREGATES},
    }

    # Changed weather: the month's weather, and the flights of the month and of the three days before and after it. The
    # hour that a flight of January had joined no longer exists.
    mark_rows()
    tiny_lake.make({february: [hour("JFK", "2013-02-15 17")]})
    dbt.publish()
    assert rebuilt() == {
        "flights": ["2013-01-31", "2013-02-15", "2013-03-01"],
        "weather": ["JFK_2013-02-15T17Z"],
        **{aggregate: [] for aggregate in AGGREGATES},
    }
    assert published(WEATHER_KEY) == [(None,)]

    # Changed airlines, on which no row of a fact depends: no row.
    mark_rows()
    tiny_lake.make({("airlines", ALL): [*rows["airlines", ALL], {"airline_code": "AA", "airline_name": "A"}]})
    dbt.publish()
    assert rebuilt() == {"flights": [], "weather": [], **{aggregate: [] for aggregate in AGGREGATES}}
    assert published("select count(*) from marts.dim_airlines") == [(2,)]


# -- a failed build is not published -----------------------------------------------
def test_a_failed_month_does_not_change_the_published_warehouse(dbt: Dbt) -> None:
    rows = tiny_lake.good_rows()
    tiny_lake.make(rows)
    version = dbt.publish()

    # The file of January has an hour that the file of February has too.
    tiny_lake.make({("weather", "2013-01"): [*rows["weather", "2013-01"], hour("JFK", "2013-02-01 04")]})
    assert warehouse.prepare_candidate()
    assert not dbt.build().succeeded
    with pytest.raises(warehouse.NotValidated):
        warehouse.publish_candidate()
    assert warehouse.current() == version
    assert files.file_sha256(version.path) == version.sha256

    tiny_lake.make({("weather", "2013-01"): rows["weather", "2013-01"]})
    dbt.publish()
    assert differing_rows(version.path, warehouse.current().path) == {table: [] for table in MARTS}
