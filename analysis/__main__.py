"""``python -m analysis report`` writes the page about the published warehouse; ``leaks`` measures docs/learn/leaks.md."""

import typer

from ontime.warehouse import NothingPublished

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def report() -> None:
    """Write the page about the published warehouse: effects with intervals, types of days, unusual days."""
    from analysis.report import write_report

    try:
        typer.echo(f"Open {write_report()}")
    except NothingPublished as problem:
        typer.secho(str(problem), fg="red", err=True)
        raise typer.Exit(1) from None


@app.command()
def leaks() -> None:
    """Train with each classic leak and write the false scores into docs/learn/leaks.md. About a minute."""
    from analysis import leaks

    try:
        leaks.write(leaks.measure())
    except NothingPublished as problem:
        typer.secho(str(problem), fg="red", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app()
