"""Progress and errors of a chain, with a fake Airflow."""

from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from local_airflow import follow
from local_airflow.follow import IDLE_POLLS_IF_DONE, IDLE_POLLS_IF_STUCK, Chain, ChainFailed
from local_airflow.summary import summary
from ontime import lake


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(follow, "POLL_SECONDS", 0)


class ApprovalAirflow:
    """A training that waits for a person during two polls and is then rejected."""

    def __init__(self) -> None:
        self.states = ["awaiting_input", "awaiting_input", "success"]

    def dag_runs(self, since):
        self.state = self.states.pop(0) if self.states else "success"
        state = "success" if self.state == "success" else "running"
        return [{"dag_id": "training", "dag_run_id": "one", "state": state, "duration": 1.0}]

    def task_instances(self, run):
        task = {"task_id": "approve", "end_date": None, "try_number": 1, "duration": 1.0}
        return [{**run, **task, "state": self.state}]

    def returned(self, task):
        return {"chosen_options": ["Reject"]}


class IdleAirflow:
    """An Airflow without runs, or with runs that have ended; counts the polls."""

    def __init__(self, **states: str) -> None:
        self.polls = 0
        self.runs = [
            {"dag_id": dag_id, "dag_run_id": "one", "state": state, "duration": 1.0} for dag_id, state in states.items()
        ]

    def dag_runs(self, since):
        self.polls += 1
        return self.runs

    def task_instances(self, run):
        task = {"task_id": "validate_raw", "end_date": "2026", "try_number": 1, "duration": 1.0}
        return [{**run, **task}]

    def returned(self, task):
        return {"rows": 336776, "checks_passed": 36}

    def log_tail(self, task):
        return ["a column is missing"]


class RecordingAirflow(IdleAirflow):
    """Records what it is asked to do."""

    def __init__(self, **states: str) -> None:
        super().__init__(**states)
        self.calls: list[tuple] = []

    def active_dag_runs(self):
        return []

    def trigger(self, dag_id, conf=None):
        self.calls.append((dag_id, conf))

    def set_paused(self, dag_id, is_paused):
        self.calls.append(("pause" if is_paused else "unpause", dag_id))


def printed_by(action: Callable[[Chain], Any], airflow: object) -> str:
    console = Console(record=True, width=140)
    action(Chain(airflow, console))
    return console.export_text()


def test_a_wait_for_a_person_is_printed_once_with_the_place_to_answer():
    printed = printed_by(Chain.follow, ApprovalAirflow())
    assert printed.count("training   approve") == 2  # while it waits, and when it is answered
    assert printed.count("waits for a person: Required actions in the UI") == 1
    assert "ontime airflow login" in printed


def test_a_finished_task_is_printed_once_with_its_figures():
    printed = printed_by(Chain.follow, IdleAirflow(flights="success"))
    assert printed.count("✓ flights    validate_raw") == 1
    assert printed.count("rows 336,776  checks passed 36") == 1
    assert printed.count("flights    (finished)") == 1


@pytest.mark.parametrize(
    ("is_done", "polls"),
    [
        pytest.param(True, IDLE_POLLS_IF_DONE, id="a finished chain is done after few idle polls"),
        pytest.param(False, IDLE_POLLS_IF_STUCK, id="an unfinished chain is stuck after many"),
    ],
)
def test_following_ends_after_idle_polls(is_done, polls):
    airflow = IdleAirflow()
    Chain(airflow, Console(quiet=True)).follow(until=lambda: is_done)
    assert airflow.polls == polls


@pytest.mark.parametrize(
    ("states", "message"),
    [
        pytest.param(
            {"flights": "failed", "ingest": "failed"},
            "flights.validate_raw failed. The end of its log:\n\na column is missing\n\n"
            "The published warehouse has not changed. Fix what the log names, then run the same command again",
            id="the DAG that failed and not ingest, which triggered it",
        ),
        pytest.param({"training": "failed"}, "The model has not changed.", id="a training"),
    ],
)
def test_a_failed_run_raises_with_the_log_and_what_to_do(states, message):
    with pytest.raises(ChainFailed) as failed:
        Chain(IdleAirflow(**states), Console(quiet=True)).follow()
    assert message in str(failed.value)


INGEST = ("ingest", {"first_month": "2013-01", "last_month": "2013-02", "reprocess": False})
TIDES = ("tides", {"first_month": "2020-11", "last_month": "2020-12", "reprocess": False})


@pytest.mark.parametrize(
    ("others", "calls"),
    [
        pytest.param({}, [INGEST], id="flights alone: the warehouse follows by itself"),
        pytest.param(
            {"tides": ["2020-11", "2020-12"], "stops": []},
            [
                ("pause", "warehouse"),
                INGEST,
                TIDES,
                ("stops", {"reprocess": False}),
                ("unpause", "warehouse"),
                ("warehouse", None),
            ],
            id="with others: one build when all are clean",
        ),
    ],
)
def test_what_a_chain_triggers(monkeypatch, others, calls):
    monkeypatch.setattr(Chain, "_is_published", lambda chain: True)
    monkeypatch.setattr(Chain, "_is_trained", lambda chain: True)
    airflow = RecordingAirflow()
    Chain(airflow, Console(quiet=True)).run("2013-01", "2013-02", others)
    assert airflow.calls == calls


def test_nothing_is_built_if_one_of_the_others_fails():
    airflow = RecordingAirflow(tides="failed")
    with pytest.raises(ChainFailed, match=r"tides.validate_raw failed"):
        Chain(airflow, Console(quiet=True)).run("2013-01", "2013-02", {"tides": ["2020-11", "2020-12"]})
    assert airflow.calls[-2:] == [TIDES, ("unpause", "warehouse")]


@pytest.mark.parametrize(
    ("stale", "reason"),
    [(["flights of 2013-01 must be cleaned again"], "flights of 2013-01 must be cleaned again."), ([], "DAG's log.")],
)
def test_a_chain_that_published_nothing_says_why(data_dir, monkeypatch, stale, reason):
    monkeypatch.setattr(lake, "stale_reasons", lambda: stale)
    with pytest.raises(ChainFailed, match="the warehouse was not published: ") as failed:
        Chain(IdleAirflow(), Console(quiet=True)).complete()
    assert str(failed.value).endswith(reason)


def test_the_summary_without_a_champion_says_why(data_dir):
    scores = summary(Chain(IdleAirflow(), Console()))[-1]
    assert (scores.title, scores.row_count) == ("No champion: nobody approved the first model", 0)
