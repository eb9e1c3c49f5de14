"""Follow a chain of DAG runs from one trigger to its end, a line for every task that ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from local_airflow.client import Client
from ontime import warehouse

POLL_SECONDS = 1.5
#: An asset event becomes a run within a second or two, on a busy machine later: a chain that rests this
#: long has ended if it has reached its end, and is given up if it rests so much longer.
QUIET_POLLS, PATIENT_POLLS = 4, 20
ENDED = {"success", "failed", "skipped", "upstream_failed", "removed"}
MARKS = {"success": "[green]✓[/]", "failed": "[red]✗[/]", "upstream_failed": "[red]·[/]"}
ASKED = "waits for a person: Required actions in the UI (python -m local_airflow.credentials login)"


class ChainFailed(RuntimeError):
    """A task failed, or the chain ended before its end."""


@dataclass
class Chain:
    """The runs that one trigger sets off, through every DAG that follows by asset."""

    client: Client
    console: Console
    command: str = "make demo"
    ui: str = " (`make up`)"
    since: datetime = field(default_factory=lambda: _a_moment_ago())
    started: float = field(default_factory=time.monotonic)
    results: dict[tuple[str, str], Any] = field(default_factory=dict)
    _told: set[tuple[str, str, str]] = field(default_factory=set)

    def run(self, first_month: str, last_month: str) -> None:
        """Ingest the months and follow to the end.

        Raises :class:`ChainFailed` with the failing task's log, or what is missing.
        """
        self.refuse_if_active()
        months = {"first_month": first_month, "last_month": last_month, "reprocess": False}
        self.client.trigger("ingest", months)
        self.complete()

    def look_from_now(self) -> None:
        """Leave the runs so far behind: an Airflow tells of a hundred at a time."""
        self.since = _a_moment_ago()

    def refuse_if_active(self) -> None:
        """Raise :class:`ChainFailed` while runs of another trigger are on their way."""
        active = {run["dag_id"] for run in self.client.active_dag_runs()}
        if active:
            raise ChainFailed(
                f"Runs of {', '.join(sorted(active))} are active: wait for their end, or stop them in the UI."
            )

    def complete(self) -> None:
        """Follow what has been triggered until the warehouse is published and the model trained on it.

        Raises :class:`ChainFailed` with the failing task's log, or what is missing.
        """
        self.follow(until=lambda: self._is_published() and self._is_trained())
        if not self._is_published():
            raise ChainFailed("The chain ended, but the warehouse was not published: see the `warehouse` DAG's log.")
        if not self._is_trained():
            # An earlier run published this warehouse and then failed, or was stopped, while training.
            self.client.trigger("training")
            self.follow(until=self._is_trained)

    def _is_published(self) -> bool:
        published = warehouse.current()
        return published is not None and published.lineage["inputs"] == warehouse.inputs_digest()

    def _is_trained(self) -> bool:
        published = warehouse.current()
        return published is not None and self.client.succeeded_since("training", published.published_at)

    def follow(self, until: Callable[[], bool] = lambda: True) -> None:
        """Print a line for every task that ends, until nothing runs any more and ``until`` holds.

        Raises :class:`ChainFailed` when a run fails. A chain that rests for long is left, whatever ``until`` says.
        """
        quiet = 0
        with self.console.status("…") as status:
            while quiet < QUIET_POLLS or (quiet < PATIENT_POLLS and not until()):
                runs = self.client.dag_runs(self.since)
                active = [run for run in runs if run["state"] in ("queued", "running")]
                running = [name for run in runs if (name := self._tell(run))]
                status.update(f"{self._clock()}  running: {', '.join(running) or 'nothing'}")
                # `ingest` fails because a DAG that it triggered did: that one tells why.
                failed = [run for run in runs if run["state"] == "failed"]
                if failed:
                    raise ChainFailed(self._why(min(failed, key=lambda run: run["dag_id"] == "ingest")))
                quiet = 0 if active else quiet + 1
                time.sleep(POLL_SECONDS)

    def _tell(self, run: dict[str, Any]) -> str:
        """Print what ended since the last look; return what is running."""
        run_key = (run["dag_id"], run["dag_run_id"], "")
        if run_key in self._told:
            return ""
        tasks = sorted(self.client.task_instances(run), key=lambda task: task["end_date"] or "9999")
        for task in tasks:
            key = (task["dag_id"], task["dag_run_id"], task["task_id"])
            if task["state"] in ENDED and key not in self._told:
                self._told.add(key)
                if task["state"] == "skipped":
                    continue
                self._print(task["dag_id"], task["task_id"], task["state"], task["duration"], self._result(task))
        if run["state"] in ("success", "failed"):
            self._told.add(run_key)
            self._print(run["dag_id"], "", run["state"], run["duration"], "")
        for task in tasks:
            asked = (task["dag_id"], task["dag_run_id"], f"{task['task_id']} asks")
            if task["state"] == "awaiting_input" and asked not in self._told:
                self._told.add(asked)
                self._print(task["dag_id"], task["task_id"], task["state"], None, ASKED)
        now = [task["task_id"] for task in tasks if task["state"] in ("running", "awaiting_input")]
        return f"{run['dag_id']} ({', '.join(now)})" if now else ""

    def _result(self, task: dict[str, Any]) -> str:
        if task["state"] != "success":
            return ""
        returned = self.client.returned(task)
        self.results[task["dag_id"], task["task_id"]] = returned
        return _told(returned)

    def _print(self, dag_id: str, task_id: str, state: str, seconds: float | None, result: str) -> None:
        took = f"{seconds:6.1f} s" if seconds is not None else " " * 8
        name = f"{dag_id:<10} {task_id or '(finished)':<44}"
        self.console.print(f"{self._clock()}  {MARKS.get(state, ' ')} {name} {took}  {result}".rstrip(), soft_wrap=True)

    def _clock(self) -> str:
        return f"{time.monotonic() - self.started:6.1f} s"

    def _why(self, run: dict[str, Any]) -> str:
        tasks = [task for task in self.client.task_instances(run) if task["state"] == "failed"]
        if not tasks:
            return f"{run['dag_id']} failed before any of its tasks did; see the scheduler's log."
        task = min(tasks, key=lambda task: task["end_date"] or "9999")
        log = "\n".join(self.client.log_tail(task))
        return (
            f"{task['dag_id']}.{task['task_id']} failed. The end of its log:\n\n{log}\n\n"
            f"{'The model' if task['dag_id'] == 'training' else 'The published warehouse'} is as it was. Mend what the "
            f"log names, then run `{self.command}` again: what is done is not done twice. To look around first: "
            f"open the run of `{task['dag_id']}` in the UI{self.ui}, press its red task."
        )


def _a_moment_ago() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def _told(returned: Any) -> str:
    """The figures of a task's result, for example ``rows 336,776  checks passed 36``."""
    if returned is False:
        return "nothing to do: the tasks after it are skipped"
    if not isinstance(returned, dict):
        return ""
    parts = returned.values() if all(isinstance(part, dict) for part in returned.values()) else [returned]
    totals: dict[str, float] = {}
    for part in parts:
        for name, value in part.items():
            if isinstance(value, int | float):
                totals[name] = totals.get(name, 0) + value
    return "  ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in totals.items())
