"""
### Weather: a range of months, from raw file to clean partition

Hourly observations at the airports that flights leave from.

| task | what it does | where it ends up |
| --- | --- | --- |
| `download` | fetches each month's file as the publisher has it | `data/raw/weather/YYYY-MM/` |
| `validate_raw` | Great Expectations on the file: columns, rows, right month | Data Docs |
| `clean` | Spark: UTC hours, SI units, bad values nulled | `data/clean/weather/`, `data/quarantine/weather/` |
| `validate_clean` | Great Expectations on the partition; raw = clean + quarantined | Data Docs |

**Then** `warehouse` runs by itself once every month of flights has its weather.
By hand: `python -m spark_jobs weather 2013-01`.
"""

from airflow.sdk import DAG
from ingestion import DEFAULT_ARGS, MONTH_RANGE, ingest

with DAG(
    dag_id="weather",
    doc_md=__doc__,
    description="Ingest and clean hourly airport weather, by month.",
    schedule=None,
    params=MONTH_RANGE,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    tags=["ingest", "spark", "great expectations"],
):
    ingest("weather")
