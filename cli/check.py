"""``ontime check``: run the gate of one boundary."""

import typer

from cli.options import Datasets, From, To, partitions, report_errors

app = typer.Typer(help="Check data at a boundary: raw, clean or marts.", no_args_is_help=True)


@app.command()
def raw(datasets: Datasets, first_month: From = "", last_month: To = "") -> None:
    """Check raw files as they arrived."""
    _check("validate_raw", datasets, first_month, last_month)


@app.command()
def clean(datasets: Datasets, first_month: From = "", last_month: To = "") -> None:
    """Check clean partitions; the warehouse is built only from those that pass."""
    _check("validate_clean", datasets, first_month, last_month)


@app.command()
def marts() -> None:
    """Check the candidate warehouse; only one that passes can be published."""
    raise NotImplementedError
