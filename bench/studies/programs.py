"""The command lines and the environment of the programs whose cost is measured."""

import sys
from collections.abc import Mapping
from pathlib import Path

from ontime.settings import settings
from spark_jobs.engine.session import conf_for

#: Settings that the result depends on, and those that keep the log short. All others are left to Spark and Java.
NEEDED = (
    "spark.driver.memory",
    "spark.executor.memory",
    "spark.sql.session.timeZone",
    "spark.sql.parquet.outputTimestampType",
    "spark.log.level",
)


def environment() -> dict[str, str]:
    """This process's environment with the current settings, for Spark's Python and for dbt."""
    return settings.environment_with(
        settings.as_environment() | {"PYSPARK_PYTHON": sys.executable} | settings.dbt_environment
    )


def ontime(*arguments: str) -> list[str]:
    """An ``ontime`` command of this Python environment."""
    return [_program("ontime"), *arguments]


def submission(*arguments: str, rows: int = 0) -> list[str]:
    """``spark-submit`` of `spark_jobs/submit.py`, with the settings that Airflow uses for this number of rows.

    The JVM is then the driver's parent, so the cost of both is measured. `ontime clean` does not wait for its JVM.
    """
    return _submission(conf_for(settings.spark_master, rows), arguments)


def submission_with_defaults(*arguments: str) -> list[str]:
    """The same with Spark's and Java's own settings, unless the result depends on a setting."""
    conf = conf_for(settings.spark_master)
    return _submission({name: conf[name] for name in NEEDED}, arguments)


def _submission(conf: Mapping[str, str], arguments: tuple[str, ...]) -> list[str]:
    command = [_program("spark-submit"), "--master", settings.spark_master]
    for name, value in conf.items():
        command += ["--conf", f"{name}={value}"]
    return [*command, str(settings.spark_application), *arguments]


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
