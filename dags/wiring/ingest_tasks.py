"""The four tasks that every ingest DAG is wired from, and the form its UI shows."""

from datetime import timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import BaseOperator, Param, chain, task
from assets import CLEAN, RAW

from ontime.contract import ALL
from ontime.datasets import DATASETS, MONTHLY
from ontime.months import MONTH_PATTERN
from ontime.settings import settings
from spark_jobs.engine.session import CONF, LARGE_BATCH_ROWS, java_options, sort_conf

#: How the JVM is set up depends on how many rows were downloaded.
JAVA_OPTIONS = (
    f"{{% if ti.xcom_pull(task_ids='download').rows < {LARGE_BATCH_ROWS} %}}"
    f"{java_options(0)}{{% else %}}{java_options(LARGE_BATCH_ROWS)}{{% endif %}}"
)

DEFAULT_ARGS = {
    "owner": "ontime",
    "retries": 1,
    "retry_delay": timedelta(seconds=10),
    "execution_timeout": timedelta(minutes=30),
}

REPROCESS = {
    "reprocess": Param(
        True,
        type="boolean",
        title="Clean again",
        description="Clean again even where the raw file has not changed. Off: only what is new or changed.",
    ),
}
MONTHS = "YYYY-MM. Embedded: 2013-01 to 2013-12. Live: 2000-01 to about two months ago, and 1987-10 to 1989-12."
MONTH_RANGE = {
    "first_month": Param("2013-01", type="string", pattern=MONTH_PATTERN, title="First month", description=MONTHS),
    "last_month": Param("2013-12", type="string", pattern=MONTH_PATTERN, title="Last month", description=MONTHS),
    **REPROCESS,
}


def ingest(*datasets: str) -> None:
    """Wire download → validate_raw → clean → validate_clean for datasets that are cleaned together."""
    chain(
        download.override(outlets=[RAW[dataset] for dataset in datasets])(datasets),
        validate_raw(datasets),
        clean(datasets),
        validate_clean.override(outlets=[CLEAN[dataset] for dataset in datasets])(datasets),
    )


@task
def download(datasets: tuple[str, ...], params: dict) -> dict:
    """Fetch the publisher's files, byte for byte, into the raw lake."""
    from ontime.sources.base import download

    files = [file for dataset in datasets for file in download(dataset, partitions(dataset, params))]
    return {"files": len(files), "rows": sum(file.row_count for file in files)}


@task(retries=0)
def validate_raw(datasets: tuple[str, ...], params: dict) -> dict:
    """Gate: do the files look like the publisher's? A file that does not goes no further."""
    from expectations.validate import validate_raw

    return {dataset: validate_raw(dataset, partitions(dataset, params)) for dataset in datasets}


def clean(datasets: tuple[str, ...]) -> BaseOperator:
    """Spark: explicit types, UTC times, and every rejected row in quarantine with its reason."""
    months = ["{{ params.first_month }}", "{{ params.last_month }}"] if datasets[0] in MONTHLY else []
    return SparkSubmitOperator(
        task_id="clean",
        application=str(settings.spark_application),
        application_args=[
            *datasets,
            *months,
            "{{ '--reprocess' if params.reprocess else '--no-reprocess' }}",
            "--run-id={{ run_id }}",
        ],
        conf=CONF | sort_conf(settings.spark_master) | {"spark.driver.extraJavaOptions": JAVA_OPTIONS},
        driver_memory=settings.spark_driver_memory,
        name="clean-" + "-".join(datasets),
        pool=settings.spark_pool,
        verbose=False,
    )


@task(retries=0)
def validate_clean(datasets: tuple[str, ...], params: dict) -> dict:
    """Gate: shape, ranges, volume, and rows_raw = rows_clean + rows_quarantined."""
    from expectations.validate import validate_clean

    return {dataset: validate_clean(dataset, partitions(dataset, params)) for dataset in datasets}


def partitions(dataset: str, params: dict) -> list[str]:
    """The partitions that a run is about: the months of its form, or the one table."""
    from ontime.months import months_between

    return months_between(params["first_month"], params["last_month"]) if DATASETS[dataset].is_monthly else [ALL]
