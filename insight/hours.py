"""The day by hours: when flights that depart then arrive late."""

from typing import Literal

import altair as alt
import pandas as pd

from insight.figure import Recipe
from insight.words import count, percent, records

#: A share of fewer arrivals is mostly chance; the table shows these hours too.
FEWEST_ARRIVALS = 30

_ALL = "all airports"


def draw(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """Two lines, the airport and all airports, each with its name at its end."""
    shown = _large(rows)
    shares = pd.DataFrame(
        {
            "airport": shown["airport"],
            "hour": shown["scheduled_departure_hour"],
            "flights": shown["flight_count"],
            "late": 100 * shown["late_share"],
        }
    )
    tooltip = [
        alt.Tooltip("airport:N", title="From"),
        alt.Tooltip("hour:Q", title="Hour"),
        alt.Tooltip("flights:Q", title="Flights", format=",d"),
        alt.Tooltip("late:Q", title="Late, % of arrivals", format=".1f"),
    ]
    hour = alt.X(
        "hour:Q",
        title="scheduled local hour of departure",
        scale=alt.Scale(zero=False, nice=False, padding=16),
        axis=alt.Axis(grid=False, tickMinStep=1, labelSeparation=6, labelExpr="datum.value + ':00'"),
    )
    late = alt.Y("late:Q", title="late arrivals, %", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5))
    is_all = shares["airport"] == _ALL
    layers = []
    for of_line, style, text_style in ((is_all, "faint", "note"), (~is_all, "strong", "label")):
        base = alt.Chart(shares[of_line]).encode(hour, late)
        layers += [
            base.mark_line(style=style, strokeWidth=2),
            base.mark_circle(style=style, size=50).encode(tooltip=tooltip),
        ]
        for point in records(_label_points(shares)):
            if (point["airport"] == _ALL) == (style == "faint"):
                name = alt.Chart(pd.DataFrame([point])).encode(hour, late, text="airport:N")
                align: Literal["left", "right"] = "right" if point["dy"] < 0 else "left"
                layers.append(name.mark_text(style=text_style, dy=point["dy"], align=align))
    return alt.layer(*layers).properties(height=260)


def describe(rows: pd.DataFrame) -> str:
    """For each line the hours with the lowest and the highest late share."""
    shown = _large(rows)
    if shown.empty:
        return f"No hour has {FEWEST_ARRIVALS} arrivals in these months."
    text = "Late share by scheduled local hour of departure."
    for airport in shown["airport"].unique():
        hours = records(shown[shown["airport"] == airport])
        best, worst = (choose(hours, key=lambda each: each["late_share"]) for choose in (min, max))
        text += (
            f" {'All airports' if airport == _ALL else airport}: from {percent(best['late_share'])} at "
            f"{best['scheduled_departure_hour']}:00 to {percent(worst['late_share'])} at "
            f"{worst['scheduled_departure_hour']}:00, {count(sum(each['arrival_count'] for each in hours), 'arrival')}."
        )
    return text


HOURS = Recipe("hours", "When to leave", draw, describe)


def _large(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["arrival_count"] >= FEWEST_ARRIVALS]


def _label_points(shares: pd.DataFrame) -> pd.DataFrame:
    """Where to write the name of each line: at the hour with the largest gap between the lines, above or below it."""
    lines = shares.pivot(index="hour", columns="airport", values="late")
    gap = (lines.max(axis=1) - lines.min(axis=1)).where(lines.notna().all(axis=1), -1)
    if lines.empty:
        return shares.assign(dy=0)
    at_hour = shares[shares["hour"] == gap.idxmax()]
    return at_hour.assign(dy=(at_hour["late"] == at_hour["late"].max()).map({True: -14, False: 16}))
