"""
### Report: statistics about the published flights

Runs after `monitoring`, the last asset that `training` updates. Running both at once would need twice the memory.

| task | what it does |
| --- | --- |
| `write_report` | `data/report/index.html`: how late, rain, hours, airlines, odds, propagation, types of days |

One page that needs no network; every number on it is computed from the published warehouse.
On the command line: `ontime report`.
"""

from airflow.sdk import DAG, task
from wiring.assets import MONITORING, REPORT
from wiring.ingest_tasks import DEFAULT_ARGS


@task(retries=0, outlets=[REPORT])
def write_report() -> str:
    """Write the page: effects with intervals, four types of days and the unusual days."""
    from analysis import report

    return str(report.write_report())


with DAG(
    dag_id="report",
    doc_md=__doc__,
    description="Statistics and types of days, as one page.",
    schedule=[MONITORING],
    default_args=DEFAULT_ARGS,
    max_active_runs=1,
    tags=["statsmodels", "scikit-learn"],
):
    write_report()
