"""Load many months, one after the other.

Airflow's own backfill makes one run per interval of a schedule. Here months are parameters of a run
(`docs/decisions/0001-a-run-takes-a-range-of-months.md`), so this triggers the ingest DAGs once per month.
"""

from rich.console import Console

from local_airflow.client import Client
from local_airflow.follow import Chain
from ontime.datasets import ingest_dags
from ontime.months import months_between


def backfill(client: Client, console: Console, first_month: str, last_month: str) -> None:
    """Ingest the flights of many months and what they need, oldest month first; then publish and train once.

    `warehouse` is paused until all months are clean; otherwise each month would start a build and a training.
    Tasks skip a month that they have already ingested, so after a failure the same command continues where it stopped.
    Raises :class:`local_airflow.follow.ChainFailed`, ``httpx.HTTPError`` or, for a wrong range, ``ValueError``.
    """
    months = months_between(first_month, last_month)
    reference_dags, monthly_dags = ingest_dags("flights")
    chain = Chain(client, console)
    chain.refuse_if_active()
    client.set_paused("warehouse", True)
    try:
        _ingest(chain, reference_dags, "tables without months")
        for number, month in enumerate(months, 1):
            title = f"{month} ({number} of {len(months)})"
            _ingest(chain, monthly_dags, title, first_month=month, last_month=month)
    finally:
        client.set_paused("warehouse", False)
    console.rule("warehouse and model")
    chain.ignore_runs_until_now()
    client.trigger("warehouse")
    chain.complete()


def _ingest(chain: Chain, dag_ids: list[str], title: str, **months: str) -> None:
    """Run DAGs at the same time and wait for all of them."""
    chain.console.rule(title)
    chain.ignore_runs_until_now()
    for dag_id in dag_ids:
        chain.client.trigger(dag_id, {**months, "reprocess": False})
    chain.follow()
