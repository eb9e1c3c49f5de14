"""How it runs: finished runs and tasks, rows from raw to clean, rejected rows, and what a publication changed."""

from datetime import datetime
from pathlib import Path

import altair as alt
import duckdb
import pandas as pd

from insight.words import count
from ontime import lake
from ontime.datasets import DATASETS
from ontime.ledger import TaskRun
from ontime.settings import settings

RUN_COLUMNS = ["dag", "run", "months", "started_at", "seconds", "tasks", "failed", "skipped", "state"]
#: How many rejected rows of a partition are read.
REJECTED_SHOWN = 100
FLOW_COLUMNS = ["dataset", "partition", "raw", "clean", "quarantined", "cleaned_at", "run"]


def runs(tasks: list[TaskRun]) -> pd.DataFrame:
    """A row per DAG run, newest first.

    ``seconds``: from the start of its first task to the end of its last. ``tasks``: those that have ended; each counts
    once, by its last attempt. ``state``: ``failed`` if one of these failed, else ``success``.
    """
    rows = []
    by_run: dict[tuple[str, str], list[TaskRun]] = {}
    for task in tasks:
        by_run.setdefault((task.dag, task.run), []).append(task)
    for (dag, run), attempts in by_run.items():
        last = last_attempts(attempts)
        states = [task.state for task in last]
        start, end = min(task.started_at for task in attempts), max(task.ended_at for task in attempts)
        months = attempts[0].first_month and f"{attempts[0].first_month}..{attempts[0].last_month}"
        failed, skipped = states.count("failed"), states.count("skipped")
        state = "failed" if failed else "success"
        rows.append((dag, run, months or "", start, _seconds(start, end), len(last), failed, skipped, state))
    return pd.DataFrame(rows, columns=RUN_COLUMNS).sort_values("started_at", ascending=False, ignore_index=True)


def last_attempts(attempts: list[TaskRun]) -> list[TaskRun]:
    """The last attempt of each task of a run, in the order in which they ended."""
    last = {(task.task, task.map_index): task for task in sorted(attempts, key=lambda task: task.ended_at)}
    return list(last.values())


def draw_tasks(tasks: list[TaskRun]) -> alt.TopLevelMixin:
    """The tasks of one run as bars from start to end, with those that failed in another colour."""
    begin = min(task.started_at for task in tasks)
    rows = pd.DataFrame(
        {
            "task": task.task,
            "from": _seconds(begin, task.started_at),
            "to": _seconds(begin, task.ended_at),
            "seconds": task.duration_seconds,
            "state": task.state,
        }
        for task in tasks
    )
    return (
        alt.Chart(rows)
        .mark_bar(height=12)
        .encode(
            alt.X("from:Q", title="seconds since the start of the run"),
            alt.X2("to:Q"),
            alt.Y("task:N", title=None, sort=alt.EncodingSortField("from"), axis=alt.Axis(labelLimit=320)),
            alt.Color("state:N", title=None, scale=alt.Scale(domain=["success", "skipped", "failed", "retried"])),
            tooltip=["task:N", "state:N", alt.Tooltip("seconds:Q", format=".1f")],
        )
        .properties(height=alt.Step(20))
    )


def describe_tasks(tasks: list[TaskRun]) -> str:
    """How many tasks succeeded or failed, how long the run took, and the longest task."""
    longest = max(tasks, key=lambda task: task.duration_seconds)
    seconds = _seconds(min(task.started_at for task in tasks), max(task.ended_at for task in tasks))
    states = pd.Series([task.state for task in tasks]).value_counts()
    ends = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    return (
        f"{count(len(tasks), 'task')} in {seconds:,.0f} seconds ({ends}). "
        f"The longest is {longest.task} with {longest.duration_seconds:,.1f} seconds."
    )


def flow() -> pd.DataFrame:
    """Raw, clean and quarantined rows of every committed partition, by dataset and month. raw = clean + quarantined."""
    rows = [
        (dataset, part.partition, part.rows_raw, part.rows_clean, part.rows_quarantined, part.committed_at, part.run_id)
        for dataset in DATASETS
        for part in sorted(lake.manifest.read_all(dataset)[0], key=lambda part: part.partition)
    ]
    return pd.DataFrame(rows, columns=FLOW_COLUMNS)


def loaded() -> pd.DataFrame:
    """The datasets with clean rows, as the overview shows them: months, number of rows, and when they were cleaned."""
    rows, partitions = [], flow()
    for name, dataset in DATASETS.items():
        parts = partitions[partitions["dataset"] == name]
        if not parts.empty:
            rows.append(
                {
                    "dataset": name,
                    "what": dataset.title,
                    "months": _range(parts["partition"]) if dataset.is_monthly else "one table",
                    "rows": parts["clean"].sum(),
                    "cleaned (UTC)": parts["cleaned_at"].max()[:16].replace("T", " "),
                }
            )
    return pd.DataFrame(rows)


def _range(months: pd.Series) -> str:
    first, last = months.min(), months.max()
    return first if first == last else f"{first} – {last} ({len(months)})"


def rejected(dataset: str, partition: str, most: int = REJECTED_SHOWN) -> pd.DataFrame:
    """The first ``most`` rejected rows of a partition: the reason, then the publisher's columns that have a value."""
    files = sorted(map(str, lake.quarantine_partition_dir(dataset, partition).glob("*.parquet")))
    if not files:
        return pd.DataFrame()
    with duckdb.connect(config=settings.duckdb_config) as connection:
        rows = connection.read_parquet(files).limit(most).df().dropna(axis="columns", how="all")
    return rows[["reason", *rows.columns.drop("reason")]]


def rows_per_mart(file: Path) -> dict[str, int]:
    """The number of rows of each mart of a published file. Raises ``duckdb.Error`` if it is damaged."""
    with duckdb.connect(str(file), read_only=True, config=settings.duckdb_config) as connection:
        names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts' ORDER BY ALL")
        return {name: len(connection.table(f"marts.{name}")) for (name,) in names.fetchall()}


def changes(older: dict[str, int], newer: dict[str, int]) -> pd.DataFrame:
    """Rows per mart of two versions and the difference; a mart that a version does not have counts as 0 rows."""
    names = sorted({*older, *newer})
    rows = [(name, older.get(name, 0), newer.get(name, 0), newer.get(name, 0) - older.get(name, 0)) for name in names]
    return pd.DataFrame(rows, columns=["mart", "rows before", "rows after", "difference"])


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
