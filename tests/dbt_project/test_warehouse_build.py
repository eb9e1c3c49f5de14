"""What the dbt project builds from a tiny lake, and what stops it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ontime.settings import settings
from ontime.warehouse import prepare_candidate
from tests.dbt_project import tiny_lake
from tests.dbt_project.tiny_lake import MARTS, Rows, flight

NOW = datetime.now(UTC).isoformat()


@dataclass
class Dbt:
    """dbt, as a process of its own, with one lake and one warehouse file."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return settings.warehouse_candidate

    @property
    def beside(self) -> Path:
        return self.warehouse.with_suffix(".duckdb.build")

    @property
    def target(self) -> Path:
        return self.folder / "target"

    def make_lake(self, rows: Rows, committed_at: str = NOW) -> None:
        tiny_lake.make(rows, committed_at)
        prepare_candidate()

    def take(self, built: "Built") -> None:
        """Have the lake of a good build, and what the build left."""
        self.make_lake(tiny_lake.good_rows())
        shutil.copy(built.published, self.warehouse)
        shutil.copy(built.beside, self.beside)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        project = str(settings.dbt_project_dir)
        options = ["--project-dir", project, "--profiles-dir", project]
        options += ["--target-path", str(self.target), "--log-path", str(self.folder / "logs")]
        return subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", *arguments, *options],
            env=settings.environment_with(settings.dbt_environment),
            capture_output=True,
            text=True,
            timeout=300,
        )

    @property
    def manifest(self) -> dict:
        return json.loads((self.target / "manifest.json").read_text())

    def statuses(self, results: str = "run_results.json") -> dict[str, str]:
        """How the last run ended for each node, by the node's name."""
        kinds = [self.manifest[kind] for kind in ("nodes", "sources", "unit_tests")]
        names = {unique_id: node["name"] for kind in kinds for unique_id, node in kind.items()}
        ended = json.loads((self.target / results).read_text())["results"]
        return {names[node["unique_id"]]: node["status"] for node in ended if node["unique_id"] in names}

    def failures(self) -> set[str]:
        return {name for name, status in self.statuses().items() if status in ("fail", "error")}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """One place for all runs, so that dbt parses the project once."""
    # Braces, %, quotes and parentheses all mean something on the way from the environment to DuckDB.
    folder = tmp_path_factory.mktemp("dbt") / "o'clock {50%} (copy)"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", folder)
        yield Dbt(folder)


@dataclass
class Built:
    """What one good build left: its files, how each node ended, and the project's manifest."""

    published: Path
    beside: Path
    statuses: dict[str, str]
    manifest: dict


