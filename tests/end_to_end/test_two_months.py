"""Two months through the real chain: Airflow, Spark, Great Expectations, dbt, DuckDB, scikit-learn.

The one chain of `make test`. What happens later is in `test_later_runs.py` (approval, a second run, damaged months) and
`test_live_years.py` (a re-published month, more months).
"""

import duckdb
import pandas as pd
import pytest
from rich.console import Console

from local_airflow.summary import summary
from ml.registry import store
from ontime import lake, warehouse
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


def test_the_warehouse_has_the_figures_of_the_raw_files(first_run, raw_flights):
    assert figures_of_the_warehouse(warehouse.published_path()) == figures_of(raw_flights)


def test_departures_are_the_right_instants(first_run, raw_flights):
    assert departure_seconds_of_the_warehouse(warehouse.published_path()) == departure_seconds_of(raw_flights)


def test_every_raw_row_is_clean_or_quarantined(first_run):
    for dataset in DATASETS:
        for partition in lake.clean_partitions(dataset):
            assert partition.rows_raw == partition.rows_clean + partition.rows_quarantined
    assert [p.quarantined_by_reason for p in lake.clean_partitions("airports")] == [
        {"implausible_position": 2, "missing_time_zone": 3}
    ]


def test_a_model_is_trained_and_its_predictions_are_published(first_run):
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


def test_the_summary_shows_rows_gates_and_scores(first_run):
    console = Console(width=140, record=True)
    for table in summary(first_run):
        console.print(table)
    printed = console.export_text()
    assert "51,955" in printed
    assert "clean flights" in printed and "marts warehouse" in printed
    assert "hist gradient boosting" in printed
