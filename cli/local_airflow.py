"""``ontime demo|up|run|backfill|doctor`` and ``ontime airflow``: the whole pipeline through Airflow."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import From, To, dataset_names, months, partitions, report_errors

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from local_airflow.client import Client

app = typer.Typer(help="Airflow's secrets and login, and its copy of the dbt project.", no_args_is_help=True)

FirstMonth = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.")]
LastMonth = Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Last month.")]
BackfillDatasets = Annotated[
    list[str] | None,
    typer.Argument(metavar="DATASET", help="Without it: flights.", autocompletion=dataset_names),
]


def demo(first_month: FirstMonth = "2013-01", last_month: LastMonth = "2013-12") -> None:
    """Start Airflow, run months from raw files to a scored model, print the results, stop Airflow.

    Datasets of installed extras, such as ontime[footfall], come along: as many months, the newest that they have.
    """
    month_count = len(months(first_month, last_month))
    with _progress() as console:
        from local_airflow.follow import Chain
        from local_airflow.summary import summary
        from ontime.datasets import DATASETS
        from ontime.sources.download import installed_extras

        extras = {DATASETS[name].dag: newest for name, newest in installed_extras(month_count).items()}
        with _local_airflow(console, "ontime demo") as client:
            chain = Chain(client, console)
            chain.run(first_month, last_month, extras)
        for table in [*summary(chain), _places()]:
            console.print(table)


def up() -> None:
    """Start Airflow with its UI, and keep it running until Ctrl-C."""
    with _progress() as console:
        from rich.markup import escape

        from local_airflow.airflow import log_file, running_airflow
        from local_airflow.credentials import USER, password
        from ontime.settings import settings

        console.print(f"Starting Airflow (its own output: {escape(str(log_file()))})")
        with running_airflow("ontime up") as client:
            login = f"user [bold]{USER}[/]  password [bold]{password()}[/]"
            console.print(f"[bold]http://localhost:{settings.port}[/]  {login}")
            console.print("Trigger [bold]ingest (start here)[/]. Ctrl-C stops everything.")
            try:
                client.wait_for_end()
            except KeyboardInterrupt:
                console.print("Stopping Airflow")


def run(first_month: FirstMonth = "2013-01", last_month: LastMonth = "2013-12") -> None:
    """Run months through an Airflow that is already running, for example the compose stack's."""
    months(first_month, last_month)
    with _progress() as console:
        from local_airflow.client import Client
        from local_airflow.follow import Chain
        from local_airflow.summary import summary

        client = Client()
        client.wait_until_ready()
        chain = Chain(client, console, ui="")
        chain.run(first_month, last_month)
        for table in summary(chain):
            console.print(table)


def backfill(datasets: BackfillDatasets = None, first_month: From = "", last_month: To = "") -> None:
    """Ingest many months of datasets and what they need, then publish the warehouse and train once.

    Uses the Airflow that is already running; if there is none, starts one and stops it afterwards.
    """
    datasets = datasets or ["flights"]
    partitions(datasets, first_month, last_month)
    with _progress() as console:
        from local_airflow.backfill import backfill as run_backfill

        with _running_or_local_airflow(console) as client:
            run_backfill(client, console, first_month, last_month or first_month, datasets)


def doctor() -> None:
    """Check this machine: Python, Java, memory, disk and port."""
    from local_airflow import doctor as machine
    from ontime.settings import settings

    raise typer.Exit(machine.main(["--port", str(settings.port)]))


@app.command()
def secrets() -> None:
    """Create the secrets that are missing; existing ones stay."""
    from local_airflow.credentials import create_missing
    from ontime.settings import settings

    print(f"{create_missing()} secrets in {settings.secrets_dir}")


@app.command()
def login() -> None:
    """Print user and password of Airflow's UI."""
    from local_airflow.credentials import USER, password

    print(f"user {USER}  password {password()}")


@app.command()
def parse() -> None:
    """Parse the dbt project for the `warehouse` DAG, which has one task per model."""
    from ontime.warehouse import dbt

    with report_errors(dbt.DbtFailed):
        dbt.parse()


@contextmanager
def _progress() -> Iterator["Console"]:
    """The console for progress; an Airflow that fails ends the command with a message instead of a traceback."""
    import httpx
    from rich.console import Console

    from local_airflow.client import AirflowNotReady
    from local_airflow.follow import ChainFailed
    from ontime.locks import Busy
    from ontime.warehouse.dbt import DbtFailed

    with report_errors(AirflowNotReady, Busy, ChainFailed, DbtFailed, httpx.HTTPError):
        # A log file has no width, so we set one.
        yield Console(highlight=False, width=None if sys.stdout.isatty() else 120)


@contextmanager
def _local_airflow(console: "Console", command: str) -> Iterator["Client"]:
    """A local Airflow for as long as the block runs. Runs that an earlier one left unfinished are marked as failed."""
    from rich.markup import escape

    from local_airflow.airflow import log_file, running_airflow

    console.print(f"Starting Airflow (its own output: {escape(str(log_file()))})")
    with running_airflow(command, resumes=False) as client:
        yield client
        console.print("Stopping Airflow")


@contextmanager
def _running_or_local_airflow(console: "Console") -> Iterator["Client"]:
    """The Airflow at the configured address; if none answers there, a local one."""
    import httpx

    from local_airflow.client import Client

    client = Client()
    try:
        client.log_in()
    except httpx.TransportError:
        with _local_airflow(console, "ontime backfill") as local:
            yield local
    else:
        client.wait_until_ready()
        yield client


def _places() -> "Table":
    """Where to look next."""
    from rich.markup import escape
    from rich.table import Table

    from ontime import warehouse
    from ontime.settings import settings

    table = Table(show_header=False, title="Look around")
    table.add_row("warehouse", escape(str(warehouse.published_path())))
    table.add_row("data docs", escape(str(settings.data_docs_dir / "index.html")))
    table.add_row("dashboard", "make dashboard, then http://localhost:8000")
    table.add_row("Airflow UI", f"make up, then http://localhost:{settings.port}")
    return table
