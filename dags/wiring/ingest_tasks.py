"""The four tasks of every ingest DAG, and the form that its UI shows."""

from datetime import timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import BaseOperator, Param, chain, task

from ontime.datasets import DATASETS
from ontime.months import MONTH_PATTERN, months_between
from ontime.project import read as read_project
from ontime.settings import settings
from spark_jobs.engine.session import CONF, LARGE_BATCH_ROWS, java_options, sort_conf
from wiring.assets import CLEAN, RAW
from wiring.run_ledger import CALLBACKS

#: The JVM options depend on how many rows were downloaded, which is known only when the task runs.
JAVA_OPTIONS = (
    f"{{% if ti.xcom_pull(task_ids='download').rows < {LARGE_BATCH_ROWS} %}}"
    f"{java_options(0)}{{% else %}}{java_options(LARGE_BATCH_ROWS)}{{% endif %}}"
)

DEFAULT_ARGS = {
    "owner": read_project().owner,
    "retries": 1,
    "retry_delay": timedelta(seconds=10),
    "execution_timeout": timedelta(minutes=30),
    **CALLBACKS,
}

REPROCESS = {
    "reprocess": Param(
        True,
        type="boolean",
        title="Clean again",
        description="Clean again even where nothing has changed. Off: only what is new, changed or stale.",
    ),
}
MONTHS = "YYYY-MM. Embedded: 2013-01 to 2013-12. Live: 2000-01 to about two months ago, and 1987-10 to 1989-12."


def month_range(first: str, last: str, months: str) -> dict[str, Param]:
    """The form of a range of months: its defaults, and a text that says which months there are."""
    month = {"type": "string", "pattern": MONTH_PATTERN, "description": months}
    return {
        "first_month": Param(first, title="First month", **month),
        "last_month": Param(last, title="Last month", **month),
        **REPROCESS,
    }


MONTH_RANGE = month_range("2013-01", "2013-12", MONTHS)


def ingest(dag_id: str) -> None:
    """Wire download → validate_raw → clean → validate_clean for the datasets whose contract names this DAG."""
    datasets = [name for name, dataset in DATASETS.items() if dataset.dag == dag_id]
    chain(
        download.override(outlets=[RAW[name] for name in datasets])(datasets),
        validate_raw(datasets),
        clean(datasets),
        validate_clean.override(outlets=[CLEAN[name] for name in datasets])(datasets),
    )


@task
def download(datasets: list[str], params: dict) -> dict:
    """Download the publisher's files, byte for byte, into the raw lake."""
    from ontime.sources.download import download

    files = [file for name in datasets for file in download(name, partitions(name, params))]
    return {"files": len(files), "rows": sum(file.row_count for file in files)}


@task(retries=0)
def validate_raw(datasets: list[str], params: dict) -> dict:
    """Gate: do the files look like the publisher's? A file that does not stops the run."""
    from expectations.validate import validate_raw

    return {name: validate_raw(name, partitions(name, params)) for name in datasets}


def clean(datasets: list[str]) -> BaseOperator:
    """Spark: explicit types, UTC times, and every rejected row in quarantine with its reason."""
    is_monthly = any(DATASETS[name].is_monthly for name in datasets)
    months = ["--from={{ params.first_month }}", "--to={{ params.last_month }}"] if is_monthly else []
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
def validate_clean(datasets: list[str], params: dict) -> dict:
    """Gate: shape, ranges, volume, and rows_raw = rows_clean + rows_quarantined."""
    from expectations.validate import validate_clean

    return {name: validate_clean(name, partitions(name, params)) for name in datasets}


def partitions(dataset: str, params: dict) -> list[str]:
    """The partitions of a run: the months of its form, or the one table."""
    months = months_between(params["first_month"], params["last_month"]) if "first_month" in params else []
    return DATASETS[dataset].partitions(months)
