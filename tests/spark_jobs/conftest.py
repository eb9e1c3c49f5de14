"""Rows as the frame hands them to a job."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from ontime.settings import settings

Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def cleaned(spark: SparkSession) -> Callable[..., tuple[list[Row], list[Row]]]:
    """Run a job's ``clean`` on rows given as dicts of a format's columns; returns good and rejected rows.

    Instants are UTC text, as Python's driver would show them in the zone of the machine.
    """

    def run(
        job: ModuleType, rows: Rows, partition: str = "all", format_: str = "nycflights13", **lookups: Any
    ) -> tuple[list[Row], list[Row]]:
        names = (*job.FORMATS[format_], "malformed_line", "partition")
        schema = ", ".join(f"`{name}` STRING" for name in names)
        values = [tuple(({"partition": partition} | row).get(name) for name in names) for row in rows]
        good, bad = job.clean(spark.createDataFrame(values, schema).coalesce(1), **lookups)
        instants = {name: F.date_format(name, "yyyy-MM-dd HH:mm") for name, kind in good.dtypes if kind == "timestamp"}
        published = {f"raw_{name}": name for name in job.FORMATS[format_]}
        return good.withColumns(instants).collect(), bad.withColumnsRenamed(published).collect()

    return run


@pytest.fixture
def lake_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty lake."""
    monkeypatch.setattr(settings, "data_dir", tmp_path / "data")
    return tmp_path / "data"
