"""Facts: the numbers in the sentences of the site, each with the query or the derivation that computes it.

A query of ``queries/`` returns at most one row, and each of its columns is a fact: ``hours.sql`` with the column
``worst_share`` gives ``hours.worst_share``. The end of the name decides how the value is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from insight.published import Published

QUERIES_DIR = Path(__file__).parent / "queries"


@dataclass(frozen=True)
class Fact:
    """A value of JSON, how a sentence writes it, and where it comes from.

    ``sql`` computes it from the published files; where there is none, ``derivation`` says how it is computed.
    """

    name: str
    value: str | int | float
    text: str
    sql: str = ""
    derivation: str = ""


Facts = Mapping[str, Fact]

#: Threads add floating-point numbers in any order, which changes the last digits.
DECIMALS = 9

#: The end of a fact's name → how its value is written.
WRITTEN: dict[str, Callable[[Any], str]] = {
    "count": "{:,}".format,
    "share": lambda share: f"{100 * share:.1f} %",
    "skill": "{:.3f}".format,
    "difference": "{:.0e}".format,
    "seconds": lambda seconds: f"{seconds:,.1f} s",
    "hour": "{:.0f}:00".format,
    "month": lambda month: f"{date.fromisoformat(month):%B %Y}",
    "date": lambda day: f"{date.fromisoformat(day).day} {date.fromisoformat(day):%B %Y}",
    "name": str,
    "code": str,
}


def fact(name: str, value: Any, sql: str = "", derivation: str = "") -> Fact:
    """A fact whose text follows from the end of its name. Raises ``KeyError`` for an end that has no rule."""
    if isinstance(value, date):
        value = value.isoformat()[:10]
    return Fact(name, value, WRITTEN[name.rpartition("_")[2].rpartition(".")[2]](value), sql, derivation)


def from_queries(connection: duckdb.DuckDBPyConnection, published: Published) -> dict[str, Fact]:
    """The facts of all queries whose databases are published; a query without a row, and a null, give none.

    ``connection``: from :func:`insight.published.connect`.
    """
    facts = []
    for path in sorted(QUERIES_DIR.glob("*.sql")):
        sql = path.read_text("utf-8").strip()
        if "predictions." in sql and not (published.predictions and published.monitoring):
            continue
        cursor = connection.execute(sql)
        columns = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            values = zip(columns, row, strict=True)
            facts += [fact(f"{path.stem}.{name}", _rounded(value), sql) for name, value in values if value is not None]
    return {fact.name: fact for fact in facts}


def _rounded(value: Any) -> Any:
    return round(value, DECIMALS) if isinstance(value, float) else value