@pytest.fixture(scope="module")
def built(project: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Built:
    project.make_lake(tiny_lake.good_rows())
    run = project.run("build")
    assert run.returncode == 0, run.stdout
    published = tmp_path_factory.mktemp("published") / "ontime.duckdb"
    shutil.copy(project.warehouse, published)
    beside = shutil.copy(project.beside, published.with_suffix(".duckdb.build"))
    return Built(published, beside, project.statuses(), project.manifest)


@pytest.fixture
def dbt(project: Dbt, built: Built) -> Dbt:
    """A dbt without a lake and without a warehouse."""
    shutil.rmtree(settings.clean_dir, ignore_errors=True)
    shutil.rmtree(settings.warehouse_dir, ignore_errors=True)
    return project


@pytest.fixture
def warehouse(dbt: Dbt, built: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, under another name than it was built with and without the lake it was built from."""
    with duckdb.connect(str(built.published), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def test_everything_passes_unit_tests_included(built: Built) -> None:
    unit_tests = {unit_test["name"] for unit_test in built.manifest["unit_tests"].values()}
    assert set(built.statuses.values()) == {"success", "pass"}
    assert len(unit_tests) >= 10
    assert unit_tests <= built.statuses.keys()


def test_every_relation_is_a_table_that_needs_no_other_file(warehouse: duckdb.DuckDBPyConnection) -> None:
    relations = warehouse.execute(
        "select table_schema, table_name, table_type from information_schema.tables order by all"
    ).fetchall()
    assert relations == [("marts", name, "BASE TABLE") for name in MARTS]


def test_every_mart_has_a_contract_and_describes_its_columns(built: Built) -> None:
    nodes = built.manifest["nodes"].values()
    marts = [node for node in nodes if node["resource_type"] == "model" and node["schema"] == "marts"]
    assert len(marts) == 8
    for mart in marts:
        assert mart["contract"]["enforced"]
        assert mart["description"]
        for column in mart["columns"].values():
            assert column["description"], f"{mart['name']}.{column['name']} has no description"


def test_flights(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.execute(
        """
        select flight_key, weather_key, is_cancelled, is_diverted, is_arrival_delayed, has_aircraft
        from marts.fct_flights order by scheduled_departure_at
        """
    ).fetchall() == [
        ("2013-01-01_UA1_EWR-IAH_0515", "EWR_2013-01-01T10Z", False, False, False, True),
        ("2013-01-01_UA1_LGA-IAH_0529", None, False, False, True, True),
        ("2013-01-01_UA1_EWR-IAH_0600", "EWR_2013-01-01T11Z", True, False, None, False),
        ("2013-01-02_UA1_EWR-IAH_0600", None, False, True, None, False),
        ("2013-01-31_UA1_JFK-SJU_2359", "JFK_2013-02-01T04Z", False, False, True, True),
        ("2013-02-15_UA1_JFK-SJU_1200", None, False, False, False, True),
    ]


def test_times_stay_instants_and_wall_clocks(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.execute(
        """
        select flight_date, scheduled_departure_local_at, scheduled_departure_at, departed_at, arrived_at
        from marts.fct_flights where flight_key = '2013-01-31_UA1_JFK-SJU_2359'
        """
    ).fetchone() == (
        date(2013, 1, 31),
        datetime(2013, 1, 31, 23, 59),
        datetime(2013, 2, 1, 4, 59, tzinfo=UTC),
        datetime(2013, 2, 1, 5, 39, tzinfo=UTC),
        datetime(2013, 2, 1, 8, 29, tzinfo=UTC),
    )


def test_routes_by_month(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.execute(
        """
        select route_key, month_start_date, flight_count, cancelled_count, diverted_count, arrival_delayed_count,
            arrival_delayed_share, average_departure_delay_minutes, median_arrival_delay_minutes, distance_miles
        from marts.agg_route_performance_monthly order by all
        """
    ).fetchall() == [
        ("EWR-IAH", date(2013, 1, 1), 3, 1, 1, 0, 0.0, 3.0, 11.0, 1400),
        ("JFK-SJU", date(2013, 1, 1), 1, 0, 0, 1, 1.0, 40.0, 30.0, 1400),
        ("JFK-SJU", date(2013, 2, 1), 1, 0, 0, 0, 0.0, 0.0, -20.0, 1400),
        ("LGA-IAH", date(2013, 1, 1), 1, 0, 0, 1, 1.0, 5.0, 15.0, 1400),
    ]


def test_airports_by_local_hour(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.execute(
        """
        select airport_code, month_start_date, scheduled_departure_hour, flight_count, arrival_delayed_share
        from marts.agg_airport_delays_hourly order by all
        """
    ).fetchall() == [
        ("EWR", date(2013, 1, 1), 5, 1, 0.0),
        ("EWR", date(2013, 1, 1), 6, 2, None),
        ("JFK", date(2013, 1, 1), 23, 1, 1.0),
        ("JFK", date(2013, 2, 1), 12, 1, 0.0),
        ("LGA", date(2013, 1, 1), 5, 1, 1.0),
    ]


def test_dates_are_the_loaded_months_without_a_gap(warehouse: duckdb.DuckDBPyConnection) -> None:
    days = [day for (day,) in warehouse.execute("select date_day from marts.dim_dates order by date_day").fetchall()]
    assert days == [date(2013, 1, 1) + timedelta(days=number) for number in range(59)]
    assert warehouse.execute("from marts.dim_dates where is_us_federal_holiday order by date_day").fetchall() == [
        (date(2013, 1, 1), 2013, 1, 1, 1, 2, "Tuesday", 1, False, True, "New Year's Day"),
        (date(2013, 1, 21), 2013, 1, 1, 21, 1, "Monday", 4, False, True, "Birthday of Martin Luther King, Jr."),
        (date(2013, 2, 18), 2013, 1, 2, 18, 1, "Monday", 8, False, True, "Washington's Birthday"),
    ]


def test_supplement_completes_the_airports(warehouse: duckdb.DuckDBPyConnection) -> None:
    airports = dict(warehouse.execute("select airport_code, is_supplemented from marts.dim_airports").fetchall())
    assert {code for code, supplemented in airports.items() if not supplemented} == {"EWR", "LGA", "JFK", "IAH"}
    assert {code for code, supplemented in airports.items() if supplemented} == {
        *("BQN", "PSE", "SJU", "STT"),  # not published
        *("DVT", "EEN", "LRO", "MYF", "YAK"),  # published wrong
    }


def test_airports_have_their_weather_stations(warehouse: duckdb.DuckDBPyConnection) -> None:
    stations = dict(warehouse.execute("select airport_code, weather_station_id from marts.dim_airports").fetchall())
    assert (stations["EWR"], stations["SJU"], stations["PSE"]) == ("USW00014734", "RQW00011641", None)


def test_broken_keys_and_relations_fail_the_build(dbt: Dbt) -> None:
    rows = tiny_lake.good_rows()
    rows["flights", "2013-01"] += [
        flight("2013-01-01 05:15", "EWR-IAH", 2, 11),  # a second time
        flight("2013-01-03 06:00", "EWR-IAH", 0, 0, airline_code="ZZ"),
        flight("2013-01-04 06:00", "EWR-IAH", 0, 0, destination_airport_code="XXX"),
        flight("2013-01-05 06:00", "EWR-IAH", 0, 0, is_cancelled=True),
        flight("2013-01-06 06:00", "EWR-IAH", 0, -200),
    ]
    dbt.make_lake(rows)

    run = dbt.run("build", "--exclude-resource-type", "unit_test")

    assert run.returncode == 1
    assert dbt.failures() == {
        "unique_among_many_fct_flights_flight_key",
        "relationships_fct_flights_airline_code__airline_code__ref_dim_airlines_",
        "relationships_fct_flights_destination_airport_code__airport_code__ref_dim_airports_",
        "assert_flight_times_match_status",
        "assert_flights_arrive_after_departure",
    }
    assert dbt.statuses()["agg_route_performance_monthly"] == "skipped"


def test_missing_values_break_the_contract(dbt: Dbt) -> None:
    rows = tiny_lake.good_rows()
    rows["flights", "2013-02"][0]["airline_code"] = None
    rows["airlines", "all"][0]["airline_name"] = None
    dbt.make_lake(rows)

    run = dbt.run("build", "--exclude-resource-type", "unit_test")

    assert run.returncode == 1
    assert dbt.failures() == {"dim_airlines", "fct_flights"}
    assert "NOT NULL constraint failed" in run.stdout


def test_a_flight_lost_between_layers_is_noticed(dbt: Dbt, built: Built) -> None:
    dbt.take(built)
    with duckdb.connect(str(dbt.warehouse)) as connection:
        connection.execute("delete from marts.fct_flights where route_key = 'LGA-IAH'")
        connection.execute("update marts.fct_flights set has_aircraft = true where tail_number = 'N3ALAA'")
        connection.execute("update marts.fct_flights set origin_airport_dot_id = 12478 + month(flight_date)")

    run = dbt.run("test", "--select", "test_type:singular")

    assert run.returncode == 1
    assert dbt.failures() == {
        "assert_no_flight_is_lost",
        "assert_aggregates_count_every_flight",
        "assert_has_aircraft_agrees",
    }
    assert dbt.statuses()["assert_a_code_names_one_airline_or_airport"] == "warn"


def test_flights_that_are_not_the_same_in_every_layer_are_named(dbt: Dbt, built: Built) -> None:
    """As many flights as before, but not the same: once another one of the day, once one of them twice."""
    dbt.take(built)
    with duckdb.connect(str(dbt.warehouse)) as connection:
        connection.execute("update marts.fct_flights set flight_number = 999 where route_key = 'LGA-IAH'")
        day = connection.execute(
            "select flight_date from marts.fct_flights where route_key <> 'LGA-IAH' order by all limit 1"
        ).fetchall()[0]
        connection.execute(
            "insert into marts.fct_flights from marts.fct_flights where flight_date = ? order by all limit 1", day
        )
    with duckdb.connect(str(dbt.beside)) as connection:
        connection.execute(
            "insert into intermediate.int_flights_keyed "
            "select * replace (date '2012-06-01' as flight_date) from intermediate.int_flights_keyed limit 1"
        )

    run = dbt.run("test", "--select", "assert_no_flight_is_lost")

    # what was changed is missing in one layer and new there, one is there once too often, one is of no date to build
    assert run.returncode == 1
    assert "Got 4 results" in run.stdout, run.stdout


def test_freshness_is_when_partitions_were_committed(dbt: Dbt) -> None:
    rows = tiny_lake.good_rows()
    weather = {key: rows.pop(key) for key in list(rows) if key[0] == "weather"}
    dbt.make_lake(rows)
    dbt.make_lake(weather, committed_at=(datetime.now(UTC) - timedelta(days=46)).isoformat())

    run = dbt.run("source", "freshness")

    assert run.returncode == 0, run.stdout
    assert dbt.statuses("sources.json") == {
        "flights": "pass",
        "weather": "warn",
        "airports": "pass",
        "airlines": "pass",
        "aircraft": "pass",
    }


def test_project_parses_without_a_database(dbt: Dbt) -> None:
    (dbt.target / "manifest.json").unlink()

    run = dbt.run("parse")

    assert run.returncode == 0, run.stdout
    assert not dbt.warehouse.exists()
    assert (dbt.target / "manifest.json").exists()
