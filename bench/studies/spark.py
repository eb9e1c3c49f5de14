"""A Spark job as a command whose cost can be measured."""

import sys
from collections.abc import Mapping
from pathlib import Path

from ontime.settings import settings
from spark_jobs.engine.session import conf_for

#: What the result depends on, and what keeps the log short; all else is left to Spark and Java.
NEEDED = (
    "spark.driver.memory",
    "spark.executor.memory",
    "spark.sql.session.timeZone",
    "spark.sql.parquet.outputTimestampType",
    "spark.log.level",
)


def submission(*arguments: str, rows: int = 0) -> list[str]:
    """``spark-submit`` of `spark_jobs` with these arguments, set up for so many rows as Airflow sets it up.

    So the JVM is the driver's parent, and both are waited for; `python -m spark_jobs` leaves its JVM behind.
    """
    return _submission(conf_for(settings.spark_master, rows), arguments)


def submission_with_defaults(*arguments: str) -> list[str]:
    """The same with Spark's and Java's own settings, where they give the same result."""
    conf = conf_for(settings.spark_master)
    return _submission({name: conf[name] for name in NEEDED}, arguments)


def _submission(conf: Mapping[str, str], arguments: tuple[str, ...]) -> list[str]:
    command = [str(Path(sys.executable).with_name("spark-submit")), "--master", settings.spark_master]
    for name, value in conf.items():
        command += ["--conf", f"{name}={value}"]
    return [*command, str(settings.spark_application), *arguments]
