"""
### Start here: trigger this DAG first

Choose a range of months and press *Trigger*. The embedded data covers **2013-01 to 2013-12**. The live sources
(`ONTIME_SOURCE=live`) have any month from **2000-01** until about two months ago, and 1987-10 to 1989-12.
To load many months, run after run: `ontime backfill --from 2019-01 --to 2020-12`.

```
ingest ─► reference ─┬─► flights ─┐
                     └─► weather ─┴─► warehouse ─► training ─► report
      this DAG triggers these three      these follow by themselves, as soon as their data is ready
```

| DAG | input | output |
| --- | --- | --- |
| `reference`, `flights`, `weather` | the publisher's files | clean Parquet, quarantined rows, Data Docs |
| `warehouse` | clean Parquet | the checked and published `data/warehouse/ontime.duckdb` |
| `training` | the published warehouse | a scored model and its predictions |
| `report` | the published warehouse | a page of statistics and types of days |

To run one month again, trigger `flights` (or `weather`) alone and enter that month twice in its form:
the warehouse and the model follow. To see how data and DAGs are connected, open **Assets** in the menu.
"""

from datetime import timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG
from wiring.ingest_tasks import DEFAULT_ARGS, MONTH_RANGE

from ontime.datasets import ingest_dags

with DAG(
    dag_id="ingest",
    dag_display_name="ingest (start here)",
    doc_md=__doc__,
    description="Start here: ingest a range of months; the warehouse and the model follow.",
    schedule=None,
    params=MONTH_RANGE,
    # No retries here: the triggered DAGs retry their own tasks.
    default_args={**DEFAULT_ARGS, "retries": 0, "execution_timeout": timedelta(hours=2)},
    max_active_runs=1,
    tags=["start here", "ingest"],
):
    reference_dags, monthly_dags = ingest_dags("flights")
    triggers = {
        dag_id: TriggerDagRunOperator(
            task_id=dag_id,
            trigger_dag_id=dag_id,
            conf="{{ params | tojson }}",
            wait_for_completion=True,
            deferrable=True,  # it waits in the triggerer, where waiting costs no process
            poke_interval=1,
            failed_states=["failed"],
        )
        for dag_id in (*reference_dags, *monthly_dags)
    }
    for dag_id in reference_dags:
        triggers[dag_id] >> [triggers[later] for later in monthly_dags]
