"""What the dbt project builds from a tiny lake, and which errors fail the build."""

import dataclasses
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ontime import warehouse
from ontime.contract import ALL
from ontime.datasets import DATASETS, MONTHLY
from ontime.settings import settings
from ontime.warehouse import changes
from tests.dbt_project import tiny_lake
from tests.dbt_project.dbt_in_process import Dbt, Result
from tests.dbt_project.tiny_lake import MARTS, flight


@dataclass
class Built:
    """One good build: copies of the two files that it wrote, and how it ended."""

    candidate: Path
    build_file: Path
    result: Result

    def restore(self, dbt: Dbt) -> None:
        """Prepare the same lake again, and put the files where dbt expects them."""
        dbt.make_lake(tiny_lake.good_rows())
        shutil.copy(self.candidate, settings.warehouse_candidate)
        shutil.copy(self.build_file, dbt.build_file)


@pytest.fixture(scope="module")
def built(project: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Built:
    project.make_lake(tiny_lake.good_rows())
    result = project.run("build")
    assert result.succeeded, result.messages
    copy = tmp_path_factory.mktemp("built") / "ontime.duckdb"
    shutil.copy(settings.warehouse_candidate, copy)
    return Built(copy, Path(shutil.copy(project.build_file, copy.with_suffix(".duckdb.build"))), result)


@pytest.fixture(scope="module")
def marts(built: Built) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built warehouse, under another name than it was built with and without the file of the build."""
    alone = shutil.copy(built.candidate, built.candidate.with_name("alone.duckdb"))
    with duckdb.connect(str(alone), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


# -- a good build ------------------------------------------------------------------
def test_all_models_tests_and_unit_tests_pass(project: Dbt, built: Built) -> None:
    unit_tests = {unit_test.name for unit_test in project.manifest.unit_tests.values()}
    assert set(built.result.statuses.values()) == {"success", "pass"}
    assert len(unit_tests) >= 10
    assert unit_tests <= built.result.statuses.keys()


def test_every_mart_is_a_table_that_needs_no_other_file(marts: duckdb.DuckDBPyConnection) -> None:
    relations = marts.execute(
        "select table_schema, table_name, table_type from information_schema.tables order by all"
    ).fetchall()
    proof = [("proof", name, "BASE TABLE") for name in ("build", "nodes")]
    assert relations == [*(("marts", name, "BASE TABLE") for name in sorted(MARTS)), *proof]


def test_the_proof_has_every_node_of_the_project(project: Dbt, marts: duckdb.DuckDBPyConnection) -> None:
    nodes = {node.name for node in project.manifest.nodes.values() if node.resource_type != "operation"}
    statuses = marts.execute("select node, status from proof.nodes").fetchall()
    assert {node for node, _ in statuses} == nodes
    assert {status for _, status in statuses} == {"success", "pass"}


def test_only_a_complete_build_of_what_was_prepared_can_pass_the_gate(dbt: Dbt, built: Built) -> None:
    built.restore(dbt)
    with pytest.raises(warehouse.NotBuilt, match="dbt has not built it since it was prepared"):
        warehouse.mark_candidate_validated()  # a whole build, of an earlier preparation
    assert dbt.run("run", "--select", "dim_airlines").succeeded
    with pytest.raises(warehouse.NotBuilt, match=r"nodes did not succeed in its last build: .* \(not run\)"):
        warehouse.mark_candidate_validated()


def test_every_mart_has_an_enforced_contract_and_describes_its_columns(project: Dbt) -> None:
    models = [model for model in project.models.values() if model.schema == "marts"]
    assert sorted(model.name for model in models) == sorted(MARTS)
    for model in models:
        assert model.contract.enforced
        assert model.description
        undescribed = [column.name for column in model.columns.values() if not column.description]
        assert undescribed == [], model.name


def test_flights_have_their_keys_flags_and_weather(marts: duckdb.DuckDBPyConnection) -> None:
    assert marts.execute(
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


def test_instants_are_utc_and_clock_times_are_local(marts: duckdb.DuckDBPyConnection) -> None:
    assert marts.execute(
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


def test_routes_are_aggregated_by_month(marts: duckdb.DuckDBPyConnection) -> None:
    assert marts.execute(
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


def test_airports_are_aggregated_by_local_hour(marts: duckdb.DuckDBPyConnection) -> None:
    assert marts.execute(
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


def test_dates_cover_the_loaded_months_without_a_gap(marts: duckdb.DuckDBPyConnection) -> None:
    days = [day for (day,) in marts.execute("select date_day from marts.dim_dates order by date_day").fetchall()]
    assert days == [date(2013, 1, 1) + timedelta(days=number) for number in range(59)]
    assert marts.execute("from marts.dim_dates where is_us_federal_holiday order by date_day").fetchall() == [
        (date(2013, 1, 1), 2013, 1, 1, 1, 2, "Tuesday", 1, False, True, "New Year's Day"),
        (date(2013, 1, 21), 2013, 1, 1, 21, 1, "Monday", 4, False, True, "Birthday of Martin Luther King, Jr."),
        (date(2013, 2, 18), 2013, 1, 2, 18, 1, "Monday", 8, False, True, "Washington's Birthday"),
    ]


def test_the_seed_adds_missing_and_wrong_airports(marts: duckdb.DuckDBPyConnection) -> None:
    airports = dict(marts.execute("select airport_code, is_supplemented from marts.dim_airports").fetchall())
    assert {code for code, supplemented in airports.items() if not supplemented} == {"EWR", "LGA", "JFK", "IAH"}
    assert {code for code, supplemented in airports.items() if supplemented} == {
        *("BQN", "PSE", "SJU", "STT"),  # not published
        *("DVT", "EEN", "LRO", "MYF", "YAK"),  # published wrong
    }


def test_airports_have_their_weather_stations(marts: duckdb.DuckDBPyConnection) -> None:
    stations = dict(marts.execute("select airport_code, weather_station_id from marts.dim_airports").fetchall())
    assert (stations["EWR"], stations["SJU"], stations["PSE"]) == ("USW00014734", "RQW00011641", None)


# -- errors ------------------------------------------------------------------------
def test_broken_keys_and_relations_fail_the_build(dbt: Dbt) -> None:
    rows = tiny_lake.good_rows()
    rows["flights", "2013-01"] += [
        flight("2013-01-01 05:15", "EWR-IAH", 2, 11),  # duplicate
        flight("2013-01-03 06:00", "EWR-IAH", 0, 0, airline_code="ZZ"),
        flight("2013-01-04 06:00", "EWR-IAH", 0, 0, destination_airport_code="XXX"),
        flight("2013-01-05 06:00", "EWR-IAH", 0, 0, is_cancelled=True),
        flight("2013-01-06 06:00", "EWR-IAH", 0, -200),
    ]
    dbt.make_lake(rows)
    result = dbt.build()
    assert not result.succeeded
    assert result.failures == {
        "unique_by_hash_fct_flights_flight_key",
        "relationships_fct_flights_airline_code__airline_code__ref_dim_airlines_",
        "relationships_fct_flights_destination_airport_code__airport_code__ref_dim_airports_",
        "assert_flight_times_match_status",
        "assert_flights_arrive_after_departure",
    }
    assert result.statuses["agg_route_performance_monthly"] == "skipped"


def test_missing_values_break_the_contract(dbt: Dbt) -> None:
    rows = tiny_lake.good_rows()
    rows["flights", "2013-02"][0]["airline_code"] = None
    rows["airlines", ALL][0]["airline_name"] = None
    dbt.make_lake(rows)
    result = dbt.build()
    assert not result.succeeded
    assert result.failures == {"dim_airlines", "fct_flights"}
    assert all("NOT NULL constraint failed" in result.messages[name] for name in result.failures)


def test_a_flight_lost_between_layers_fails_the_build(dbt: Dbt, built: Built) -> None:
    built.restore(dbt)
    with duckdb.connect(str(settings.warehouse_candidate)) as connection:
        connection.execute("delete from marts.fct_flights where route_key = 'LGA-IAH'")
        connection.execute("update marts.fct_flights set has_aircraft = true where tail_number = 'N3ALAA'")
        connection.execute("update marts.fct_flights set origin_airport_dot_id = 12478 + month(flight_date)")
        connection.execute("update marts.fct_flights set weather_delay_minutes = 1 where weather_delay_minutes = 0")
    result = dbt.run("test", "--select", "test_type:singular")
    assert not result.succeeded
    assert result.failures == {
        "assert_no_flight_is_lost",
        "assert_aggregates_count_every_flight",
        "assert_has_aircraft_matches_dim_aircraft",
    }
    warnings = {"assert_each_code_has_one_dot_number", "assert_delay_causes_add_up_to_the_delay"}
    assert {name for name, status in result.statuses.items() if status == "warn"} == warnings


def test_flights_that_differ_between_layers_are_listed(dbt: Dbt, built: Built) -> None:
    """The number of flights stays the same: on one day a flight is replaced, on another a flight occurs twice."""
    built.restore(dbt)
    with duckdb.connect(str(settings.warehouse_candidate)) as connection:
        connection.execute("update marts.fct_flights set flight_number = 999 where route_key = 'LGA-IAH'")
        day = connection.execute(
            "select flight_date from marts.fct_flights where route_key <> 'LGA-IAH' order by all limit 1"
        ).fetchall()[0]
        connection.execute(
            "insert into marts.fct_flights from marts.fct_flights where flight_date = ? order by all limit 1", day
        )
    with duckdb.connect(str(dbt.build_file)) as connection:
        connection.execute(
            "insert into intermediate.int_flights_keyed "
            "select * replace (date '2012-06-01' as flight_date) from intermediate.int_flights_keyed limit 1"
        )
    result = dbt.run("test", "--select", "assert_no_flight_is_lost")
    # The changed flight is missing in one layer and new in another, one is duplicated, one has a date not to build.
    assert not result.succeeded
    assert "Got 4 results" in result.messages["assert_no_flight_is_lost"]


# -- datasets with nothing to read -------------------------------------------------
def test_a_build_succeeds_when_only_airlines_have_changed(dbt: Dbt) -> None:
    rows = tiny_lake.good_rows()
    tiny_lake.make(rows)
    before = dbt.publish()
    tiny_lake.make({("airlines", ALL): [*rows["airlines", ALL], {"airline_code": "AA", "airline_name": "A"}]})
    assert warehouse.prepare_candidate()
    assert not list(settings.candidate_changes_dir.glob("*/year=2013"))  # neither flights nor weather to read

    result = dbt.build()

    assert result.succeeded, result.messages
    assert set(without_other_datasets(dbt.run("source", "freshness").statuses).values()) == {"pass"}
    with duckdb.connect(str(settings.warehouse_candidate), read_only=True) as connection:
        connection.execute("attach ? as before (read_only)", [str(before.path)])
        for table in MARTS:
            changed = connection.execute(f"from marts.{table} except all from before.marts.{table}").fetchall()
            assert changed == ([("AA", "A")] if table == "dim_airlines" else []), table
            counts = f"select (select count(*) from marts.{table}), (select count(*) from before.marts.{table})"
            now, then = connection.execute(counts).fetchall()[0]
            assert now - then == len(changed), table


@pytest.mark.parametrize("cadence", ["once", "month"])
def test_a_declared_dataset_that_has_not_arrived_does_not_stop_flights(
    dbt: Dbt, monkeypatch: pytest.MonkeyPatch, cadence: str
) -> None:
    ferries = dataclasses.replace(DATASETS["airlines"], name="ferries", cadence=cadence)
    monkeypatch.setitem(DATASETS, "ferries", ferries)
    monkeypatch.setattr(changes, "MONTHLY", (*MONTHLY, *(["ferries"] if ferries.is_monthly else [])))
    tiny_lake.make(tiny_lake.good_rows())

    version = dbt.publish()

    [empty] = (settings.candidate_changes_dir / "ferries").rglob("*.parquet")
    with duckdb.connect(str(version.path), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_flights").fetchall() == [(6,)]
        table = connection.read_parquet(str(empty), hive_partitioning=False)
        assert (tuple(table.columns), len(table)) == (ferries.column_names, 0)


def test_freshness_is_the_time_of_the_newest_commit(dbt: Dbt) -> None:
    rows = tiny_lake.good_rows()
    weather = {key: rows.pop(key) for key in list(rows) if key[0] == "weather"}
    tiny_lake.make(weather, committed_at=(datetime.now(UTC) - timedelta(days=46)).isoformat())
    dbt.make_lake(rows)
    (settings.candidate_inputs_dir / "aircraft").unlink()  # as if aircraft had not arrived

    result = dbt.run("source", "freshness")

    assert result.succeeded, result.messages
    assert without_other_datasets(result.statuses) == {
        "flights": "pass",
        "weather": "warn",
        "airports": "pass",
        "airlines": "pass",
        "aircraft": "warn",
    }


def without_other_datasets(statuses: dict[str, str]) -> dict[str, str]:
    """The statuses without those of datasets that the tiny lake does not have, such as one made by the template."""
    others = set(DATASETS).difference(tiny_lake.DATASETS_MADE)
    return {name: status for name, status in statuses.items() if name not in others}


def test_the_project_is_parsed_without_a_database(dbt: Dbt) -> None:
    assert dbt.files_after_parsing == []
