"""What the site shows besides the warehouse: gates, rows, runs, scores, R's opinion, faults of the tests, exercises."""

import re
from collections import Counter
from pathlib import Path

from insight import operations, quality
from insight.published import Published
from insight.words import records
from ontime import lake, ledger, warehouse
from ontime.settings import PROJECT_DIR
from portfolio import exercises, opinion, scores
from portfolio.facts import Fact, fact
from portfolio.tables import Table, cell

FAULTS = PROJECT_DIR / "docs" / "reference" / "faults.md"


def verdicts(page: Path = FAULTS) -> dict[str, int]:
    """How the faults of the tests end: verdict → number of faults, the most frequent first."""
    rows = [row for row in page.read_text("utf-8").splitlines() if row.startswith("| ")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    counts = Counter(row[2] for row in cells if row[0] not in ("fault", "---"))
    return dict(counts.most_common())


def facts(published: Published) -> dict[str, Fact]:
    """The numbers of this evidence that sentences use."""
    rows, tasks = lake.row_counts(), ledger.read().tasks
    gates = quality.results()
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
    counted = {name: fact(name, value, derivation=derivation) for name, value, derivation in derived}
    return counted | opinion.facts(published) | exercises.facts()


def tables(published: Published) -> dict[str, Table]:
    """The tables of this evidence, the header first.

    Rows of all datasets and of each, gates by suite, versions, runs, longest tasks, scores of models, R's opinion,
    solved exercises.
    """
    tasks = ledger.read().tasks
    header, *rows = _rows()
    return {
        "rows": [header, *rows],
        **{f"rows_{row[0]}": [header, row] for row in rows},
        "gates": _gates(),
        "versions": _versions(),
        "runs": _runs(tasks),
        "longest_tasks": _longest(tasks),
        "scores": scores.table(published),
        "second_opinion": opinion.table(published),
        **exercises.tables(),
    }


def _rows() -> Table:
    table = [["dataset", "raw", "clean", "quarantined", "reasons"]]
    for row in lake.row_counts():
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in sorted(row.quarantined_by_reason.items()))
        table.append([row.dataset, cell(row.raw), cell(row.clean), cell(row.quarantined), reasons])
    return table


def _gates() -> Table:
    by_suite: dict[str, list[quality.Result]] = {}
    for result in quality.results():
        by_suite.setdefault(result.suite, []).append(result)
    table = [["suite", "batches", "checks", "failed", "last run (UTC)"]]
    for suite, results in by_suite.items():
        checks, failed = sum(result.checks for result in results), sum(not result.success for result in results)
        last = max(result.validated_at for result in results)[:16].replace("T", " ")
        table.append([suite, cell(len(results)), cell(checks), cell(failed), last])
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
    """The last runs of DAGs, the newest first."""
    table = [["DAG", "months", "started (UTC)", "seconds", "tasks", "failed"]]
    for run in records(operations.runs(tasks).head(SHOWN)):
        started = run["started_at"][:16].replace("T", " ")
        cells = [started, f"{run['seconds']:.0f}", cell(run["tasks"]), cell(run["failed"])]
        table.append([run["dag"], run["months"], *cells])
    return table


def _longest(tasks: list[ledger.TaskRun]) -> Table:
    longest = sorted(tasks, key=lambda task: (-task.duration_seconds, task.dag, task.task))[:SHOWN]
    rows = [[task.dag, task.task, task.state, f"{task.duration_seconds:.1f}"] for task in longest]
    return [["DAG", "task", "state", "seconds"], *rows]
