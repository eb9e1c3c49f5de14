"""``ontime check``: run the gate of one boundary."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any

import typer

from cli.options import Datasets, From, To, partitions, report_errors

app = typer.Typer(help="Check data at a boundary: raw, clean or marts.", no_args_is_help=True)

Gate = Callable[[], dict[str, Any]]


@app.command()
def raw(datasets: Datasets, first_month: From = "", last_month: To = "") -> None:
    """Check raw files as they arrived."""
    from expectations.validate import validate_raw

    chosen = partitions(datasets, first_month, last_month)
    _check(partial(validate_raw, name, months) for name, months in chosen.items())


@app.command()
def clean(
    datasets: Datasets,
    first_month: From = "",
    last_month: To = "",
    accept_volume: Annotated[
        bool, typer.Option("--accept-volume", help="Accept these months although their volume is unusual.")
    ] = False,
) -> None:
    """Check clean partitions; the warehouse is built only from those that pass."""
    from expectations.validate import validate_clean

    chosen = partitions(datasets, first_month, last_month)
    _check(partial(validate_clean, name, months, accept_volume) for name, months in chosen.items())


@app.command()
def marts() -> None:
    """Check the candidate warehouse; only one that passes can be published."""
    from expectations.validate import validate_marts

    _check([validate_marts])


def _check(gates: Iterable[Gate]) -> None:
    """Run every gate, even after one has failed; exit with 1 at the end if any failed."""
    passed = [_passes(gate) for gate in gates]
    if not all(passed):
        raise typer.Exit(1)


def _passes(gate: Gate) -> bool:
    from expectations.validate import GateFailed
    from ontime import lake, warehouse

    try:
        with report_errors(*warehouse.REFUSALS, lake.MissingPartition, lake.CorruptRawFile, lake.DamagedPartition):
            counts = gate()
    except typer.Exit:
        return False
    except GateFailed:
        return False  # the gate has already printed its message
    print(f"{counts['checks_passed']} checks passed, {counts['partitions']} partitions, {counts['rows']:,} rows")
    return True
