"""`python -m embedded demo` and `python -m embedded up`: what `make demo` and `make up` run."""

import signal
import sys
import threading

import typer
from rich.console import Console

from embedded.airflow import AirflowNotReady, log_file, running_airflow
from embedded.chain import Chain, ChainFailed
from embedded.environment import USER, password
from embedded.summary import summary
from ontime.settings import settings

app = typer.Typer(help="The embedded Airflow.", no_args_is_help=True, pretty_exceptions_enable=False)
# A log file has no width of its own; a terminal has.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


@app.command()
def demo(
    first_month: str = typer.Argument("2013-01", help="First month, YYYY-MM."),
    last_month: str = typer.Argument("2013-12", help="Last month, YYYY-MM."),
) -> None:
    """Run months through the whole chain, from raw file to scored model, and print what came of it."""
    console.print(f"Starting Airflow (its own output: {log_file()})")
    try:
        with running_airflow() as client:
            chain = Chain(client, console)
            chain.run(first_month, last_month)
            console.print("Stopping Airflow")
    except (AirflowNotReady, ChainFailed) as problem:
        console.print(f"\n[bold red]Failed.[/] {problem}", markup=True)
        raise typer.Exit(1) from None
    for table in summary(chain):
        console.print(table)


@app.command()
def up() -> None:
    """Keep Airflow and its UI running until Ctrl-C."""
    console.print(f"Starting Airflow (its own output: {log_file()})")
    with running_airflow():
        console.print(
            f"[bold]http://localhost:{settings.port}[/]  user [bold]{USER}[/]  password [bold]{password()}[/]"
        )
        console.print("Trigger [bold]ingest (start here)[/]. Ctrl-C stops everything.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            console.print("Stopping Airflow")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    app()
