"""A Spark job as a command whose cost can be measured."""

import sys
from pathlib import Path

from ontime.settings import settings
from spark_jobs.session import conf_for


def submission(*arguments: str) -> list[str]:
    """``spark-submit`` of `spark_jobs` with these arguments, set up as Airflow sets it up.

    So the JVM is the driver's parent, and both are waited for; `python -m spark_jobs` leaves its JVM behind.
    """
    command = [str(Path(sys.executable).with_name("spark-submit")), "--master", settings.spark_master]
    for name, value in conf_for(settings.spark_master).items():
        command += ["--conf", f"{name}={value}"]
    return [*command, str(settings.spark_application), *arguments]
