"""
### Reference: airports, airlines and aircraft

Small tables without months, cleaned in one Spark session.

| task | what it does | where the result is |
| --- | --- | --- |
| `download` | downloads the tables, byte for byte | `data/raw/<table>/all/` |
| `validate_raw` | Great Expectations on the files: columns, rows, keys | Data Docs |
| `clean` | Spark: types, names, bad rows to quarantine | `data/clean/<table>/`, `data/quarantine/<table>/` |
| `validate_clean` | Great Expectations on the tables; raw = clean + quarantined | Data Docs |

**Then** `flights` can convert local times to UTC, for which it needs the airports' time zones.
On the command line: `ontime clean airports airlines aircraft`.
"""

from airflow.sdk import DAG
from wiring.ingest_tasks import DEFAULT_ARGS, REPROCESS, ingest

with DAG(
    dag_id="reference",
    doc_md=__doc__,
    description="Ingest and clean the airports, airlines and aircraft.",
    schedule=None,
    params=REPROCESS,
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    tags=["ingest", "spark", "great expectations"],
):
    ingest("reference")
