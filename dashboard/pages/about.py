"""About: what this is, where the data comes from, under which licences, and how to run it."""

import duckdb
import pandas as pd
import streamlit as st

from dashboard import parts
from ontime import project
from ontime.settings import settings

st.title("About")
whose = project.read()
st.write(
    f"{whose.title} is a complete data pipeline that you can run, read, and make your own. Airflow runs the steps, "
    "Spark cleans the files, dbt builds tables in DuckDB, Great Expectations checks the data before and after "
    "cleaning and before publication, scikit-learn and LightGBM train the model, and MLflow records its versions."
)
if whose.code_url:
    st.markdown(f"By {whose.owner} · [source code]({whose.code_url})")
st.header("Data")
parts.table(
    "datasets",
    pd.DataFrame(
        {"dataset": name, "what": dataset.title, "source": dataset.source, "licence": dataset.license}
        for name, dataset in whose.datasets.items()
    ),
)
st.write(
    "The basemap is us-atlas (ISC licence), made from the U.S. Census Bureau's boundaries. The code is under the "
    "Apache licence 2.0."
)

st.header("What this page shows")
with parts.in_words():
    rows = [
        {
            "published file": name,
            "version": version.version,
            "published (UTC)": version.published_at[:16].replace("T", " "),
        }
        for name, version in vars(parts.published()).items()
        if version
    ]
    if rows:
        parts.table("published", pd.DataFrame(rows))
    else:
        st.write("Nothing is published yet.")
st.caption(f"DuckDB {duckdb.__version__} · Streamlit {st.__version__}")

st.header("Documents")
documents = {
    "Data Docs: every check of the gates": ("/data-docs/", settings.data_docs_dir / "index.html"),
    "Tables and columns of the warehouse (dbt)": ("/dbt-docs/", settings.dbt_docs_dir / "index.html"),
    "Report: statistics of the flights": ("/report", settings.report_page),
}
for label, (address, file) in documents.items():
    if file.exists():
        st.markdown(f"- [{label}]({address})")
st.markdown("- [This status for programs](/status.json)")

st.header("Run it yourself")
st.code(
    "make demo        # a year from raw files to predictions\nmake up          # Airflow with its UI",
    language="sh",
    wrap_lines=True,
)
