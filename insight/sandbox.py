"""Queries that readers write themselves, on the published databases.

A query can read what is published and nothing else: the databases are attached read-only, files and the network are
switched off, and no setting can be changed (:func:`insight.published.connect`). It gets limited memory, writes nothing
to the disk and is interrupted after ``SECONDS``. One query runs at a time; the others wait.
"""

import threading
import time
from dataclasses import dataclass

import duckdb
import pandas as pd

from insight.published import Published, connect

SECONDS = 2.0
ROWS = 1_000
MEMORY = "512MB"

#: Types of statements that only read.
_READS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_one_at_a_time = threading.Lock()


class Refused(ValueError):
    """A query that was not answered. The message says why, for the person who wrote it."""


@dataclass(frozen=True)
class Answer:
    """``rows``: the first ``ROWS`` rows. ``is_cut``: the query has more. ``plan``: how DuckDB executes it."""

    rows: pd.DataFrame
    is_cut: bool
    seconds: float
    plan: str


def answer(published: Published, sql: str) -> Answer:
    """Run one query on the versions in ``published``.

    Raises :class:`Refused`, and :class:`ontime.warehouse.NothingPublished` without a warehouse.
    """
    if not _one_at_a_time.acquire(timeout=2 * SECONDS):
        raise Refused("Other queries are running. Try again in a few seconds.")
    try:
        with connect(published, MEMORY) as connection:
            return _limited(connection, sql)
    finally:
        _one_at_a_time.release()


def _limited(connection: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    alarm = threading.Timer(SECONDS, connection.interrupt)
    alarm.start()
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in _READS:
            raise Refused("Write one query that reads: SELECT, FROM, WITH, DESCRIBE, SUMMARIZE or EXPLAIN.")
        start = time.perf_counter()
        rows = _first(connection, statements[0])
        seconds, plan = time.perf_counter() - start, ""
        if statements[0].type == duckdb.StatementType.SELECT:
            plan = connection.execute(f"EXPLAIN {statements[0].query}").fetchall()[0][1]
        return Answer(rows.head(ROWS), len(rows) > ROWS, seconds, plan)
    except duckdb.InterruptException:
        raise Refused(
            f"The query was stopped after {SECONDS:g} seconds. Read fewer rows: tables that begin with agg_ have the "
            "sums already."
        ) from None
    except duckdb.OutOfMemoryException:
        raise Refused("The query needs more memory than it may use. Group or filter before you join or sort.") from None
    except duckdb.Error as problem:
        raise Refused(str(problem)) from None
    finally:
        alarm.cancel()


def _first(connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> pd.DataFrame:
    """One row more than are shown, to see whether there are more."""
    result = connection.execute(statement)
    names = [column[0] for column in result.description]
    columns = [name if names.index(name) == i else f"{name}_{i + 1}" for i, name in enumerate(names)]
    return pd.DataFrame(result.fetchmany(ROWS + 1), columns=columns)
