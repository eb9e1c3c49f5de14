"""`python -m embedded demo` and `python -m embedded up`: what `make demo` and `make up` run."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local_airflow import backfill as chain_backfill
from local_airflow.airflow import log_file, log_tail, running_airflow
from local_airflow.client import AirflowNotReady, Client
from local_airflow.credentials import USER, password
from local_airflow.follow import Chain, ChainFailed
from local_airflow.summary import summary
from ontime import warehouse
from ontime.months import months_between
from ontime.settings import settings
from ontime.warehouse.dbt import DbtFailed

app = typer.Typer(help="The embedded Airflow.", no_args_is_help=True, pretty_exceptions_enable=False)
# A log file has no width of its own; a terminal has.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


@app.command()
def demo(
    first_month: str = typer.Argument("2013-01", help="First month, YYYY-MM."),
    last_month: str = typer.Argument("2013-12", help="Last month, YYYY-MM."),
) -> None:
    """Run months through the whole chain, from raw file to scored model, and print what came of it."""
    with _told_in_words():
        months_between(first_month, last_month)
        console.print(f"Starting Airflow (its own output: {log_file()})")
        with running_airflow() as client:
            chain = Chain(client, console)
            for leftover in client.active_dag_runs():
                client.fail_dag_run(leftover, "Its Airflow was stopped before it ended.")
            chain.run(first_month, last_month)
            console.print("Stopping Airflow")
    for table in [*summary(chain), _places()]:
        console.print(table)


@app.command()
def backfill(first_month: str, last_month: str) -> None:
    """Months, YYYY-MM, one after the other: through the Airflow that runs already, or else the embedded one."""
    with _told_in_words(), _airflow() as client:
        chain_backfill.backfill(client, console, first_month, last_month)


@contextmanager
def _airflow() -> Iterator[Client]:
    """The Airflow at the configured address; where none answers, the embedded one for as long as it is needed."""
    client = Client()
    try:
        client.log_in()
    except httpx.TransportError:
        console.print(f"Starting Airflow (its own output: {log_file()})")
        with running_airflow() as embedded:
            for leftover in embedded.active_dag_runs():
                embedded.fail_dag_run(leftover, "Its Airflow was stopped before it ended.")
            yield embedded
            console.print("Stopping Airflow")
    else:
        client.wait_until_ready()
        yield client


@app.command()
def up() -> None:
    """Keep Airflow and its UI running until Ctrl-C."""
    with _told_in_words():
        console.print(f"Starting Airflow (its own output: {log_file()})")
        with running_airflow() as client:
            login = f"user [bold]{USER}[/]  password [bold]{password()}[/]"
            console.print(f"[bold]http://localhost:{settings.port}[/]  {login}")
            console.print("Trigger [bold]ingest (start here)[/]. Ctrl-C stops everything.")
            try:
                client.wait_for_end()
            except KeyboardInterrupt:
                console.print("Stopping Airflow")
                return
            raise AirflowNotReady(f"Airflow ended by itself. The end of {log_file()}:\n\n{log_tail()}")


def _places() -> Table:
    table = Table(show_header=False, title="Look around")
    for name, place in {
        "warehouse": warehouse.published_path(),
        "data docs": settings.data_docs_dir / "index.html",
        "Airflow UI": f"make up, then http://localhost:{settings.port}",
    }.items():
        table.add_row(name, str(place))
    return table


@contextmanager
def _told_in_words() -> Iterator[None]:
    """What can go wrong is told without a traceback, and ends the command with 1."""
    try:
        yield
    except (AirflowNotReady, ChainFailed, DbtFailed, ValueError) as problem:
        console.print(f"\n[bold red]Failed.[/] {escape(str(problem))}")
    except httpx.HTTPError as problem:
        end = f"The end of {log_file()}:\n\n{log_tail()}"
        console.print(f"\n[bold red]Failed.[/] Airflow stopped answering ({escape(str(problem))}). {escape(end)}")
    else:
        return
    raise typer.Exit(1)


if __name__ == "__main__":
    # A shell starts what it puts in the background deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    app()
