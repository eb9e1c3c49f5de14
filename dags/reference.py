"""
### Reference: airports, airlines and aircraft

Three small tables without months. One Spark session cleans all three.

| task | what it does | where it ends up |
| --- | --- | --- |
| `download` | fetches the three tables as the publisher has them | `data/raw/<table>/all/` |
| `validate_raw` | Great Expectations on the files: columns, rows, keys | Data Docs |
| `clean` | Spark: types, names, bad rows apart | `data/clean/<table>/`, `data/quarantine/<table>/` |
| `validate_clean` | Great Expectations on the tables; raw = clean + quarantined | Data Docs |

**Then** `flights` can turn local times into UTC (it needs the airports' time zones).
By hand: `python -m spark_jobs airports airlines aircraft`.
"""

from airflow.sdk import DAG
from ingestion import DEFAULT_ARGS, REPROCESS, ingest

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
    ingest("airports", "airlines", "aircraft")
