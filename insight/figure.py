"""What a figure consists of: one SQL query, and two pure functions of its rows, the chart and the text for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import pandas as pd

QUERIES_DIR = Path(__file__).parent / "queries"


@dataclass(frozen=True)
class Figure:
    """A drawn figure. ``choices`` are the values of the query's parameters, ``alt`` says what the chart shows."""

    name: str
    title: str
    sql: str
    choices: dict[str, Any]
    rows: pd.DataFrame
    chart: alt.TopLevelMixin
    alt: str


@dataclass(frozen=True)
class Recipe:
    """How a figure is made.

    ``name``: unique; its query is ``queries/<name>.sql``, where ``$airport`` is a parameter. ``title``: a question or a
    statement for the reader. ``draw``: rows to chart. ``describe``: rows to one or two sentences with the figures that
    a person sees in the chart, for people who cannot see it. ``needs``: published databases besides the warehouse.
    """

    name: str
    title: str
    draw: Callable[[pd.DataFrame], alt.TopLevelMixin]
    describe: Callable[[pd.DataFrame], str]
    needs: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        return (QUERIES_DIR / f"{self.name}.sql").read_text("utf-8").strip()

    def figure(self, connection: duckdb.DuckDBPyConnection, **choices: Any) -> Figure:
        """Run the query with these choices and draw its rows. ``connection``: from :func:`insight.published.connect`.

        Raises ``duckdb.Error`` for a choice that the query does not have.
        """
        rows = connection.execute(self.sql, choices or None).df()
        return Figure(self.name, self.title, self.sql, choices, rows, self.draw(rows), self.describe(rows))
