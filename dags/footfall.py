"""
### Pedestrians of Auckland: a range of months, from raw file to clean partition

| task | what it does | where the result is |
| --- | --- | --- |
| `download` | downloads the publisher's files, byte for byte | `data/raw/footfall/YYYY-MM/` |
| `validate_raw` | Great Expectations on the files: columns, rows, key | Data Docs |
| `clean` | Spark: types, UTC times, bad rows to quarantine | `data/clean/footfall/`, `data/quarantine/footfall/` |
| `validate_clean` | Great Expectations on the rows; raw = clean + quarantined | Data Docs |

**Then** `warehouse` runs by itself and publishes `fct_footfall`.
On the command line: `ontime clean footfall --from 2019-01`.
"""

from airflow.sdk import DAG
from wiring.ingest_tasks import DEFAULT_ARGS, ingest, month_range

with DAG(
    dag_id="footfall",
    doc_md=__doc__,
    description="Ingest and clean: Pedestrians of Auckland.",
    schedule=None,
    params=month_range("2019-01", "2019-01", "YYYY-MM."),
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    tags=["ingest", "spark", "great expectations"],
):
    ingest("footfall")
