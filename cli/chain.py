"""`python -m chain`: months through an Airflow that runs already, such as the compose stack's."""

import sys

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from local_airflow.client import AirflowNotReady, Client
from local_airflow.follow import Chain, ChainFailed
from local_airflow.summary import summary
from ontime.months import months_between

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
# A log file has no width of its own; a terminal has.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


@app.command()
def run(
    first_month: str = typer.Argument("2013-01", help="First month, YYYY-MM."),
    last_month: str = typer.Argument("2013-12", help="Last month, YYYY-MM."),
) -> None:
    """Run months through the whole chain, a line for every task, and print what came of it."""
    client = Client()
    chain = Chain(client, console, command="python -m chain", ui="")
    try:
        months_between(first_month, last_month)
        client.wait_until_ready()
        chain.run(first_month, last_month)
    except (AirflowNotReady, ChainFailed, ValueError, httpx.HTTPError) as problem:
        console.print(f"\n[bold red]Failed.[/] {escape(str(problem))}")
        raise typer.Exit(1) from problem
    for table in summary(chain):
        console.print(table)


if __name__ == "__main__":
    app()
