"""
### Weather: a range of months, from raw file to clean partition

Hourly observations at the airports that flights leave from.

| task | what it does | where the result is |
| --- | --- | --- |
| `download` | downloads each month's file, byte for byte | `data/raw/weather/YYYY-MM/` |
| `validate_raw` | Great Expectations on the file: columns, rows, right month | Data Docs |
| `clean` | Spark: UTC hours, SI units, impossible values cleared | `data/clean/weather/`, `data/quarantine/weather/` |
| `validate_clean` | Great Expectations on the partition; raw = clean + quarantined | Data Docs |

**Then** `warehouse` runs by itself once every month of flights has its weather.
On the command line: `ontime clean weather --from 2013-01`.
"""

from airflow.sdk import DAG
from wiring.ingest_tasks import DEFAULT_ARGS, MONTH_RANGE, ingest

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
