"""
### Flights: a range of months, from raw file to clean partition

| task | what it does | where the result is |
| --- | --- | --- |
| `download` | downloads each month's file, byte for byte | `data/raw/flights/YYYY-MM/` |
| `validate_raw` | Great Expectations on the file: columns, rows, right month | Data Docs |
| `clean` | Spark: types, UTC times, bad rows to quarantine | `data/clean/flights/`, `data/quarantine/flights/` |
| `validate_clean` | Great Expectations on the partition; raw = clean + quarantined | Data Docs |

**Needs** the clean airports (time zones) and airlines: run `reference` first, or start with `ingest`.
**Then** `warehouse` runs by itself, and `training` after it. A failed gate stops the run here, and the published
warehouse does not change. On the command line: `ontime clean flights --from 2013-01`.
"""

from airflow.sdk import DAG
from wiring.ingest_tasks import DEFAULT_ARGS, MONTH_RANGE, ingest

with DAG(
    dag_id="flights",
    doc_md=__doc__,
    description="Ingest and clean scheduled flights, by month.",
    schedule=None,
    params=MONTH_RANGE,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    tags=["ingest", "spark", "great expectations"],
):
    ingest("flights")
