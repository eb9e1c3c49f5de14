"""The run ledger: one JSON line for each task that Airflow has finished, readable without Airflow.

``data/runs/2026-11.jsonl`` has the tasks that ended in that month (UTC). A line is appended by one write, so lines of
processes that write at the same time do not mix. A line that was cut off, by a full disk or a killed machine, is
skipped and counted.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime

from ontime.settings import settings

#: How an attempt of a task ends. ``retried``: it failed, and Airflow starts it again.
STATES = ("success", "failed", "skipped", "retried")


@dataclass(frozen=True)
class TaskRun:
    """One finished attempt of a task.

    ``run``: the id of the DAG run. ``attempt``: counted from 1. ``started_at``, ``ended_at``: UTC, ISO 8601.
    ``first_month`` and ``last_month``: the months of the run's form (YYYY-MM); None for DAGs without one.
    ``map_index``: the number of a mapped task; None for others.
    """

    dag: str
    task: str
    run: str
    state: str
    attempt: int
    started_at: str
    ended_at: str
    duration_seconds: float
    first_month: str | None = None
    last_month: str | None = None
    map_index: int | None = None


@dataclass(frozen=True)
class Ledger:
    """Finished tasks in the order in which they ended, and the number of lines that could not be read."""

    tasks: list[TaskRun]
    damaged_lines: int


def append(task: TaskRun) -> None:
    """Append one line. Raises ``OSError`` if the line cannot be written whole, for example on a full disk."""
    path = settings.runs_dir / f"{task.ended_at[:7]}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    line = f"{json.dumps(asdict(task))}\n".encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o664)
    try:
        if os.write(descriptor, line) != len(line):
            raise OSError(f"{path}: the disk is full")
    finally:
        os.close(descriptor)


def read(files: int = 2) -> Ledger:
    """The tasks that ended in the newest ``files`` months for which there is a file."""
    tasks, damaged = [], 0
    for path in sorted(settings.runs_dir.glob("*.jsonl"))[-files:]:
        for line in path.read_bytes().splitlines():
            if task := _task(line):
                tasks.append(task)
            else:
                damaged += 1
    return Ledger(sorted(tasks, key=lambda task: task.ended_at), damaged)


def _task(line: bytes) -> TaskRun | None:
    """The task of a line; None if the line is damaged."""
    try:
        task = TaskRun(**json.loads(line))
        started, ended = map(datetime.fromisoformat, (task.started_at, task.ended_at))
        is_whole = task.state in STATES and started <= ended and task.duration_seconds >= 0
    except (ValueError, TypeError):
        return None
    return task if is_whole else None
