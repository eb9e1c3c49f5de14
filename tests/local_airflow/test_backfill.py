"""A backfill with a fake Airflow: what it triggers, in which order, and what a failure leaves behind."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from rich.console import Console

from local_airflow import follow
from local_airflow.backfill import backfill
from local_airflow.follow import Chain, ChainFailed
from ontime.datasets import DATASETS

MONTHS = ["2019-11", "2019-12", "2020-01", "2020-02"]


class FakeAirflow:
    """Runs end at once; those in ``failing`` (a DAG and a month) fail. Each month has ``rows``, by DAG."""

    def __init__(
        self,
        failing: tuple[str, str] | None = None,
        active: tuple[str, ...] = (),
        rows: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.failing, self.active, self.rows = failing, active, rows
        self.calls: list[tuple] = []
        self.runs: list[dict] = []

    def trigger(self, dag_id, conf=None):
        month = (conf or {}).get("first_month", "")
        self.calls.append((dag_id, month, (conf or {}).get("last_month", ""), (conf or {}).get("reprocess")))
        state = "failed" if (dag_id, month) == self.failing else "success"
        run_id = f"{dag_id}-{len(self.runs)}"
        self.runs.append(
            {"dag_id": dag_id, "dag_run_id": run_id, "state": state, "duration": 1.0, "created": datetime.now(UTC)}
        )

    def set_paused(self, dag_id, is_paused):
        self.calls.append(("pause" if is_paused else "unpause", dag_id))

    def dag_runs(self, since):
        return [run for run in self.runs if run["created"] >= since]

    def active_dag_runs(self):
        return [{"dag_id": dag_id} for dag_id in self.active]

    def task_instances(self, run):
        task = {"task_id": "download", "end_date": "2026", "try_number": 1, "duration": 1.0, "state": run["state"]}
        return [{**run, **task}]

    def returned(self, task):
        rows = self.rows.get(task["dag_id"])
        return None if rows is None else {"files": 2, "rows": 2 * rows}

    def log_tail(self, task):
        return ["the month is not published yet"]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(follow, "POLL_SECONDS", 0)
    monkeypatch.setattr(Chain, "_is_published", lambda chain: True)
    monkeypatch.setattr(Chain, "_is_trained", lambda chain: True)


def month_of(dag_id: str, month: str) -> tuple:
    return (dag_id, month, month, False)


def test_months_go_in_order_and_the_warehouse_is_built_once():
    airflow = FakeAirflow()
    backfill(airflow, Console(quiet=True), "2019-12", "2020-01")
    assert airflow.calls == [
        ("pause", "warehouse"),
        ("reference", "", "", False),
        month_of("flights", "2019-12"),
        month_of("weather", "2019-12"),
        month_of("flights", "2020-01"),
        month_of("weather", "2020-01"),
        ("unpause", "warehouse"),
        ("warehouse", "", "", None),
    ]


@pytest.mark.parametrize(
    ("rows", "runs"),
    [
        pytest.param({"weather": 250_000}, ["2019-11 2019-11", "2019-12 2020-01", "2020-02 2020-02"], id="two fit"),
        pytest.param({"weather": 600_000}, [f"{month} {month}" for month in MONTHS], id="a month is too large"),
        pytest.param({"weather": 0}, ["2019-11 2019-11", "2019-12 2020-02"], id="no rows yet"),
        pytest.param({"weather": 2_200}, ["2019-11 2019-11", "2019-12 2020-02"], id="all fit"),
    ],
)
def test_a_run_takes_the_months_whose_rows_fit_together(rows, runs):
    airflow = FakeAirflow(rows=rows)
    backfill(airflow, Console(quiet=True), MONTHS[0], MONTHS[-1], ["weather"])
    assert [f"{first} {last}" for dag, first, last, *_ in airflow.calls[1:-2] if dag == "weather"] == runs


def test_the_larger_of_two_datasets_decides():
    airflow = FakeAirflow(rows={"flights": 500_000, "weather": 1})
    backfill(airflow, Console(quiet=True), MONTHS[0], MONTHS[-1])
    assert [call[1] for call in airflow.calls if call[0] == "weather"] == MONTHS


@pytest.mark.parametrize(
    ("datasets", "dags"),
    [
        pytest.param(["fares"], ["fares"], id="one that needs nothing"),
        pytest.param(["fares", "flights"], ["reference", "flights", "weather", "fares"], id="flights too"),
        pytest.param(["fares", "weather"], ["weather", "fares"], id="two"),
        pytest.param(["airlines"], ["reference"], id="a table without months"),
    ],
)
def test_a_dataset_is_ingested_with_what_it_needs_only(monkeypatch, datasets, dags):
    monkeypatch.setitem(DATASETS, "fares", replace(DATASETS["weather"], name="fares", dag="fares", needs=()))
    airflow = FakeAirflow()
    months = ["2019-12", "2019-12"] if "fares" in datasets else ["", ""]
    backfill(airflow, Console(quiet=True), *months, datasets)
    assert [call[0] for call in airflow.calls if call[-1] is False] == dags
    assert airflow.calls[-1][0] == "warehouse"


def test_datasets_that_flights_do_not_need_are_left_alone(monkeypatch):
    monkeypatch.setitem(DATASETS, "fares", replace(DATASETS["weather"], name="fares", dag="fares"))
    needs = (*DATASETS["flights"].needs, "seats")
    monkeypatch.setitem(DATASETS, "seats", replace(DATASETS["aircraft"], name="seats", dag="seats"))
    monkeypatch.setitem(DATASETS, "flights", replace(DATASETS["flights"], needs=needs))
    airflow = FakeAirflow()
    backfill(airflow, Console(quiet=True), "2019-12", "2019-12")
    triggered = [call[0] for call in airflow.calls if call[-1] is False]
    assert triggered == ["reference", "seats", "flights", "weather"]


def test_the_progress_is_printed():
    console = Console(record=True, width=140)
    backfill(FakeAirflow(), console, "2019-12", "2020-01")
    printed = console.export_text()
    assert "2019-12 (1 of 2)" in printed and "2020-01 (2 of 2)" in printed
    assert printed.count("flights    download") == 2


def test_the_progress_names_the_months_of_a_run():
    console = Console(record=True, width=140)
    backfill(FakeAirflow(rows={"flights": 250_000}), console, MONTHS[0], MONTHS[-1])
    assert "2019-12 to 2020-01 (2 to 3 of 4)" in console.export_text()


def test_a_failed_month_ends_the_backfill_and_the_warehouse_does_not_stay_paused():
    airflow = FakeAirflow(failing=("flights", "2020-01"))
    with pytest.raises(ChainFailed, match=r"not published yet(.|\n)*run the same command again"):
        backfill(airflow, Console(quiet=True), "2019-12", "2020-03")
    assert airflow.calls[-1] == ("unpause", "warehouse")
    assert month_of("flights", "2020-02") not in airflow.calls


@pytest.mark.parametrize(
    ("active", "first", "last", "error", "message"),
    [
        pytest.param(
            ("training",), "2019-01", "2019-02", ChainFailed, "Runs of training are active", id="runs are active"
        ),
        pytest.param((), "2019-02", "2019-01", ValueError, "swap the two months", id="a reversed range"),
        pytest.param((), "2019", "2020", ValueError, "write YYYY-MM", id="years instead of months"),
    ],
)
def test_a_backfill_that_cannot_start_changes_nothing(active, first, last, error, message):
    airflow = FakeAirflow(active=active)
    with pytest.raises(error, match=message):
        backfill(airflow, Console(quiet=True), first, last)
    assert airflow.calls == []
