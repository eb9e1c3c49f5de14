"""Options and error reporting that several commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

From = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.", show_default=False)]
To = Annotated[
    str, typer.Option("--to", metavar="YYYY-MM", help="Last month; the first if left out.", show_default=False)
]
Datasets = Annotated[
    list[str], typer.Argument(metavar="DATASET...", help="For example: flights weather.", show_default=False)
]


def partitions(datasets: list[str], first_month: str, last_month: str) -> dict[str, list[str]]:
    """The partitions of each named dataset: the months of the range, or the one table.

    Raises ``typer.BadParameter`` for an unknown dataset, a wrong month, or a month missing where one is needed.
    """
    from ontime.datasets import DATASETS
    from ontime.months import months_between

    unknown = [name for name in datasets if name not in DATASETS]
    if unknown:
        raise typer.BadParameter(f"There is no dataset {', '.join(unknown)}. Choose from: {', '.join(DATASETS)}.")
    monthly = [name for name in datasets if DATASETS[name].is_monthly]
    if monthly and not first_month:
        raise typer.BadParameter(f"{' and '.join(monthly)} come by month: add --from 2013-01 (and --to 2013-03).")
    if first_month and not monthly:
        raise typer.BadParameter(f"{' and '.join(datasets)} have no months: leave out --from and --to.")
    try:
        months = months_between(first_month, last_month or first_month) if first_month else []
    except ValueError as problem:
        raise typer.BadParameter(f"{problem}.") from problem
    return {name: DATASETS[name].partitions(months) for name in datasets}


@contextmanager
def report_errors(*expected: type[Exception]) -> Iterator[None]:
    """Print an expected error in red on standard error and exit with 1; any other error keeps its traceback."""
    from rich.console import Console

    try:
        yield
    except expected as problem:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"{problem}", style="red", markup=False)
        raise typer.Exit(1) from problem
