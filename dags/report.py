"""
### Report: what the flights tell

Runs when `training` has published its last, `monitoring`: beside it, the two would want twice the memory.

| task | what it does |
| --- | --- |
| `write_report` | `data/report/index.html`: rain, hours, airlines, odds, propagation, types of days, unusual days |

One page, which needs no network; every number on it is computed from the published warehouse.
By hand: `python -m analysis report`.
"""

from airflow.sdk import DAG, task
from assets import MONITORING, REPORT
from ingestion import DEFAULT_ARGS


@task(retries=0, outlets=[REPORT])
def write_report() -> str:
    """Effects with honest intervals, four types of days and the days that stand apart."""
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
