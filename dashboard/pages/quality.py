"""Data quality: what every gate expects and what it has seen, and why rows were rejected."""

import pandas as pd
import streamlit as st

from dashboard import parts
from insight import quality
from insight.words import percent, records
from ontime.settings import settings

ALL = "all datasets"

st.title("Data quality")
st.write(
    "A *gate* is a set of checks that data must pass before the next step may use it: on the publisher's files (raw), "
    "on the cleaned rows (clean), and on the warehouse before it is published (marts)."
)


def show_results(results: list[quality.Result]) -> None:
    """The results of one dataset, failed ones first, each with the page that shows every expectation."""
    results = sorted(results, key=lambda result: (result.success, result.suite, result.partition))
    st.dataframe(
        pd.DataFrame(
            {
                "result": "✓" if result.success else "✗",
                "suite": result.suite,
                "month": quality.PARTITION_NAMES.get(result.partition, result.partition),
                "checks": result.checks,
                "failed": ", ".join(result.failed),
                "checked at (UTC)": result.validated_at[:16].replace("T", " "),
                "page": f"/data-docs/{result.page}",
            }
            for result in results
        ),
        hide_index=True,
        column_config={"page": st.column_config.LinkColumn("Data Docs", display_text="open")},
    )


results = quality.results()
if not results:
    raise parts.Missing("No gate has run yet. The DAG `ingest` runs the first ones.")
failed = [result for result in results if not result.success]
for result in failed[:10]:
    checks = ", ".join(f"`{check}`" for check in result.failed) or "a check"
    st.error(f"**{result.where}** did not pass: {checks}. [What was expected and seen](/data-docs/{result.page})")
if failed:
    st.write(quality.CONSEQUENCE)
else:
    st.success(f"All {sum(result.checks for result in results):,} checks of the latest runs hold.")

datasets = [ALL, *dict.fromkeys(result.dataset for result in results)]
dataset = st.selectbox("Dataset or check of the warehouse", datasets, key="dataset", bind="query-params")
show_results([result for result in results if dataset in (ALL, result.dataset)])
if (settings.data_docs_dir / "index.html").exists():
    st.link_button("All Data Docs", "/data-docs/")

st.header("Why rows were rejected")
reasons = records(quality.quarantined())
if reasons:
    parts.table(
        "reasons",
        pd.DataFrame(
            {
                "dataset": row["dataset"],
                "reason": row["reason"].replace("_", " "),
                "rows": f"{row['rows']:,}",
                "of its raw rows": percent(row["share_of_raw"]),
            }
            for row in reasons
        ),
    )
    parts.link("operations", "The rejected rows themselves", tab="Rows")
else:
    st.write("No row was rejected.")
