"""R's second opinion on the odds of the report, as `ontime report --second-opinion` has written it."""

import json
from typing import Any

from insight.published import Published
from ontime.settings import settings
from portfolio.facts import Fact, fact
from portfolio.tables import Table


def _read(published: Published) -> dict[str, Any] | None:
    """The opinion on the published warehouse; None if R was not asked, or about another version."""
    if published.warehouse is None or not settings.second_opinion.exists():
        return None
    opinion: dict[str, Any] = json.loads(settings.second_opinion.read_text("utf-8"))
    return opinion if opinion.get("warehouse") == published.warehouse.version else None


def facts(published: Published) -> dict[str, Fact]:
    """How many flights both fitted, and by how much they differ; nothing without an opinion."""
    opinion = _read(published)
    if opinion is None:
        return {}
    derivation = "computed by ontime report --second-opinion, in analysis/second_opinion.py"
    values = {
        "opinion.flight_count": opinion["flights"],
        "opinion.odds_difference": opinion["log_odds_differ_by"],
        "opinion.error_difference": opinion["errors_differ_by"],
    }
    return {name: fact(name, value, derivation=derivation) for name, value in values.items()}


def table(published: Published) -> Table:
    """Log-odds and standard errors of both, one row per term."""
    header = ["factor", "level", "log-odds", "log-odds, R", "error", "error, R"]
    opinion = _read(published)
    terms = opinion["terms"] if opinion else []
    columns = ("log_odds", "r_log_odds", "error", "r_error")
    return [header, *([term["factor"], term["level"], *(f"{term[name]:.6f}" for name in columns)] for term in terms)]
