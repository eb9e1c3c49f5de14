"""Configures Spark sessions. Importing this module does not import Spark."""

import re
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ontime import USER_HAS_A_NAME
from ontime.settings import settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: From this batch size on, the full just-in-time compiler pays off: it lost at 0.3 million rows and won at 3.4 million.
LARGE_BATCH_ROWS = 2_000_000
#: Java ignores HOME and asks the system for the home directory. The system has none for a user id without a name.
_HOME = "" if USER_HAS_A_NAME else f' "-Duser.home={Path.home()}"'
SMALL_BATCH_OPTIONS = f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC{_HOME}"
LARGE_BATCH_OPTIONS = f"-XX:+UseParallelGC{_HOME}"


def java_options(rows: int) -> str:
    """The JVM options of a driver that cleans this number of rows.

    The JVM checks the class archive itself, and ignores one that does not fit.
    """
    options = SMALL_BATCH_OPTIONS if rows < LARGE_BATCH_ROWS else LARGE_BATCH_OPTIONS
    archive = settings.spark_class_archive
    return f'{options} "-XX:SharedArchiveFile={archive}"' if archive.exists() else options


#: Settings for every master, also passed to ``spark-submit --conf``.
CONF = {
    "spark.driver.memory": settings.spark_driver_memory,
    "spark.executor.memory": settings.spark_executor_memory,
    "spark.sql.session.timeZone": "UTC",
    # DuckDB reads Spark's default, INT96, as a timestamp without a time zone.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": "4",
    # A task writes its few partitions at the same time; otherwise it would first sort its rows by partition.
    "spark.sql.maxConcurrentOutputFileWriters": "100",
    # Whole-stage code generation turns a job into one method. That is too long for the just-in-time compiler, so slow.
    "spark.sql.codegen.wholeStage": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # A failure reaches Python as an exception, which holds the same text as Spark's log of errors.
    "spark.log.level": "ERROR" if settings.traceback else "FATAL",
}

#: On one machine the driver is reached by the loopback address, so its host name need not resolve.
LOCAL_CONF = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def sort_conf(master: str) -> dict[str, str]:
    """Settings that keep the rows to sort outside the Java heap, so that garbage collection does not scan them.

    They apply only on one machine; on a cluster the result is empty.
    """
    if settings.spark_sort_memory == "0" or not master.startswith("local"):
        return {}
    return {"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": settings.spark_sort_memory}


def conf_for(master: str, rows: int = 0) -> dict[str, str]:
    """The settings of a session on this master for this number of rows; some only work if set before the JVM starts."""
    by_rows = {"spark.driver.extraJavaOptions": java_options(rows)}
    return CONF | by_rows | sort_conf(master) | (LOCAL_CONF if master.startswith("local") else {})


def driver_address(master: str) -> str | None:
    """The IPv4 address at which executors of a standalone master (``spark://host:port``) reach this machine.

    A machine on several networks has several addresses, and Spark would take the first of them. None for other masters,
    and if the master's host name cannot be resolved: Spark then reports that itself.
    """
    if standalone := re.match(r"spark://([^:,]+):(\d+)", master):
        with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.connect((standalone[1], int(standalone[2])))  # chooses a route and sends nothing
            return probe.getsockname()[0]
    return None


def session(master: str | None, rows: int = 0) -> "SparkSession":
    """This process's Spark session on ``master``; None leaves the master and the JVM to ``spark-submit``."""
    from pyspark.sql import SparkSession

    conf = CONF if master is None else conf_for(master, rows) | {"spark.master": master}
    if not USER_HAS_A_NAME:
        _name_the_user(conf)
    conf = driver_conf(master) | conf
    spark = SparkSession.Builder().appName("ontime").config(map=conf).getOrCreate()
    if master and master.startswith("local"):
        # Python workers need this project's packages; on a cluster, PYSPARK_PYTHON names a Python that has them.
        spark.sparkContext.pythonExec = sys.executable
    return spark


def driver_conf(master: str | None) -> dict[str, str]:
    """Where executors reach this driver, as Spark's setting; empty if it is set already or Spark finds it itself."""
    if master is None and _submitted("spark.driver.host"):
        return {}
    address = driver_address(master or _submitted("spark.master"))
    return {"spark.driver.host": address} if address else {}


def _submitted(name: str) -> str:
    """A setting that ``spark-submit`` has read, from its JVM; empty if it is not set."""
    from pyspark import SparkConf, SparkContext

    SparkContext._ensure_initialized()
    return SparkConf().get(name, "") or ""


def _name_the_user(conf: dict[str, str]) -> None:
    """Name the user for Hadoop, before Spark asks it for files: Hadoop asks the system for the name, and fails."""
    from pyspark import SparkConf, SparkContext

    SparkContext._ensure_initialized(conf=SparkConf().setAll(list(conf.items())))
    users = SparkContext._jvm.org.apache.hadoop.security.UserGroupInformation
    users.setLoginUser(users.createRemoteUser("ontime"))
