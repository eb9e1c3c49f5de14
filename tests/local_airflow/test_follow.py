"""What is told of a training that asks a person, and of one whose answer was no; the Airflow is only imagined."""

import pytest
from rich.console import Console

from local_airflow import follow
from local_airflow.follow import Chain
from local_airflow.summary import summary


class AskingAirflow:
    """One training: it asks, is still asking at the next look, and then is answered."""

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


@pytest.fixture
def told(monkeypatch) -> str:
    monkeypatch.setattr(follow, "POLL_SECONDS", 0)
    console = Console(record=True, width=140)
    Chain(AskingAirflow(), console).follow()
    return console.export_text()


def test_a_question_is_told_once_and_where_to_answer_it(told):
    assert told.count("training   approve") == 2  # asked, answered
    assert told.count("waits for a person: Required actions in the UI") == 1
    assert "python -m local_airflow.credentials login" in told


def test_a_summary_without_a_champion_says_so(data_dir):
    scores = summary(Chain(AskingAirflow(), Console()))[-1]
    assert (scores.title, scores.row_count) == ("No champion: nobody approved the first model", 0)
