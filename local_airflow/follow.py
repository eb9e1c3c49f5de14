"""Follow a chain of DAG runs from one trigger to its end, and print a line for every finished task."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from rich.console import Console

from local_airflow.client import Client
from ontime import lake, warehouse

#: A poll costs Airflow as much as a task's heartbeats do, so polling more often makes the chain slower.
POLL_SECONDS = 3
#: Airflow turns an asset event into a run within a second or two, later on a busy machine. So after 3 idle polls a
#: finished chain is done; after 10 idle polls an unfinished one counts as stuck.
IDLE_POLLS_IF_DONE, IDLE_POLLS_IF_STUCK = 3, 10
FINISHED = {"success", "failed", "skipped", "upstream_failed", "removed"}
MARKS = {"success": "[green]✓[/]", "failed": "[red]✗[/]", "upstream_failed": "[red]·[/]"}
WAITING_FOR_A_PERSON = "waits for a person: Required actions in the UI (login: ontime airflow login)"


class ChainFailed(RuntimeError):
    """A task failed, or the chain stopped before the model was trained."""


@dataclass
class Chain:
    """All runs that one trigger starts: its own, and those that asset events start after it.

    ``ui`` says how to open the UI. ``results`` holds the return value of each successful task, by DAG and task id.
    """

    client: Client
    console: Console
    ui: str = " (`make up`)"
    since: datetime = field(default_factory=lambda: _a_moment_ago())
    started: float = field(default_factory=time.monotonic)
    results: dict[tuple[str, str], Any] = field(default_factory=dict)
    _printed: set[tuple[str, str, str]] = field(default_factory=set)

    def run(
        self, first_month: str, last_month: str, others: Mapping[str, Sequence[str]] = MappingProxyType({})
    ) -> None:
        """Ingest a range of months and follow the chain until the model is trained.

        ``others`` are further DAGs that ingest a dataset, each with its months. They run at the same time. Raises
        :class:`ChainFailed`, as :meth:`complete` does, or if other runs are active.
        """
        self.refuse_if_active()
        if others:
            with self.one_build():
                for dag_id, months in {"ingest": (first_month, last_month), **others}.items():
                    self.client.trigger(dag_id, _form(months))
                self.follow(idle_polls_if_done=1)
        else:
            self.client.trigger("ingest", _form((first_month, last_month)))
        self.complete()

    @contextmanager
    def one_build(self) -> Iterator[None]:
        """Pause `warehouse` while the block ingests, and then trigger it: one build and one training, not several.

        While it is paused, no run starts by itself, so one idle poll shows that the ingestion is done.
        """
        self.client.set_paused("warehouse", True)
        try:
            yield
        finally:
            self.client.set_paused("warehouse", False)
        self.client.trigger("warehouse")

    def ignore_runs_until_now(self) -> None:
        """Follow only runs that start from now on: the API returns at most a hundred."""
        self.since = _a_moment_ago()

    def refuse_if_active(self) -> None:
        """Raise :class:`ChainFailed` while runs of another trigger are active."""
        active = {run["dag_id"] for run in self.client.active_dag_runs()}
        if active:
            raise ChainFailed(
                f"Runs of {', '.join(sorted(active))} are active: wait until they end, or stop them in the UI."
            )

    def complete(self) -> None:
        """Follow the triggered runs until the warehouse is published and a model is trained on it.

        Raises :class:`ChainFailed` with the failed task's log, or with the step that is missing.
        """
        self.follow(until=lambda: self._is_published() and self._is_trained())
        if not self._is_published():
            reason = "; ".join(lake.stale_reasons()) or "see the `warehouse` DAG's log"
            raise ChainFailed(f"The chain ended, but the warehouse was not published: {reason}.")
        if not self._is_trained():
            # An earlier run published this warehouse, then failed or was stopped while training.
            self.client.trigger("training")
            self.follow(until=self._is_trained)

    def _is_published(self) -> bool:
        return warehouse.is_settled()

    def _is_trained(self) -> bool:
        published = warehouse.current()
        return published is not None and self.client.succeeded_since("training", published.published_at)

    def follow(self, until: Callable[[], bool] = lambda: True, idle_polls_if_done: int = IDLE_POLLS_IF_DONE) -> None:
        """Print a line for every finished task until no run is active and ``until()`` is true.

        Returns after a long idle time even if ``until()`` is false. Raises :class:`ChainFailed` when a run fails.
        """
        idle_polls = 0
        with self.console.status("…") as status:
            while idle_polls < idle_polls_if_done or (idle_polls < IDLE_POLLS_IF_STUCK and not until()):
                runs = self.client.dag_runs(self.since)
                running = [names for run in runs if (names := self._print_news(run))]
                status.update(f"{self._clock()}  running: {', '.join(running) or 'nothing'}")
                self._raise_if_failed(runs)
                is_idle = not any(run["state"] in ("queued", "running") for run in runs)
                idle_polls = idle_polls + 1 if is_idle else 0
                time.sleep(POLL_SECONDS)

    def _print_news(self, run: dict[str, Any]) -> str:
        """Print what has happened in a run since the last poll; return the names of its running tasks."""
        if (run["dag_id"], run["dag_run_id"], "") in self._printed:
            return ""
        tasks = sorted(self.client.task_instances(run), key=_end)
        for task in tasks:
            if task["state"] in FINISHED and self._is_news(task, task["task_id"]) and task["state"] != "skipped":
                self._print(task, task["task_id"], self._result(task))
        if run["state"] in ("success", "failed") and self._is_news(run, ""):
            self._print(run, "(finished)")
        for task in tasks:
            if task["state"] == "awaiting_input" and self._is_news(task, f"{task['task_id']} waits"):
                self._print({**task, "duration": None}, task["task_id"], WAITING_FOR_A_PERSON)
        running = [task["task_id"] for task in tasks if task["state"] in ("running", "awaiting_input")]
        return f"{run['dag_id']} ({', '.join(running)})" if running else ""

    def _is_news(self, run_or_task: dict[str, Any], event: str) -> bool:
        """Is this the first time that we see an event of a run?"""
        key = (run_or_task["dag_id"], run_or_task["dag_run_id"], event)
        is_news = key not in self._printed
        self._printed.add(key)
        return is_news

    def _result(self, task: dict[str, Any]) -> str:
        if task["state"] != "success":
            return ""
        returned = self.client.returned(task)
        self.results[task["dag_id"], task["task_id"]] = returned
        return _figures(returned)

    def _print(self, run_or_task: dict[str, Any], name: str, result: str = "") -> None:
        seconds, mark = run_or_task["duration"], MARKS.get(run_or_task["state"], " ")
        duration = f"{seconds:6.1f} s" if seconds is not None else " " * 8
        line = f"{self._clock()}  {mark} {run_or_task['dag_id']:<10} {name:<44} {duration}  {result}"
        self.console.print(line.rstrip(), soft_wrap=True)

    def _clock(self) -> str:
        return f"{time.monotonic() - self.started:6.1f} s"

    def _raise_if_failed(self, runs: list[dict[str, Any]]) -> None:
        failed = [run for run in runs if run["state"] == "failed"]
        if failed:
            # `ingest` fails because a DAG that it triggered failed; that one has the reason.
            raise ChainFailed(self._reason(min(failed, key=lambda run: run["dag_id"] == "ingest")))

    def _reason(self, run: dict[str, Any]) -> str:
        """The failed task, the end of its log, and what to do."""
        failed = [task for task in self.client.task_instances(run) if task["state"] == "failed"]
        if not failed:
            return f"{run['dag_id']} failed before any of its tasks did; see the scheduler's log."
        task = min(failed, key=_end)
        log = "\n".join(self.client.log_tail(task))
        unchanged = "The model" if task["dag_id"] == "training" else "The published warehouse"
        return (
            f"{task['dag_id']}.{task['task_id']} failed. The end of its log:\n\n{log}\n\n"
            f"{unchanged} has not changed. Fix what the log names, then run the same command again: finished work is "
            f"not repeated. To look around first, open the run of `{task['dag_id']}` in the UI{self.ui} and click its "
            f"red task."
        )


def _form(months: Sequence[str]) -> dict[str, Any]:
    """The values of an ingest DAG's form; what is up to date is not cleaned again."""
    return {**({"first_month": months[0], "last_month": months[-1]} if months else {}), "reprocess": False}


def _a_moment_ago() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def _end(task: dict[str, Any]) -> str:
    """Sort key of tasks: when they ended; unfinished ones come last."""
    return task["end_date"] or "9999"


def _figures(returned: Any) -> str:
    """The figures of a task's return value, for example ``rows 336,776  checks passed 36``."""
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
