"""``ontime clean``."""

from typing import Annotated

import typer

from cli.options import Datasets, From, To, partitions, report_errors


def clean(
    datasets: Datasets,
    first_month: From = "",
    last_month: To = "",
    reprocess: Annotated[bool, typer.Option(help="Clean again what is up to date.")] = False,
    run_id: Annotated[str, typer.Option(help="Name of this run, kept in the manifests.")] = "",
) -> None:
    """Clean raw partitions with Spark, all months of a dataset in one batch, and commit them."""
    wanted = partitions(datasets, first_month, last_month)

    from ontime.settings import settings
    from spark_jobs.submit import BAD_INPUT, clean_datasets

    with report_errors(*BAD_INPUT):
        clean_datasets(wanted, reprocess, run_id, settings.spark_master)
