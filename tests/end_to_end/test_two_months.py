"""Two months through the real chain: Airflow, Spark, Great Expectations, dbt, DuckDB, scikit-learn.

The tests run in order on one Airflow: first load, rerun, two bad months. A month that is put
up again: `test_live_years.py`.
"""

import duckdb
import pandas as pd
import pytest
from rich.console import Console

from local_airflow.follow import Chain, ChainFailed
from local_airflow.summary import summary
from ml.registry import store
from ontime import files, lake, warehouse
from ontime.datasets import DATASETS
from tests.end_to_end.figures import (
    departure_seconds_of,
    departure_seconds_of_the_warehouse,
    figures_of,
    figures_of_the_warehouse,
)


@pytest.fixture(scope="module")
def raw_flights(published_files) -> pd.DataFrame:
    return pd.concat(pd.read_csv(path) for path in sorted((published_files / "flights").glob("*.csv")))


def trigger(airflow, dag_id: str, **conf) -> Chain:
    chain = Chain(airflow, Console(width=140))
    airflow.trigger(dag_id, conf)
    chain.follow()
    return chain


def test_the_warehouse_holds_what_the_raw_files_say(first_run, raw_flights):
    assert figures_of_the_warehouse(warehouse.published_path()) == figures_of(raw_flights)


def test_departures_are_the_right_instants(first_run, raw_flights):
    assert departure_seconds_of_the_warehouse(warehouse.published_path()) == departure_seconds_of(raw_flights)


def test_every_row_is_accounted_for(first_run):
    for dataset in DATASETS:
        for partition in lake.clean_partitions(dataset):
            assert partition.rows_raw == partition.rows_clean + partition.rows_quarantined
    assert [p.quarantined_by_reason for p in lake.clean_partitions("airports")] == [
        {"implausible_position": 2, "missing_time_zone": 3}
    ]


def test_a_model_is_trained_on_it_and_its_predictions_are_published(first_run):
    card = store.champion_card()
    assert card["warehouse"]["version"] == warehouse.current().version
    with duckdb.connect(str(warehouse.published_path("predictions")), read_only=True) as connection:
        rows, lowest, highest, version = connection.execute("""
            SELECT count(*), min(delay_probability), max(delay_probability), any_value(model_version)
            FROM ml.flight_delay_predictions
        """).fetchone()
    assert rows > 1_000
    assert 0 < lowest < highest < 1
    assert version == card["version"]


def test_the_summary_tells_rows_gates_and_scores(first_run):
    console = Console(width=140, record=True)
    for table in summary(first_run):
        console.print(table)
    told = console.export_text()
    assert "51,955" in told
    assert "clean flights" in told and "marts warehouse" in told
    assert "hist gradient boosting" in told


def test_a_second_run_changes_nothing(first_run, airflow):
    before = (warehouse.history(), lake.fingerprint(), store.champion_card())
    Chain(airflow, Console(width=140)).run("2013-01", "2013-02")
    assert (warehouse.history(), lake.fingerprint(), store.champion_card()) == before


@pytest.mark.parametrize(
    ("spoil", "gate", "told"),
    [
        (
            lambda lines: [lines[0].replace("arr_delay", "arrival_delay"), *lines[1:]],
            "validate_raw",
            ["arr_delay", "arrival_delay"],
        ),
        (
            lambda lines: [lines[0]] + [line.replace(",IAH,", ",QQQ,").replace(",ORD,", ",QQQ,") for line in lines[1:]],
            "validate_clean",
            ["unknown_airport"],
        ),
    ],
    ids=["a renamed column stops at the raw gate", "too many rejected rows stop at the clean gate"],
)
def test_a_bad_month_stops_at_its_gate(first_run, airflow, published_files, spoil, gate, told):
    before = (files.file_sha256(warehouse.published_path()), warehouse.history())
    file = published_files / "flights" / "2013-02.csv"
    good = file.read_text()
    file.write_text("".join(spoil(good.splitlines(keepends=True))))
    try:
        with pytest.raises(ChainFailed) as failure:
            trigger(airflow, "flights", first_month="2013-02", last_month="2013-02")
    finally:
        file.write_text(good)
    message = str(failure.value)
    assert f"flights.{gate} failed" in message
    assert all(word in message for word in told)
    assert "make demo" in message
    assert (files.file_sha256(warehouse.published_path()), warehouse.history()) == before
