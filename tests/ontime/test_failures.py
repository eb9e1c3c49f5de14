"""Failures of the machine as one sentence."""

import errno
import sqlite3

import duckdb
import pytest

from ontime import locks
from ontime.failures import sentence

JAVA_STACK = """An error occurred while calling o61.parquet.
: org.apache.spark.SparkException: Job aborted.
\tat org.apache.spark.sql.Writer.write(Writer.scala:12)
Caused by: java.io.IOException: No space left on device
\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)
\t... 21 more
"""


class Py4JJavaError(Exception):
    __module__ = "py4j.protocol"


def caused(problem: Exception, cause: Exception) -> Exception:
    problem.__cause__ = cause
    return problem


def handled(problem: Exception, first: Exception) -> Exception:
    problem.__context__ = first
    return problem


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        pytest.param(OSError(errno.ENOSPC, "full", "/data/x"), "/data/x: The disk is full", id="full disk"),
        pytest.param(OSError(errno.ENOSPC, "full"), "The disk is full", id="full disk, no name"),
        pytest.param(PermissionError(errno.EACCES, "no", "/data"), "/data: Permission denied", id="forbidden"),
        pytest.param(OSError(errno.EROFS, "ro", "/data"), "/data: The disk is read-only", id="read-only"),
        pytest.param(OSError(errno.EMFILE, "many"), "This process has too many open files", id="open files"),
        pytest.param(MemoryError(), "Memory ran out", id="memory"),
        pytest.param(locks.Busy("ontime demo is running."), "ontime demo is running.", id="lock"),
        pytest.param(
            duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block"),
            "Out of Memory Error: could not allocate block: Memory ran out",
            id="DuckDB's memory",
        ),
        pytest.param(
            sqlite3.OperationalError("database or disk is full"),
            "database or disk is full: The disk is full",
            id="SQLite's disk",
        ),
        pytest.param(
            Py4JJavaError(JAVA_STACK),
            "java.io.IOException: No space left on device: The disk is full",
            id="Spark's disk: the line of the stack that matters",
        ),
        pytest.param(
            Py4JJavaError(JAVA_STACK.replace("No space left on device", "the disk is on fire")),
            "Spark failed: java.io.IOException: the disk is on fire (ONTIME_TRACEBACK=true",
            id="any other failure of Spark: its last cause",
        ),
        pytest.param(
            Py4JJavaError(
                "An error occurred while calling None.X.\n: java.io.IOException: no master\n\tat X.y(X.java:1)"
            ),
            "Spark failed: java.io.IOException: no master (ONTIME_TRACEBACK=true",
            id="any other failure of Spark: its only cause",
        ),
        pytest.param(
            Py4JJavaError("java.lang.OutOfMemoryError: Java heap space"),
            "java.lang.OutOfMemoryError: Java heap space: Memory ran out",
            id="Spark's memory",
        ),
        pytest.param(
            caused(RuntimeError("dbt failed"), OSError(errno.ENOSPC, "full", "/data/x")),
            "/data/x: The disk is full",
            id="a cause",
        ),
        pytest.param(
            handled(RuntimeError("cannot write"), OSError(errno.ENOSPC, "full", "/data/x")),
            "/data/x: The disk is full",
            id="what was handled when it happened",
        ),
        pytest.param(
            OSError(errno.ELOOP, "Too many links", "/data"), "[Errno 40] Too many links: '/data' (", id="other"
        ),
    ],
)
def test_a_failure_of_the_machine_is_one_sentence_with_the_way_out(problem, said):
    meaning = sentence(problem)
    assert meaning.startswith(said)
    assert meaning.endswith(".") and "\n" not in meaning


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(KeyError("airline"), id="a bug"),
        pytest.param(handled(KeyError("airline"), FileNotFoundError(errno.ENOENT, "no file")), id="a bug after a miss"),
        pytest.param(ValueError("2013-13 is no month"), id="a wrong value"),
    ],
)
def test_a_bug_keeps_its_traceback(problem):
    assert sentence(problem) is None
