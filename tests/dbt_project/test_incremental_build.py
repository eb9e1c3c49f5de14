"""What a build makes anew upon the published warehouse: the changed months, and nothing else."""

import calendar
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from ontime import files, warehouse
from ontime.contract import ALL
from ontime.datasets import MONTHLY
from ontime.months import month_after
from ontime.settings import settings
from tests.dbt_project import tiny_lake
from tests.dbt_project.tiny_lake import MARTS, Rows, flight, hour

pytestmark = pytest.mark.more

MONTHS = ("2013-01", "2013-02", "2013-03", "2013-04")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], bool]]:
    """Builds the candidate in this process, where the project is parsed once; returns whether models and tests pass."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    target = tmp_path_factory.mktemp("target")
    folder = str(settings.dbt_project_dir)
    options = ["--project-dir", folder, "--profiles-dir", folder, "--target-path", str(target)]
    options += ["--quiet", "--log-path", str(target), "--log-level-file", "none"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("data"))
        for name, value in settings.dbt_environment.items():
            patch.setenv(name, value)
        parsed = dbtRunner().invoke(["parse", *options]).result

        def build() -> bool:
            done = dbtRunner(manifest=parsed).invoke(["build", "--exclude-resource-type", "unit_test", *options])
            DuckDBConnectionManager.close_all_connections()
            return done.success

        yield build


@pytest.fixture
def dbt_build(project: Callable[[], bool]) -> Callable[[], bool]:
    """Where nothing is clean and nothing published, what builds the candidate."""
    for folder in (settings.clean_dir, settings.warehouse_dir):
        shutil.rmtree(folder, ignore_errors=True)
    return project


@pytest.fixture
def publish(dbt_build: Callable[[], bool]) -> Callable[[], warehouse.Version]:
    """Builds and publishes what the lake holds; without Great Expectations, which has limits for real months."""

    def publish() -> warehouse.Version:
        assert warehouse.prepare_candidate()
        assert dbt_build()
        warehouse.accept_candidate()
        return warehouse.publish_candidate()

    return publish


def differing_rows(one: Path, other: Path) -> dict[str, list[tuple]]:
    """By table, the rows that only one of two warehouses has."""
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


@pytest.fixture
def paint(publish: Callable[..., warehouse.Version]) -> Callable[[], None]:
    """Marks every row of the published facts and aggregates: a row that loses its mark has been made anew."""

    def paint() -> None:
        path = warehouse.current().path
        path.chmod(0o644)
        with duckdb.connect(str(path)) as connection:
            connection.execute("update marts.fct_flights set air_time_minutes = -1")
            connection.execute("update marts.fct_weather_hourly set pressure_hectopascals = -1")
            for aggregate in MARTS[:2]:
                connection.execute(f"update marts.{aggregate} set average_departure_delay_minutes = -1000")

    return paint


# -- the same as a full build ------------------------------------------------------
def random_flights(month: str, chance: random.Random) -> list[dict]:
    """Flights of a month, most of them at its ends, each with a number of its own."""
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
    """Hours of a month: at EWR until midnight in New York, as the publisher divides months, at JFK in UTC."""
    ends = {"EWR": month_after(month), "JFK": month}
    return [
        hour(airport, f"{day} {at}", chance.randint(-20, 30))
        for airport in ends
        for day, hours in ((f"{ends[airport]}-01", ("00", "03", "04")), (f"{month}-14", ("10", "11", "23")))
        for at in chance.sample(hours, chance.randint(1, 3))
    ]


def random_step(rows: Rows, chance: random.Random) -> Rows:
    """What is published next: months that come, come again with other rows, or come with fewer rows."""
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


def test_after_any_changes_the_warehouse_is_what_a_full_build_makes(publish, dbt_build):
    chance = random.Random(20130131)
    step = {
        (dataset, month): make(month, chance)
        for month in MONTHS[:2]
        for dataset, make in (("flights", random_flights), ("weather", random_weather))
    }
    rows = {key: value for key, value in tiny_lake.good_rows().items() if key[0] not in MONTHLY} | step
    tiny_lake.make(rows)
    first = publish()
    for _ in range(3):
        step = random_step(rows, chance)
        rows |= step
        tiny_lake.make(step)
        version = publish()
        assert version.lineage["foundation"] == first.lineage["foundation"]
    flight_count = sum(len(records) for (dataset, _), records in rows.items() if dataset == "flights")
    assert published("select count(*) from marts.fct_flights") == [(flight_count,)]
    assert warehouse.prepare_candidate(full=True)
    assert dbt_build()
    assert differing_rows(version.path, settings.warehouse_candidate) == {table: [] for table in MARTS}


# -- nothing but what has changed --------------------------------------------------
def rewritten() -> dict[str, list]:
    """Which rows have lost their mark: the days of flights, the hours of weather, the months of the aggregates."""
    queries = {
        "flights": "select flight_date from marts.fct_flights where air_time_minutes is distinct from -1",
        "weather": "select weather_key from marts.fct_weather_hourly where pressure_hectopascals is distinct from -1",
        "routes": "select month_start_date from marts.agg_route_performance_monthly "
        "where average_departure_delay_minutes is distinct from -1000",
        "hours": "select month_start_date from marts.agg_airport_delays_hourly "
        "where average_departure_delay_minutes is distinct from -1000",
    }
    return {name: sorted({str(value) for (value,) in published(query)}) for name, query in queries.items()}


WEATHER_KEY = "select weather_key from marts.fct_flights where flight_key = '2013-01-31_UA1_JFK-SJU_2359'"


def test_a_change_rewrites_its_month_alone(publish, paint):
    rows = tiny_lake.good_rows()
    march = [flight("2013-03-01 06:00", "JFK-SJU", 0, 0), flight("2013-03-20 06:00", "JFK-SJU", 0, 0)]
    february = ("weather", "2013-02")
    tiny_lake.make(rows | {("flights", "2013-03"): march, ("weather", "2013-03"): [hour("JFK", "2013-03-20 10")]})
    publish()
    assert published(WEATHER_KEY) == [("JFK_2013-02-01T04Z",)]

    # Flights alone: the month's, and its aggregates.
    paint()
    tiny_lake.make({("flights", "2013-01"): rows["flights", "2013-01"][1:]})
    publish()
    assert rewritten() == {
        "flights": ["2013-01-01", "2013-01-02", "2013-01-31"],
        "weather": [],
        "routes": ["2013-01-01"],
        "hours": ["2013-01-01"],
    }

    # Weather alone: the month's, and the flights of the month and of the three days before and after it. The hour that
    # a flight of January joined is gone.
    paint()
    tiny_lake.make({february: [hour("JFK", "2013-02-15 17")]})
    publish()
    assert rewritten() == {
        "flights": ["2013-01-31", "2013-02-15", "2013-03-01"],
        "weather": ["JFK_2013-02-15T17Z"],
        "routes": [],
        "hours": [],
    }
    assert published(WEATHER_KEY) == [(None,)]

    # A table that no row depends on: no row.
    paint()
    tiny_lake.make({("airlines", ALL): [*rows["airlines", ALL], {"airline_code": "AA", "airline_name": "A"}]})
    publish()
    assert rewritten() == {"flights": [], "weather": [], "routes": [], "hours": []}
    assert published("select count(*) from marts.dim_airlines") == [(2,)]


# -- what is wrong is not published ------------------------------------------------
def test_a_month_that_fails_leaves_the_published_warehouse(publish, dbt_build):
    rows = tiny_lake.good_rows()
    tiny_lake.make(rows)
    version = publish()

    # An hour that the month after it has, too; a flight twice; an airline gone that flights of other months have.
    tiny_lake.make({("weather", "2013-01"): [*rows["weather", "2013-01"], hour("JFK", "2013-02-01 04")]})
    assert warehouse.prepare_candidate()
    assert not dbt_build()
    with pytest.raises(warehouse.NotAudited):
        warehouse.publish_candidate()
    assert warehouse.current() == version
    assert files.file_sha256(version.path) == version.sha256

    tiny_lake.make({("weather", "2013-01"): rows["weather", "2013-01"]})
    publish()
    assert differing_rows(version.path, warehouse.current().path) == {table: [] for table in MARTS}
