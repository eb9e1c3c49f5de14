"""The command line of the cleaning jobs."""

import sys
from typing import Annotated

import typer

from ontime import lake
from ontime.months import months_between
from ontime.settings import settings
from ontime.sources.formats import WrongColumns
from spark_jobs import partitions
from spark_jobs.session import session

#: What can be wrong with the input: told in one line, without a traceback.
BAD_INPUT = (
    lake.MissingPartition,
    lake.CorruptRawFile,
    lake.RowsLost,
    WrongColumns,
    partitions.NothingClean,
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def clean(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="DATASET... [FIRST_MONTH [LAST_MONTH]]", help="Months, as YYYY-MM, for flights and weather."
        ),
    ],
    reprocess: Annotated[bool, typer.Option(help="Clean again what is up to date.")] = False,
    run_id: Annotated[str, typer.Option(help="Name of this run, kept in the manifests.")] = "",
) -> None:
    """Clean raw partitions, all months of a dataset in one batch, all datasets in one Spark session."""
    datasets = [word for word in what if word in lake.DATASETS]
    months = _months([word for word in what if word not in lake.DATASETS])
    if not datasets or bool(months) != any(dataset in lake.MONTHLY for dataset in datasets):
        raise typer.BadParameter(
            f"Name datasets ({', '.join(lake.DATASETS)}) and, for {' and '.join(lake.MONTHLY)} only, months."
        )
    for dataset in datasets:
        wanted = months if dataset in lake.MONTHLY else [lake.ALL]
        try:
            partitions.clean(dataset, wanted, lambda: session(_master()), reprocess, run_id)
        except BAD_INPUT as error:
            print(error, file=sys.stderr)
            raise typer.Exit(1) from error


def _months(words: list[str]) -> list[str]:
    if not words:
        return []
    if len(words) > 2:
        raise typer.BadParameter(f"Not a dataset, and more than two months: {' '.join(words)}")
    try:
        return months_between(words[0], words[-1])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _master() -> str | None:
    """By hand the master is a setting; a file run by ``spark-submit`` (so no module) gets it from there."""
    return settings.spark_master if sys.modules["__main__"].__spec__ else None
