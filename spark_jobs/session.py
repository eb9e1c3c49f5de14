"""How this project's Spark sessions are set up; imports without Spark."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ontime.settings import settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: A month is cleaned before the full just-in-time compiler has paid for itself.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-DontCompileHugeMethods"


def java_options(class_archive: Path) -> str:
    """The options of a driver's JVM, which checks the archive itself: it does without one that is not its own."""
    return f'{JAVA_OPTIONS} "-XX:SharedArchiveFile={class_archive}"' if class_archive.exists() else JAVA_OPTIONS


#: For every master, by hand and through ``spark-submit --conf``.
CONF = {
    "spark.driver.memory": settings.spark_driver_memory,
    "spark.executor.memory": settings.spark_executor_memory,
    "spark.driver.extraJavaOptions": java_options(settings.spark_class_archive),
    "spark.sql.session.timeZone": "UTC",
    # Spark's default, INT96, reads as a timestamp without a zone in DuckDB.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": "4",
    # A task writes the few partitions that it has at once: else it would first sort its rows by partition.
    "spark.sql.maxConcurrentOutputFileWriters": "100",
    # All expressions of a cleaning in one method are too much for the just-in-time compiler: it would be interpreted.
    "spark.sql.codegen.wholeStage": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}

#: On one machine a driver needs no name that others could reach it by.
LOCAL_CONF = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def conf_for(master: str) -> dict[str, str]:
    """The settings of a session on this master; some count only if set before its JVM starts."""
    return CONF | (LOCAL_CONF if master.startswith("local") else {})


def session(master: str | None) -> "SparkSession":
    """The process's Spark session, on ``master``; None leaves the master to ``spark-submit``."""
    from pyspark.sql import SparkSession

    builder = SparkSession.Builder().appName("ontime")
    if master is None:
        return builder.config(map=CONF).getOrCreate()
    spark = builder.master(master).config(map=conf_for(master)).getOrCreate()
    if master.startswith("local"):
        # Workers in Python need this project's packages; on a cluster, PYSPARK_PYTHON says where they are.
        spark.sparkContext.pythonExec = sys.executable
    return spark
