"""Options, checks of their values, and error reporting that several commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer


def dataset_names() -> list[str]:
    """The names of all datasets, to complete what somebody types."""
    from ontime.datasets import DATASETS

    return list(DATASETS)


From = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.")]
To = Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Last month. Without it: only the first month.")]
Datasets = Annotated[
    list[str],
    typer.Argument(metavar="DATASET", help="For example: flights weather.", autocompletion=dataset_names),
]


def months(first_month: str, last_month: str) -> list[str]:
    """The months of ``--from`` and ``--to``; only the first month if ``last_month`` is empty.

    A wrong month or a reversed range ends the command with one line on standard error.
    """
    from ontime.months import months_between

    try:
        return months_between(first_month, last_month or first_month)
    except ValueError as problem:
        raise bad_use(f"{problem}.") from problem


def partitions(datasets: list[str], first_month: str, last_month: str) -> dict[str, list[str]]:
    """The partitions of each dataset: the months of the range, or the one partition of a table without months.

    An unknown dataset, a wrong month, a missing month or a superfluous one ends the command with one line on standard
    error.
    """
    from ontime.datasets import DATASETS

    unknown = [name for name in datasets if name not in DATASETS]
    if unknown:
        raise bad_use(f"Unknown dataset: {', '.join(unknown)}. Choose from {', '.join(DATASETS)}.")
    monthly = [name for name in datasets if DATASETS[name].is_monthly]
    if monthly and not first_month:
        raise bad_use(
            f"Months are missing for {', '.join(monthly)}: add --from 2013-01, or --from 2013-01 --to 2013-03."
        )
    if not monthly and (first_month or last_month):
        raise bad_use(f"There are no months of {', '.join(datasets)}: leave out --from and --to.")
    wanted = months(first_month, last_month) if monthly else []
    return {name: DATASETS[name].partitions(wanted) for name in datasets}


def bad_use(message: str) -> typer.Exit:
    """Print one line on standard error. Raise the returned value to end the command with exit code 2."""
    print_error(message)
    return typer.Exit(2)


@contextmanager
def report_errors(*expected: type[Exception]) -> Iterator[None]:
    """Print an expected error on standard error and end with exit code 1; other errors keep their traceback."""
    try:
        yield
    except expected as problem:
        print_error(str(problem))
        raise typer.Exit(1) from problem


def print_error(message: str) -> None:
    """Print a message on standard error, in red on a terminal."""
    typer.secho(message, fg=typer.colors.RED, err=True)
