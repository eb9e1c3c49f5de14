"""What the site says: facts, claims and figures, all computed from the same published versions."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from insight import model, published
from insight.airlines import AIRLINES
from insight.calendar import CALENDAR
from insight.figure import Figure, Recipe
from insight.hours import HOURS
from insight.network import NETWORK_MAP
from insight.published import EARLIER_CODE, Published
from portfolio import claims, evidence, facts, rubric
from portfolio.claims import Claim
from portfolio.facts import Fact, Facts
from portfolio.tables import table_of


def _months(facts: Facts) -> dict[str, Any]:
    """All published months."""
    return {
        "first_month": f"{facts['flights.first_date'].value}"[:7] + "-01",
        "last_month": facts["flights.last_date"].value,
    }


def _busiest_airport(facts: Facts) -> dict[str, Any]:
    return {"airport": facts["origins.busiest_code"].value, **_months(facts)}


def _last_year(facts: Facts) -> dict[str, Any]:
    """The year of the last flight, with the flights of all airports."""
    return {"airport": None, "year": int(f"{facts['flights.last_date'].value}"[:4])}


#: The figures of the site, with the values of their queries' parameters.
FIGURES: tuple[tuple[Recipe, Callable[[Facts], dict[str, Any]]], ...] = (
    (NETWORK_MAP, _busiest_airport),
    (CALENDAR, _last_year),
    (HOURS, _busiest_airport),
    (AIRLINES, _months),
    (model.RELIABILITY, lambda _: {"part": "test"}),
    (model.LIFT, lambda _: {"part": "test"}),
    (model.SLICES, lambda _: {"part": "test", "dimension": "airline"}),
    (model.MONTHS, lambda _: {"score": "brier"}),
)


@dataclass(frozen=True)
class Content:
    """Everything that the pages show about the published data."""

    published: Published
    facts: dict[str, Fact]
    claims: dict[str, Claim]
    figures: dict[str, Figure]
    #: The rows of every table as text, the header first: those of the figures by their names, and more.
    tables: dict[str, list[list[str]]]

    def record(self) -> dict[str, Any]:
        """The content of ``facts.json`` without the digests: versions, facts, claims, and the SQL of the figures."""
        return {
            "versions": versions(self.published),
            "facts": {name: asdict(fact) for name, fact in self.facts.items()},
            "claims": {name: claim.written(self.facts) for name, claim in self.claims.items()},
            "figures": {
                name: {"sql": figure.sql, "choices": figure.choices, "rows": len(figure.rows), "alt": figure.alt}
                for name, figure in self.figures.items()
            },
        }


class EarlierCode(RuntimeError):
    """The published warehouse lacks a table; the message says how to build it."""


def gather() -> Content:
    """Compute everything from what is published now.

    Raises :class:`ontime.warehouse.NothingPublished` without a warehouse, or if a published file is damaged,
    :class:`EarlierCode`, and :class:`labs.engine.progress.DamagedProgress`.
    """
    now = published.current()
    connection = published.connect(now)
    try:
        computed = facts.from_queries(connection, now) | evidence.facts(now)
        figures = _figures(connection, now, computed)
    except duckdb.CatalogException as problem:
        raise EarlierCode(EARLIER_CODE) from problem
    finally:
        connection.close()
    drawn = {name: figure for name, figure in figures.items() if len(figure.rows)}
    tables = {name: table_of(figure.rows) for name, figure in drawn.items()}
    tables |= evidence.tables(now) | {"rubric": rubric.table(rubric.criteria(computed, drawn))}
    return Content(now, computed, claims.choose(computed), drawn, tables)


def _figures(connection: duckdb.DuckDBPyConnection, now: Published, computed: Facts) -> dict[str, Figure]:
    """The figures whose databases are published; none without flights."""
    figures = {}
    for recipe, choices in FIGURES:
        if "flights.flight_count" in computed and all(getattr(now, database) for database in recipe.needs):
            # A monitoring that earlier code has published lacks the tables of later figures.
            with suppress(duckdb.CatalogException, duckdb.BinderException) if recipe.needs else nullcontext():
                figures[recipe.name] = recipe.figure(connection, **choices(computed))
    return figures


def versions(now: Published) -> dict[str, dict[str, str]]:
    """The published versions with their digests and times, by database."""
    return {
        name: {"version": version.version, "sha256": version.sha256, "published_at": version.published_at}
        for name, version in vars(now).items()
        if version
    }
