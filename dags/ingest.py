"""
### Start here: trigger this one first

Choose a range of months and press *Trigger*. The embedded data is **2013-01 to 2013-12**. Live
(`ONTIME_SOURCE=live`) any month from **2000-01** to about two months ago, and 1987-10 to 1989-12;
many months go better one after the other: `make backfill FROM=2019-01 TO=2020-12`.

```
ingest ─► reference ─┬─► flights ─┐
                     └─► weather ─┴─► warehouse ─► training ─► report
      this DAG triggers these three      the others follow by themselves, when their data is there
```

| DAG | takes | makes |
| --- | --- | --- |
| `reference`, `flights`, `weather` | the publisher's files | clean Parquet, quarantined rows, Data Docs |
| `warehouse` | clean Parquet | the audited, published `data/warehouse/ontime.duckdb` |
| `training` | the published warehouse | a scored model and its predictions |
| `report` | the published warehouse | a page of statistics and types of days |

To run one month again, trigger `flights` (or `weather`) alone with that month twice in its form:
the warehouse and the model follow. To see how data and DAGs hang together, open **Assets** in the menu.
"""

from datetime import timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG
from ingestion import DEFAULT_ARGS, MONTH_RANGE

with DAG(
    dag_id="ingest",
    dag_display_name="ingest (start here)",
    doc_md=__doc__,
    description="Start here: ingest a range of months; the warehouse and the model follow.",
    schedule=None,
    params=MONTH_RANGE,
    # A failed ingest is retried where it failed, in the DAG this one triggered.
    default_args={**DEFAULT_ARGS, "retries": 0, "execution_timeout": timedelta(hours=2)},
    max_active_runs=1,
    tags=["start here", "ingest"],
):
    reference, flights, weather = (
        TriggerDagRunOperator(
            task_id=dag_id,
            trigger_dag_id=dag_id,
            conf="{{ params | tojson }}",
            wait_for_completion=True,
            deferrable=True,  # it waits in the triggerer, where that costs no process
            poke_interval=1,
            failed_states=["failed"],
        )
        for dag_id in ("reference", "flights", "weather")
    )
    reference >> [flights, weather]
