"""Load many months, run after run.

Airflow's own backfill makes one run per interval of a schedule. Here months are parameters of a run
(`docs/decisions/0001-a-run-takes-a-range-of-months.md`), so this triggers the ingest DAGs with one range after another.
"""

from collections.abc import Sequence

from rich.console import Console

from local_airflow.client import Client
from local_airflow.follow import Chain
from ontime.datasets import ingest_dags
from ontime.months import months_between

#: A run takes as many months as have about this many rows together, but not more than this many months. One Spark
#: session cleans them.
ROWS_OF_A_RUN = 500_000
MONTHS_OF_A_RUN = 120


def backfill(
    client: Client, console: Console, first_month: str, last_month: str, datasets: Sequence[str] = ("flights",)
) -> None:
    """Ingest many months of datasets and what they need, oldest month first; then publish and train once.

    The first run takes one month; the rows of a run say how many months the next one takes. `warehouse` is paused until
    all months are clean; otherwise each run would start a build and a training. Tasks skip a month that they have
    already ingested, so after a failure the same command continues where it stopped. If no dataset is monthly, both
    months are ignored. Raises :class:`local_airflow.follow.ChainFailed`, ``httpx.HTTPError`` or, for a wrong range,
    ``ValueError``.
    """
    single_dags, monthly_dags = ingest_dags(*datasets)
    months = months_between(first_month, last_month) if monthly_dags else []
    chain = Chain(client, console)
    chain.refuse_if_active()
    with chain.one_build():
        if single_dags:
            _ingest(chain, single_dags, "tables without months")
        done = 0
        while done < len(months):
            run = months[done : done + _months_of_a_run(chain, monthly_dags)]
            _ingest(chain, monthly_dags, _title(run, done, len(months)), first_month=run[0], last_month=run[-1])
            done += len(run)
        console.rule("warehouse and model")
        chain.ignore_runs_until_now()
    chain.complete()


def _months_of_a_run(chain: Chain, dag_ids: list[str]) -> int:
    """How many months the next run takes, by the rows that the one before it has downloaded."""
    downloaded = [chain.results.get((dag_id, "download")) for dag_id in dag_ids]
    rows_of_a_month = max((counts["rows"] / counts["files"] for counts in downloaded if counts), default=ROWS_OF_A_RUN)
    return max(1, min(MONTHS_OF_A_RUN, int(ROWS_OF_A_RUN / max(rows_of_a_month, 1))))


def _title(run: list[str], done: int, count: int) -> str:
    if len(run) == 1:
        return f"{run[0]} ({done + 1} of {count})"
    return f"{run[0]} to {run[-1]} ({done + 1} to {done + len(run)} of {count})"


def _ingest(chain: Chain, dag_ids: list[str], title: str, **months: str) -> None:
    """Run DAGs at the same time and wait for all of them."""
    chain.console.rule(title)
    chain.ignore_runs_until_now()
    for dag_id in dag_ids:
        chain.client.trigger(dag_id, {**months, "reprocess": False})
    chain.follow(idle_polls_if_done=1)
