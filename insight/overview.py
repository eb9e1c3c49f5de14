"""The overview: late arrivals by month, and three findings as sentences."""

from dataclasses import dataclass, field
from typing import Any

import altair as alt
import duckdb
import pandas as pd

from insight.figure import QUERIES_DIR, Recipe
from insight.words import count, day, percent, records


@dataclass(frozen=True)
class Finding:
    """A sentence with figures, the ``sql`` that computes them, and a link for details.

    ``more`` is the text of the link. It leads to ``page``, with ``choices`` as the values of the page's widgets.
    """

    headline: str
    sentence: str
    page: str
    more: str
    sql: str
    choices: dict[str, str] = field(default_factory=dict)


def draw(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One bar per month: the late share of its arrivals."""
    months = pd.DataFrame(
        {
            "month": pd.to_datetime(rows["month_start_date"]).dt.strftime("%Y-%m"),
            "flights": rows["flight_count"],
            "cancelled": rows["cancelled_count"],
            "late": 100 * rows["late_share"],
        }
    )
    tooltip = [
        alt.Tooltip("month:N", title="Month"),
        alt.Tooltip("flights:Q", title="Flights", format=",d"),
        alt.Tooltip("cancelled:Q", title="Cancelled", format=",d"),
        alt.Tooltip("late:Q", title="Late, % of arrivals", format=".1f"),
    ]
    return (
        alt.Chart(months)
        .mark_bar(style="strong")
        .encode(
            alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0)),
            alt.Y("late:Q", title="late arrivals, %", axis=alt.Axis(tickCount=5)),
            tooltip=tooltip,
        )
        .properties(height=240)
    )


def describe(rows: pd.DataFrame) -> str:
    """All months together, and the ones with the lowest and the highest late share."""
    arrivals, late = rows["arrival_count"].sum(), rows["arrival_delayed_count"].sum()
    if not arrivals:
        return "No flight has arrived in these months."
    months = sorted(records(rows[rows["arrival_count"] > 0]), key=lambda month: month["late_share"])
    best, worst = (
        f"{percent(month['late_share'])} in {month['month_start_date']:%B %Y}" for month in (months[0], months[-1])
    )
    extremes = f": from {best} to {worst}" if len(months) > 1 else ""
    return f"{percent(late / arrivals)} of {count(arrivals, 'arrival')} were 15 minutes late or more{extremes}."


MONTHS = Recipe("months", "Arrivals 15 minutes late or more, by month", draw, describe)


def findings(connection: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Up to three findings about the published flights, each from aggregates. An empty warehouse has none."""
    made = [_hours(_rows(connection, "finding_hours")), _airlines(_rows(connection, "finding_airlines"))]
    return [finding for finding in [*made, _days(_rows(connection, "finding_days"))] if finding]


def _hours(rows: list[dict[str, Any]]) -> Finding | None:
    if len(rows) < 2:
        return None
    best, worst = rows[0], rows[-1]
    return Finding(
        f"Leave at {best['departure_hour']}:00, not at {worst['departure_hour']}:00",
        f"{percent(best['late_share'])} of the flights that are to depart from {best['departure_hour']}:00 to "
        f"{best['departure_hour']}:59 arrive 15 minutes late or more; from {worst['departure_hour']}:00 to "
        f"{worst['departure_hour']}:59, {percent(worst['late_share'])} do.",
        "network",
        "When to leave, from each airport",
        _sql("finding_hours"),
    )


def _airlines(rows: list[dict[str, Any]]) -> Finding | None:
    if len(rows) < 2:
        return None
    best, worst = rows[0], rows[-1]
    return Finding(
        f"{best['airline_name']} is the most punctual large airline",
        f"{percent(best['late_share'])} of its {count(best['arrival_count'], 'arrival')} were late. "
        f"{worst['airline_name']} has {percent(worst['late_share'])} of {count(worst['arrival_count'], 'arrival')}. "
        "They fly on different days from different airports; the page Airlines adjusts for that.",
        "airlines",
        "All airlines, counted and adjusted",
        _sql("finding_airlines"),
    )


def _days(rows: list[dict[str, Any]]) -> Finding | None:
    if not rows:
        return None
    [worst] = rows
    return Finding(
        f"The worst day was {day(worst['flight_date'])}",
        f"Of {count(worst['flight_count'], 'flight')}, {worst['cancelled_count']:,} were cancelled and "
        f"{worst['arrival_delayed_count']:,} arrived late.",
        "day",
        "That day, hour by hour",
        _sql("finding_days"),
        {"day": f"{worst['flight_date']:%Y-%m-%d}"},
    )


def _rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    return records(connection.execute(_sql(name)).df())


def _sql(name: str) -> str:
    return (QUERIES_DIR / f"{name}.sql").read_text("utf-8").strip()
