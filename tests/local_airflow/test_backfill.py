"""A back-fill on an Airflow that is only imagined: what is triggered, in which order, and what a failure leaves."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from local_airflow import follow
from local_airflow.backfill import backfill
from local_airflow.follow import Chain, ChainFailed


class ImaginedAirflow:
    """Runs end at once; those of ``failing`` (a DAG and a month) fail."""

    def __init__(self, failing: tuple[str, str] | None = None, active: tuple[str, ...] = ()) -> None:
        self.failing, self.active = failing, active
        self.calls: list[tuple] = []
        self.runs: list[dict] = []

    def trigger(self, dag_id, conf=None):
        month = (conf or {}).get("first_month", "")
        self.calls.append((dag_id, month, (conf or {}).get("last_month", ""), (conf or {}).get("reprocess")))
        state = "failed" if (dag_id, month) == self.failing else "success"
        run_id = f"{dag_id}-{len(self.runs)}"
        self.runs.append(
            {"dag_id": dag_id, "dag_run_id": run_id, "state": state, "duration": 1.0, "made": datetime.now(UTC)}
        )

    def set_paused(self, dag_id, is_paused):
        self.calls.append(("pause" if is_paused else "unpause", dag_id))

    def dag_runs(self, since):
        return [run for run in self.runs if run["made"] >= since]

    def active_dag_runs(self):
        return [{"dag_id": dag_id} for dag_id in self.active]

    def task_instances(self, run):
        task = {"task_id": "download", "end_date": "2026", "try_number": 1, "duration": 1.0, "state": run["state"]}
        return [{**run, **task}]

    def returned(self, task):
        return None

    def log_tail(self, task):
        return ["the month is not published yet"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(follow, "POLL_SECONDS", 0)
    monkeypatch.setattr(Chain, "_is_published", lambda chain: True)
    monkeypatch.setattr(Chain, "_is_trained", lambda chain: True)


def months(dag_id: str, *names: str) -> list[tuple]:
    return [(dag_id, name, name, False) for name in names]


def test_months_go_in_order_and_the_warehouse_is_built_once():
    airflow = ImaginedAirflow()
    backfill(airflow, Console(quiet=True), "2019-12", "2020-01")
    assert airflow.calls == [
        ("pause", "warehouse"),
        ("reference", "", "", False),
        *months("flights", "2019-12"),
        *months("weather", "2019-12"),
        *months("flights", "2020-01"),
        *months("weather", "2020-01"),
        ("unpause", "warehouse"),
        ("warehouse", "", "", None),
    ]


def test_the_progress_is_told():
    console = Console(record=True, width=140)
    backfill(ImaginedAirflow(), console, "2019-12", "2020-01")
    told = console.export_text()
    assert "2019-12 (1 of 2)" in told and "2020-01 (2 of 2)" in told
    assert told.count("flights    download") == 2


def test_a_month_that_fails_ends_it_and_the_warehouse_is_not_left_paused():
    airflow = ImaginedAirflow(failing=("flights", "2020-01"))
    with pytest.raises(ChainFailed, match=r"not published yet(.|\n)*`make backfill FROM=2019-12 TO=2020-03` again"):
        backfill(airflow, Console(quiet=True), "2019-12", "2020-03")
    assert airflow.calls[-1] == ("unpause", "warehouse")
    assert ("flights", "2020-02", "2020-02", False) not in airflow.calls


@pytest.mark.parametrize(
    ("airflow", "first", "last", "error", "told"),
    [
        (ImaginedAirflow(active=("training",)), "2019-01", "2019-02", ChainFailed, "Runs of training are active"),
        (ImaginedAirflow(), "2019-02", "2019-01", ValueError, "swap the two months"),
        (ImaginedAirflow(), "2019", "2020", ValueError, "write YYYY-MM"),
    ],
)
def test_what_cannot_begin_changes_nothing(airflow, first, last, error, told):
    with pytest.raises(error, match=told):
        backfill(airflow, Console(quiet=True), first, last)
    assert airflow.calls == []
