"""The days of a year at a glance: how many flights of each day arrived late, and how many were cancelled."""

from datetime import date, timedelta
from typing import Any

import altair as alt
import pandas as pd

from insight.figure import Recipe
from insight.words import count, day, percent, records

#: Above this share all days have the same colour, so that one bad day does not make the others look alike.
WORST_PERCENT = 60

#: From this share of cancelled flights on, a day is marked.
MANY_CANCELLED = 0.1

_WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def draw(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One square per day: colour is the late share; a dot marks days with many cancelled flights."""
    dates = pd.to_datetime(rows["flight_date"])
    days = pd.DataFrame(
        {
            "day": dates.dt.strftime("%Y-%m-%d"),
            "week": (dates - pd.to_timedelta(dates.dt.weekday, "D")).dt.strftime("%Y-%m-%d"),
            "weekday": dates.dt.weekday.map(dict(enumerate(_WEEKDAYS))),
            "holiday": rows["holiday_name"].fillna("–"),
            "flights": rows["flight_count"],
            "cancelled": 100 * rows["cancelled_share"],
            "late": 100 * rows["late_share"],
        }
    )
    # The name of a month is written at its first whole week.
    month = "date(toDate(datum.value)) <= 7 ? utcFormat(toDate(datum.value), '%b') : ''"
    base = alt.Chart(days).encode(
        alt.X(
            "week:O",
            title=None,
            scale=alt.Scale(paddingInner=0.12),
            axis=alt.Axis(labelExpr=month, labelAngle=0, labelOverlap=False, labelAlign="left", orient="top"),
        ),
        alt.Y("weekday:O", sort=_WEEKDAYS, title=None, scale=alt.Scale(domain=_WEEKDAYS, paddingInner=0.12)),
        tooltip=[
            alt.Tooltip("day:N", title="Day"),
            alt.Tooltip("weekday:N", title="Weekday"),
            alt.Tooltip("holiday:N", title="Holiday"),
            alt.Tooltip("flights:Q", title="Flights", format=",d"),
            alt.Tooltip("late:Q", title="Late, % of arrivals", format=".1f"),
            alt.Tooltip("cancelled:Q", title="Cancelled, %", format=".1f"),
        ],
    )
    late = alt.Color(
        "late:Q",
        title=f"Late arrivals, % (dot: {100 * MANY_CANCELLED:.0f} % or more cancelled)",
        scale=alt.Scale(range="ramp", domain=[0, WORST_PERCENT], clamp=True),
    )
    return alt.layer(
        base.mark_rect(cornerRadius=2).encode(late),
        base.transform_filter(f"datum.cancelled >= {100 * MANY_CANCELLED}").mark_circle(
            style="chosen", size=36, aria=False
        ),
    ).properties(height=alt.Step(18))


def mark(drawn: Any, chosen: date) -> alt.TopLevelMixin:
    """The drawn calendar with a frame around one of its days."""
    week = chosen - timedelta(days=chosen.weekday())
    place = pd.DataFrame([{"week": f"{week:%Y-%m-%d}", "weekday": _WEEKDAYS[chosen.weekday()]}])
    frame = alt.Chart(place).mark_rect(style="outline", cornerRadius=2, aria=False)
    return drawn + frame.encode(alt.X("week:O"), alt.Y("weekday:O"))


def describe(rows: pd.DataFrame) -> str:
    """Days, the late share of the year, the days with the most and least late arrivals, the most cancelled flights."""
    if rows.empty:
        return "No flight departed in this year."
    late, arrived = rows["arrival_delayed_count"].sum(), rows["arrival_count"].sum()
    text = f"Calendar of {count(len(rows), 'day')} with {count(rows['flight_count'].sum(), 'flight')}"
    if arrived:
        days = records(rows[rows["arrival_count"] > 0])
        worst, best = (choose(days, key=lambda each: each["late_share"]) for choose in (max, min))
        text += (
            f"; {percent(late / arrived)} of the arrivals are late. Most late: {day(worst['flight_date'])} with "
            f"{percent(worst['late_share'])}; least: {day(best['flight_date'])} with {percent(best['late_share'])}"
        )
    cancelled = max(records(rows), key=lambda each: each["cancelled_share"])
    if cancelled["cancelled_count"]:
        text += (
            f". Most cancelled: {day(cancelled['flight_date'])} with {cancelled['cancelled_count']:,} of "
            f"{count(cancelled['flight_count'], 'flight')}"
        )
    return f"{text}."


CALENDAR = Recipe("calendar", "The year, day by day", draw, describe)
