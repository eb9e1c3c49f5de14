"""A fixture that runs one job's ``clean`` on a few rows."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from ontime.datasets import DATASETS

Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def cleaned(spark: SparkSession) -> Callable[..., tuple[list[Row], list[Row]]]:
    """Runs a job's ``clean`` on rows given as dicts of a format's columns; returns clean and rejected rows.

    Instants are returned as UTC text, because Python would show them in the machine's time zone.
    """

    def run(
        job: ModuleType, rows: Rows, partition: str = "all", format_: str = "nycflights13", **lookups: Any
    ) -> tuple[list[Row], list[Row]]:
        columns = DATASETS[job.__name__.rpartition(".")[2]].formats[format_]
        names = (*columns, "malformed_line", "partition")
        schema = ", ".join(f"`{name}` STRING" for name in names)
        values = [tuple(({"partition": partition} | row).get(name) for name in names) for row in rows]
        good, bad = job.clean(spark.createDataFrame(values, schema).coalesce(1), **lookups)
        instants = {name: F.date_format(name, "yyyy-MM-dd HH:mm") for name, kind in good.dtypes if kind == "timestamp"}
        published = {f"raw_{name}": name for name in columns}
        return good.withColumns(instants).collect(), bad.withColumnsRenamed(published).collect()

    return run
