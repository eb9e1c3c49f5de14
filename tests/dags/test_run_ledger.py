"""Every task of every DAG is written into the run ledger when it ends."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ontime import ledger

KINDS = {
    "on_success_callback": "success",
    "on_failure_callback": "failed",
    "on_skipped_callback": "skipped",
    "on_retry_callback": "retried",
}


@pytest.mark.parametrize("dag_id", ["ingest", "reference", "flights", "weather", "warehouse", "training", "report"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_task_has_the_callback(dag_bag, dag_id, kind):
    for task in dag_bag.dags[dag_id].tasks:
        states = [callback.args for callback in getattr(task, kind) if getattr(callback, "args", None)]
        assert states == [(KINDS[kind],)], task.task_id


def context(**changes) -> dict:
    task = {
        "dag_id": "flights",
        "task_id": "clean",
        "run_id": "manual__1",
        "try_number": 2,
        "map_index": -1,
        "start_date": datetime(2026, 11, 27, 10, tzinfo=UTC),
        "end_date": datetime(2026, 11, 27, 10, 0, 12, 500_000, tzinfo=UTC),
    }
    return {"ti": SimpleNamespace(**task | changes), "params": {"first_month": "2013-01", "last_month": "2013-02"}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_finished_task_is_one_line(dag_bag, data_dir, kind):
    [callback] = getattr(dag_bag.dags["flights"].get_task("clean"), kind)
    callback(context())
    assert ledger.read().tasks == [
        ledger.TaskRun(
            dag="flights",
            task="clean",
            run="manual__1",
            state=KINDS[kind],
            attempt=2,
            started_at="2026-11-27T10:00:00.000+00:00",
            ended_at="2026-11-27T10:00:12.500+00:00",
            duration_seconds=12.5,
            first_month="2013-01",
            last_month="2013-02",
        )
    ]


def test_a_killed_task_ends_when_that_is_noticed(dag_bag, data_dir):
    [callback] = dag_bag.dags["report"].get_task("write_report").on_failure_callback
    callback(context(end_date=None, map_index=0) | {"params": {}})
    [task] = ledger.read().tasks
    assert (task.state, task.first_month, task.map_index) == ("failed", None, 0)
    assert task.ended_at > "2026-11-27T10" and task.duration_seconds > 0
