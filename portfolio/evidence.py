"""What the site shows besides the warehouse: gates, rows of the lake, runs, and the faults that the tests cause."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ontime import lake, ledger, warehouse
from ontime.settings import PROJECT_DIR, settings
from portfolio.facts import Fact, fact
from portfolio.tables import Table, cell

FAULTS = PROJECT_DIR / "docs" / "reference" / "faults.md"


@dataclass(frozen=True)
class Gate:
    """The latest result of one suite on one partition. ``page`` is its page in the Data Docs."""

    suite: str
    partition: str
    success: bool
    checks: int
    failed: tuple[str, ...]
    validated_at: str
    page: str


@dataclass(frozen=True)
class Suite:
    """All results of one suite, by partition."""

    name: str
    gates: tuple[Gate, ...]

    @property
    def failed(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.success)


def suites() -> list[Suite]:
    """The results in the Data Docs, by suite; none before the first gate."""
    by_suite: dict[str, list[Gate]] = {}
    for path in sorted(settings.data_docs_dir.glob("*/*.json")):
        record = json.loads(path.read_text("utf-8"))
        gate = Gate(**{**record, "failed": tuple(record["failed"])})
        by_suite.setdefault(gate.suite, []).append(gate)
    return [Suite(name, tuple(gates)) for name, gates in by_suite.items()]


def verdicts(page: Path = FAULTS) -> dict[str, int]:
    """How the faults of the tests end: verdict → number of faults, the most frequent first."""
    rows = [row for row in page.read_text("utf-8").splitlines() if row.startswith("| ")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    counts = Counter(row[2] for row in cells if row[0] not in ("fault", "---"))
    return dict(counts.most_common())


def facts() -> dict[str, Fact]:
    """The numbers of this evidence that sentences use."""
    rows, tasks = lake.row_counts(), ledger.read().tasks
    gates = [gate for suite in suites() for gate in suite.gates]
    in_ledger = "count of the lines in data/runs"
    in_lake, in_docs = "sum over the manifests of data/clean", "count of the records in data/data_docs"
    derived = [
        ("rows.raw_count", sum(row.raw for row in rows), in_lake),
        ("rows.clean_count", sum(row.clean for row in rows), in_lake),
        ("rows.quarantined_count", sum(row.quarantined for row in rows), in_lake),
        ("gates.batch_count", len(gates), in_docs),
        ("gates.check_count", sum(gate.checks for gate in gates), "sum over the records in data/data_docs"),
        ("gates.failed_count", sum(not gate.success for gate in gates), in_docs),
        ("runs.task_count", len(tasks), in_ledger),
        ("runs.failed_count", sum(task.state == "failed" for task in tasks), in_ledger),
        ("runs.run_count", len({(task.dag, task.run) for task in tasks}), in_ledger),
        ("faults.fault_count", sum(verdicts().values()), "rows of the tables in docs/reference/faults.md"),
    ]
    return {name: fact(name, value, derivation=derivation) for name, value, derivation in derived}


def tables() -> dict[str, Table]:
    """The tables of this evidence, the header first: rows by dataset, gates by suite, versions, runs, longest tasks."""
    tasks = ledger.read().tasks
    return {
        "rows": _rows(),
        "gates": _gates(),
        "versions": _versions(),
        "runs": _runs(tasks),
        "longest_tasks": _longest(tasks),
    }


def _rows() -> Table:
    table = [["dataset", "raw", "clean", "quarantined", "reasons"]]
    for row in lake.row_counts():
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in sorted(row.quarantined_by_reason.items()))
        table.append([row.dataset, cell(row.raw), cell(row.clean), cell(row.quarantined), reasons])
    return table


def _gates() -> Table:
    table = [["suite", "batches", "checks", "failed", "last run (UTC)"]]
    for suite in suites():
        checks = sum(gate.checks for gate in suite.gates)
        last = max(gate.validated_at for gate in suite.gates)[:16].replace("T", " ")
        table.append([suite.name, cell(len(suite.gates)), cell(checks), cell(len(suite.failed)), last])
    return table


def _versions() -> Table:
    table = [["published", "version", "at (UTC)", "MiB", "sha256"]]
    for name in (warehouse.WAREHOUSE, warehouse.PREDICTIONS, warehouse.MONITORING):
        for version in warehouse.history(name):
            at = version.published_at[:16].replace("T", " ")
            table.append([name, version.version, at, f"{version.size_bytes / 2**20:.1f}", version.sha256[:12]])
    return table


#: How many runs, and how many tasks, the page of the pipeline shows.
SHOWN = 20


def _runs(tasks: list[ledger.TaskRun]) -> Table:
    """The last runs of DAGs, the newest first: from the start of the first task to the end of the last."""
    runs: dict[tuple[str, str], list[ledger.TaskRun]] = {}
    for task in tasks:
        runs.setdefault((task.dag, task.run), []).append(task)
    table = [["DAG", "months", "started (UTC)", "seconds", "tasks", "failed"]]
    for (dag, _), of_run in sorted(runs.items(), key=lambda run: max(t.ended_at for t in run[1]), reverse=True)[:SHOWN]:
        start = min(datetime.fromisoformat(task.started_at) for task in of_run)
        end = max(datetime.fromisoformat(task.ended_at) for task in of_run)
        months = sorted({month for task in of_run for month in (task.first_month, task.last_month) if month})
        failed = sum(task.state == "failed" for task in of_run)
        cells = [f"{start:%Y-%m-%d %H:%M}", f"{(end - start).total_seconds():.0f}", cell(len(of_run)), cell(failed)]
        table.append([dag, " to ".join(dict.fromkeys((*months[:1], *months[-1:]))), *cells])
    return table


def _longest(tasks: list[ledger.TaskRun]) -> Table:
    longest = sorted(tasks, key=lambda task: (-task.duration_seconds, task.dag, task.task))[:SHOWN]
    rows = [[task.dag, task.task, task.state, f"{task.duration_seconds:.1f}"] for task in longest]
    return [["DAG", "task", "state", "seconds"], *rows]
