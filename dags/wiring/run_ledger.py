"""Callbacks that write each finished task into the run ledger. Airflow calls them after it has stored the state."""

from datetime import UTC, datetime
from functools import partial
from typing import Any


def record(state: str, context: Any) -> None:
    """Write the task of this context, with a state of the ledger.

    If that fails, Airflow logs the error, and the task keeps its state.
    """
    from ontime import ledger

    task, params = context["ti"], context.get("params") or {}
    ended = task.end_date or datetime.now(UTC)
    started = task.start_date or ended
    ledger.append(
        ledger.TaskRun(
            dag=task.dag_id,
            task=task.task_id,
            run=task.run_id,
            state=state,
            attempt=task.try_number,
            started_at=started.isoformat(timespec="milliseconds"),
            ended_at=ended.isoformat(timespec="milliseconds"),
            duration_seconds=round((ended - started).total_seconds(), 3),
            first_month=params.get("first_month"),
            last_month=params.get("last_month"),
            map_index=None if task.map_index in (None, -1) else task.map_index,
        )
    )


#: For ``default_args`` of every DAG.
CALLBACKS = {
    "on_success_callback": partial(record, "success"),
    "on_failure_callback": partial(record, "failed"),
    "on_skipped_callback": partial(record, "skipped"),
    "on_retry_callback": partial(record, "retried"),
}
