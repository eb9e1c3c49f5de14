"""Why flights are late: the minutes of delay that airlines report to the Bureau, by five causes.

The Bureau gives causes for flights that arrive 15 minutes late or more; the five add up to the arrival delay. The
embedded flights of 2013 have none.
"""

import altair as alt
import pandas as pd

from insight.figure import Recipe
from insight.words import count, listed, percent

#: What the Bureau calls a cause, and what we call it.
CAUSES = {
    "carrier": "airline",
    "late_aircraft": "aircraft came late",
    "nas": "air traffic system",
    "weather": "extreme weather",
    "security": "security",
}

NOTHING = "There are no causes of delay for these months: only the live source of flights has them."


def draw_months(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One bar per month: minutes per delayed flight, split by cause."""
    named = _named(rows).assign(month=pd.to_datetime(rows["month_start_date"]).dt.strftime("%Y-%m"))
    return (
        alt.Chart(named)
        .mark_bar()
        .encode(
            alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0)),
            alt.Y("minutes_per_delayed_flight:Q", title="minutes per delayed flight"),
            _colour(),
            alt.Order("order:Q"),
            [
                alt.Tooltip("month:O", title="Month"),
                alt.Tooltip("name:N", title="Cause"),
                alt.Tooltip("delayed_count:Q", title="Delayed flights", format=",d"),
                alt.Tooltip("minutes:Q", title="Minutes", format=",d"),
                alt.Tooltip("minutes_per_delayed_flight:Q", title="Minutes per delayed flight", format=".1f"),
            ],
        )
        .properties(height=260)
    )


def describe_months(rows: pd.DataFrame) -> str:
    """Delayed flights and months, and the share of each cause in all minutes."""
    if rows.empty:
        return NOTHING
    months = rows.drop_duplicates("month_start_date")
    return (
        f"Bars of the delay of {count(months['delayed_count'].sum(), 'delayed flight')} in "
        f"{count(len(months), 'month')}, by cause: {_shares(rows)}."
    )


def draw_airlines(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One bar per airline: the shares of the causes in its minutes of delay."""
    named = _named(rows).assign(percent=100 * rows["share"])
    return (
        alt.Chart(named)
        .mark_bar()
        .encode(
            alt.X("percent:Q", title="minutes of delay, %", scale=alt.Scale(domain=[0, 100], nice=False)),
            alt.Y(
                "airline_name:N",
                title=None,
                sort=list(named["airline_name"].unique()),
                axis=alt.Axis(labelLimit=150),
            ),
            _colour(),
            alt.Order("order:Q"),
            [
                alt.Tooltip("airline_name:N", title="Airline"),
                alt.Tooltip("name:N", title="Cause"),
                alt.Tooltip("minutes:Q", title="Minutes", format=",d"),
                alt.Tooltip("percent:Q", title="Of its minutes, %", format=".1f"),
            ],
        )
        .properties(height=alt.Step(24))
    )


def describe_airlines(rows: pd.DataFrame) -> str:
    """The airlines that caused the largest and the smallest share of their delay themselves."""
    if rows.empty:
        return NOTHING
    own = rows[(rows["cause"] == "carrier") & rows["share"].notna()].sort_values("share")
    text = f"Bars of the delay of {count(rows['airline_code'].nunique(), 'airline')}, by cause: {_shares(rows)}."
    if len(own) > 1:
        low, high = own.iloc[0], own.iloc[-1]
        text += (
            f" The airline itself is the cause of {percent(low['share'])} ({low['airline_name']}) to "
            f"{percent(high['share'])} ({high['airline_name']}) of the minutes."
        )
    return text


CAUSES_BY_MONTH = Recipe("causes", "Why flights are late", draw_months, describe_months)
CAUSES_BY_AIRLINE = Recipe("causes_by_airline", "Causes by airline", draw_airlines, describe_airlines)


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    order = {cause: number for number, cause in enumerate(CAUSES)}
    return rows.assign(name=rows["cause"].map(CAUSES), order=rows["cause"].map(order))


def _colour() -> alt.Color:
    names = list(CAUSES.values())
    legend = alt.Legend(columns=3)
    return alt.Color("name:N", title=None, sort=names, scale=alt.Scale(domain=names, range="category"), legend=legend)


def _shares(rows: pd.DataFrame) -> str:
    """Each cause with its share of all minutes, the largest first."""
    minutes = rows.groupby("cause")["minutes"].sum().sort_values(ascending=False, kind="stable")
    total = max(minutes.sum(), 1)
    return listed([f"{CAUSES[str(cause)]} {percent(each / total)}" for cause, each in minutes.items()])
