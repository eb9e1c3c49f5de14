"""The command line of the cleaning jobs."""

import sys
from typing import Annotated

import typer

from ontime import lake
from ontime.lake.formats import WrongColumns
from ontime.named import named_partitions
from ontime.settings import settings
from spark_jobs.engine import partitions
from spark_jobs.engine.session import session

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
    try:
        wanted = named_partitions(what)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    for dataset, months in wanted.items():
        try:
            partitions.clean(dataset, months, lambda rows: session(_master(), rows), reprocess, run_id)
        except BAD_INPUT as error:
            print(error, file=sys.stderr)
            raise typer.Exit(1) from error


def _master() -> str | None:
    """By hand the master is a setting; a file run by ``spark-submit`` (so no module) gets it from there."""
    return settings.spark_master if sys.modules["__main__"].__spec__ else None
