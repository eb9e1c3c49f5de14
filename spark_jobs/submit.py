"""The program that ``spark-submit`` runs: it cleans datasets in one Spark session, like ``ontime clean``."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from ontime import failures, lake
from ontime.datasets import DATASETS, in_order
from ontime.lake.formats import WrongColumns
from ontime.months import months_between
from ontime.settings import settings
from spark_jobs.engine import partitions
from spark_jobs.engine.session import session

#: Errors that wrong input causes. Callers print them as one line, without a traceback.
BAD_INPUT = (
    lake.MissingPartition,
    lake.CorruptRawFile,
    lake.DamagedPartition,
    lake.RowsLost,
    WrongColumns,
    partitions.NothingClean,
)


def clean_datasets(
    partitions_by_dataset: Mapping[str, Sequence[str]],
    reprocess: bool = False,
    run_id: str = "",
    master: str | None = None,
) -> None:
    """Clean and commit partitions, all partitions of a dataset in one batch, all datasets in one Spark session.

    A dataset is cleaned after those that it needs, whatever their order in ``partitions_by_dataset``.
    With ``reprocess``, partitions that are up to date are cleaned again. ``run_id`` is kept in the manifests.
    ``master`` is Spark's; None leaves it to ``spark-submit``. Raises one of ``BAD_INPUT``; what was committed before
    the error stays.
    """
    for dataset in in_order(partitions_by_dataset):
        partitions.clean(dataset, partitions_by_dataset[dataset], lambda rows: session(master, rows), reprocess, run_id)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    datasets: Annotated[list[str], typer.Argument(metavar="DATASET...", help="For example: flights weather.")],
    first_month: Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.")] = "",
    last_month: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Last month; the first if left out.")] = "",
    reprocess: Annotated[bool, typer.Option(help="Clean again what is up to date.")] = False,
    run_id: Annotated[str, typer.Option(help="Name of this run, kept in the manifests.")] = "",
) -> None:
    """Clean raw partitions of datasets and commit them."""
    wanted = _partitions(datasets, first_month, last_month or first_month)
    try:
        clean_datasets(wanted, reprocess, run_id)
    except BAD_INPUT as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    except Exception as error:
        meaning = failures.sentence(error)
        if settings.traceback or not meaning:
            raise
        print(meaning, file=sys.stderr)
        raise typer.Exit(1) from error


def _partitions(datasets: Sequence[str], first_month: str, last_month: str) -> dict[str, list[str]]:
    """The partitions of each dataset. Raises ``typer.BadParameter`` if a dataset is unknown or a month is wrong."""
    try:
        months = months_between(first_month, last_month) if first_month else []
        wanted = {name: DATASETS[name].partitions(months) for name in datasets}
    except KeyError as error:
        raise typer.BadParameter(f"There is no dataset {error}. Choose from: {', '.join(DATASETS)}.") from error
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from error
    if not all(wanted.values()):
        raise typer.BadParameter("A monthly dataset needs --from 2013-01 (and --to 2013-03).")
    return wanted


if __name__ == "__main__":
    app()
