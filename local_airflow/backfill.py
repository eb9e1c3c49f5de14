"""`python -m local_airflow.backfill`: many months through an Airflow that runs already, one after the other.

Airflow's own back-fill makes a run for each interval of a schedule; here months are parameters
(`docs/decisions/0001-a-run-takes-a-range-of-months.md`), so this triggers `flights` and `weather` for each month.
"""

import sys

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from local_airflow.client import AirflowNotReady, Client
from local_airflow.follow import Chain, ChainFailed
from ontime.months import months_between


def backfill(client: Client, console: Console, first_month: str, last_month: str) -> None:
    """Ingest the months, oldest first, then build and publish the warehouse and train, once.

    A month that has come through is skipped by its own tasks when it comes again, so after a failure the same
    command goes on where it stopped. Meanwhile `warehouse` is paused: it would build, and train, for every month.
    Raises :class:`ChainFailed`, ``ValueError`` for what is not a range of months, or ``httpx.HTTPError``.
    """
    months = months_between(first_month, last_month)
    chain = Chain(client, console, command=f"make backfill FROM={first_month} TO={last_month}")
    chain.refuse_if_active()
    client.set_paused("warehouse", True)
    try:
        console.rule("reference")
        client.trigger("reference", {"reprocess": False})
        chain.follow()
        for number, month in enumerate(months, 1):
            console.rule(f"{month} ({number} of {len(months)})")
            chain.look_from_now()
            for dag_id in ("flights", "weather"):
                client.trigger(dag_id, {"first_month": month, "last_month": month, "reprocess": False})
            chain.follow()
    finally:
        client.set_paused("warehouse", False)
    console.rule("warehouse and model")
    chain.look_from_now()
    client.trigger("warehouse")
    chain.complete()


def main(first_month: str, last_month: str) -> None:
    """Months, YYYY-MM, through an Airflow that runs already; what is up to date is skipped."""
    console, client = Console(highlight=False, width=None if sys.stdout.isatty() else 120), Client()
    try:
        client.wait_until_ready()
        backfill(client, console, first_month, last_month)
    except (AirflowNotReady, ChainFailed, ValueError, httpx.HTTPError) as problem:
        console.print(f"\n[bold red]Failed.[/] {escape(str(problem))}")
        raise typer.Exit(1) from problem


if __name__ == "__main__":
    typer.run(main)
