"""How this project's Spark sessions are set up; imports without Spark."""

import sys
from typing import TYPE_CHECKING

from ontime.settings import settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: The quick just-in-time compiler was cheaper for 0.3 million rows, the full one for 3.4 million: between the two.
LARGE_BATCH_ROWS = 2_000_000
SMALL_BATCH_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
LARGE_BATCH_OPTIONS = "-XX:+UseParallelGC"


def java_options(rows: int) -> str:
    """The options of a driver's JVM that is to clean so many rows.

    It checks the archive of classes itself, and does without one that is not its own.
    """
    options = SMALL_BATCH_OPTIONS if rows < LARGE_BATCH_ROWS else LARGE_BATCH_OPTIONS
    archive = settings.spark_class_archive
    return f'{options} "-XX:SharedArchiveFile={archive}"' if archive.exists() else options


#: For every master, by hand and through ``spark-submit --conf``.
CONF = {
    "spark.driver.memory": settings.spark_driver_memory,
    "spark.executor.memory": settings.spark_executor_memory,
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


def sort_conf(master: str) -> dict[str, str]:
    """On one machine rows to sort lie beside the heap, where they cost the collector nothing; taken as needed."""
    if settings.spark_sort_memory == "0" or not master.startswith("local"):
        return {}
    return {"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": settings.spark_sort_memory}


def conf_for(master: str, rows: int = 0) -> dict[str, str]:
    """The settings of a session on this master for so many rows; some count only if set before its JVM starts."""
    by_rows = {"spark.driver.extraJavaOptions": java_options(rows)}
    return CONF | by_rows | sort_conf(master) | (LOCAL_CONF if master.startswith("local") else {})


def session(master: str | None, rows: int = 0) -> "SparkSession":
    """The process's Spark session, on ``master``; None leaves the master, and the JVM, to ``spark-submit``."""
    from pyspark.sql import SparkSession

    builder = SparkSession.Builder().appName("ontime")
    if master is None:
        return builder.config(map=CONF).getOrCreate()
    spark = builder.master(master).config(map=conf_for(master, rows)).getOrCreate()
    if master.startswith("local"):
        # Workers in Python need this project's packages; on a cluster, PYSPARK_PYTHON says where they are.
        spark.sparkContext.pythonExec = sys.executable
    return spark
