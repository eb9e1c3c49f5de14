"""Operations: what ran and how long it took, what the gates decided, what became of the rows, what is published."""

import pandas as pd
import streamlit as st

from dashboard import parts
from insight import operations, quality
from insight.words import count, records
from ontime import ledger, warehouse
from ontime.settings import settings
from ontime.warehouse.records import version_path

RUNS_SHOWN = 50

st.title("Operations")
st.write(f"What the pipeline has done. To start or repeat something, open [Airflow]({settings.airflow_address}).")


def show_runs() -> None:
    """The newest runs, and the tasks of one of them."""
    read = ledger.read()
    if read.damaged_lines:
        st.warning(f"{count(read.damaged_lines, 'line')} of the run ledger cannot be read. All others are used.")
    if not read.tasks:
        st.info("No task has finished yet. Each task that Airflow finishes is listed here.")
        return
    rows = records(operations.runs(read.tasks).head(RUNS_SHOWN))
    parts.table(
        "runs",
        pd.DataFrame(
            {
                "DAG": row["dag"],
                "started (UTC)": row["started_at"][:16].replace("T", " "),
                "months": row["months"].replace("..", " – "),
                "seconds": f"{row['seconds']:,.0f}",
                "tasks": f"{row['tasks']} ({row['skipped']} skipped)" if row["skipped"] else f"{row['tasks']}",
                "result": f"✗ {row['failed']} failed" if row["failed"] else "✓",
            }
            for row in rows
        ),
    )
    names = [f"{row['dag']} · {row['run']}" for row in rows]
    row = rows[names.index(st.selectbox("Tasks of the run", names, key="run", bind="query-params"))]
    tasks = operations.last_attempts([task for task in read.tasks if (task.dag, task.run) == (row["dag"], row["run"])])
    text = operations.describe_tasks(tasks)
    parts.chart("tasks", operations.draw_tasks(tasks), text)
    st.caption(text)


def show_gates() -> None:
    """The latest result of every gate, by month."""
    results = quality.results()
    if not results:
        st.info("No gate has run yet. The DAG `ingest` runs the first ones.")
        return
    failed = [result for result in results if not result.success]
    if failed:
        names = ", ".join(dict.fromkeys(result.where for result in failed))
        st.error(f"A gate has failed: {names}. {quality.CONSEQUENCE} The page Data quality says why.")
    else:
        st.success(f"All {sum(result.checks for result in results):,} checks of the latest runs hold.")
    st.caption("✓ 41: all of 41 checks hold. ✗ 2 of 41: two of them do not, and the run stopped there.")
    st.dataframe(quality.by_gate(results), hide_index=True)  # wider than a phone: its own grid scrolls by keyboard too
    parts.link("quality", "Every check, and why rows were rejected")


def show_rows() -> None:
    """Raw, clean and quarantined rows, and the rejected rows of one partition."""
    flow = operations.flow()
    if flow.empty:
        st.info("Nothing has been cleaned yet.")
        return
    totals = flow.groupby("dataset", sort=False)[["raw", "clean", "quarantined"]].sum().reset_index()
    st.write("Every raw row is either clean or in quarantine, with the reason. Nothing is dropped.")
    parts.table("rows", totals)
    with st.expander("By month"):
        st.dataframe(flow, hide_index=True)
    some = flow[flow["quarantined"] > 0]
    if some.empty:
        st.caption("No row was rejected.")
        return
    choices = {f"{row['dataset']} {row['partition']}": row for row in records(some)}
    row = choices[st.selectbox("Rejected rows of", list(choices), key="rejected", bind="query-params")]
    st.dataframe(operations.rejected(row["dataset"], row["partition"]), hide_index=True)
    text = f"{count(row['quarantined'], 'row')} as the publisher sent them."
    is_cut = row["quarantined"] > operations.REJECTED_SHOWN
    st.caption(f"{text} The first {operations.REJECTED_SHOWN} are shown." if is_cut else text)


@st.cache_data(max_entries=20, show_spinner=False)
def rows_per_mart(version: str) -> dict[str, int]:
    """The number of rows of each mart of a version, which never changes."""
    return operations.rows_per_mart(version_path(warehouse.WAREHOUSE, version))


def show_versions() -> None:
    """The versions that are kept, what changed between two of them, and how to go back."""
    history = warehouse.history()
    if not history:
        st.info(parts.MISSING["warehouse"])
        return
    current = warehouse.current_name()
    parts.table(
        "versions",
        pd.DataFrame(
            {
                "version": version.version,
                "published (UTC)": version.published_at[:16].replace("T", " "),
                "months": version.lineage.get("months", "").replace("..", " – "),
                "size, MB": f"{version.size_bytes / 1e6:,.1f}",
                "": "← current" if version.version == current else "",
            }
            for version in history
        ),
    )
    names = [version.version for version in history]
    if len(names) > 1:
        newer = st.selectbox("What changed with", names[:-1], key="version", bind="query-params")
        older = names[names.index(newer) + 1]
        marts = [rows_per_mart(name) for name in (older, newer)]
        st.write(f"Rows per mart, from {older} to {newer}:")
        parts.table("changes", operations.changes(*marts))
        st.write("To return to the version before, without a rebuild:")
        st.code("ontime warehouse rollback", language="sh")
    else:
        st.write("This is the only version. From the next one on, this page shows what changed.")
        parts.table("marts", pd.DataFrame(rows_per_mart(names[0]).items(), columns=["mart", "rows"]))


SHOW = {"Runs": show_runs, "Gates": show_gates, "Rows": show_rows, "Versions": show_versions}
tabs = st.tabs(list(SHOW), key="tab", bind="query-params")
for tab, show in zip(tabs, SHOW.values(), strict=True):
    if tab.open:
        with tab:
            show()
