"""One day, hour by hour: which airports ran late, how the flights ended, the weather, and what the model predicted."""

from typing import Any

import altair as alt
import pandas as pd

from insight.calendar import WORST_PERCENT
from insight.figure import Recipe
from insight.words import count, listed, records

#: What a weather figure can show, and its unit.
MEASURES = {
    "rain": "precipitation, mm in the hour",
    "gusts": "wind gusts, m/s",
    "visibility": "visibility, km",
    "temperature": "temperature, °C",
}

_OUTCOMES = {
    "on_time_count": "on time",
    "arrival_delayed_count": "late",
    "cancelled_count": "cancelled",
    "diverted_count": "diverted",
}


def draw_strip(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One row per airport, one cell per hour: colour is the late share, a dot the share of cancelled flights."""
    cells = rows.assign(
        late=100 * rows["late_share"], cancelled=100 * rows["cancelled_count"] / rows["flight_count"].clip(lower=1)
    )
    base = _strip(cells, "scheduled_departure_hour", "scheduled local hour of departure").encode(
        tooltip=[
            alt.Tooltip("airport_code:N", title="From"),
            alt.Tooltip("scheduled_departure_hour:O", title="Hour"),
            alt.Tooltip("flight_count:Q", title="Flights", format=",d"),
            alt.Tooltip("arrival_delayed_count:Q", title="Late", format=",d"),
            alt.Tooltip("late:Q", title="Late, % of arrivals", format=".1f"),
            alt.Tooltip("cancelled_count:Q", title="Cancelled", format=",d"),
            alt.Tooltip("diverted_count:Q", title="Diverted", format=",d"),
        ]
    )
    late = alt.Color(
        "late:Q",
        title="Late arrivals, %",
        scale=alt.Scale(range="ramp", domain=[0, WORST_PERCENT], clamp=True),
    )
    cancelled = alt.Size(
        "cancelled:Q",
        title="Cancelled, %",
        scale=alt.Scale(domain=[0, 100], range=[0, 160]),
        legend=alt.Legend(values=[10, 50, 100]),
    )
    return alt.layer(
        base.mark_rect(cornerRadius=2).encode(late),
        base.transform_filter("datum.cancelled > 0")
        .mark_circle(style="chosen", strokeWidth=1, aria=False)
        .encode(cancelled),
    ).properties(height=alt.Step(26))


def describe_strip(rows: pd.DataFrame) -> str:
    """The airports, all flights with their late share and cancellations, and the worst cell with ten arrivals."""
    if rows.empty:
        return "No flight was scheduled on this day."
    late, arrived = rows["arrival_delayed_count"].sum(), rows["arrival_count"].sum()
    text = (
        f"{count(rows['flight_count'].sum(), 'flight')} from {listed(list(rows['airport_code'].unique()))} by hour: "
        f"{late:,} of {count(arrived, 'arrival')} late, {rows['cancelled_count'].sum():,} cancelled."
    )
    large = records(rows[rows["arrival_count"] >= 10])
    if large:
        worst = max(large, key=lambda row: row["late_share"])
        text += (
            f" Most late: {worst['airport_code']} at {worst['scheduled_departure_hour']}:00, "
            f"{worst['arrival_delayed_count']} of {worst['arrival_count']}."
        )
    return text


def draw_outcomes(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One bar per hour, split by how the flights ended."""
    names = list(_OUTCOMES.values())
    long = rows.rename(columns=_OUTCOMES).melt("scheduled_departure_hour", names, "outcome", "flights")
    long["order"] = long["outcome"].map({name: number for number, name in enumerate(names)})
    return (
        alt.Chart(long)
        .mark_bar()
        .encode(
            _hour("scheduled_departure_hour", "scheduled local hour of departure"),
            alt.Y("flights:Q", title="flights", axis=alt.Axis(tickCount=5, format=",d", tickMinStep=1)),
            alt.Color("outcome:N", title=None, sort=names, scale=alt.Scale(domain=names, range="category")),
            alt.Order("order:Q"),
            [
                alt.Tooltip("scheduled_departure_hour:O", title="Hour"),
                alt.Tooltip("outcome:N", title="Flights that were"),
                alt.Tooltip("flights:Q", title="Flights", format=",d"),
            ],
        )
        .properties(height=220)
    )


def describe_outcomes(rows: pd.DataFrame) -> str:
    """How many flights ended in each way, and the hour with most flights."""
    if rows.empty:
        return "No flight was scheduled on this day."
    busiest = max(records(rows), key=lambda row: row["flight_count"])
    ended = listed([f"{rows[column].sum():,} {name}" for column, name in _OUTCOMES.items()])
    return (
        f"Bars of {count(rows['flight_count'].sum(), 'flight')} by hour: {ended}. Most depart at "
        f"{busiest['scheduled_departure_hour']}:00: {busiest['flight_count']:,}."
    )


def draw_predictions(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """Bars: flights that were late; ticks: how many the model predicted."""
    base = alt.Chart(rows).encode(
        _hour("scheduled_departure_hour", "scheduled local hour of departure"),
        tooltip=[
            alt.Tooltip("scheduled_departure_hour:O", title="Hour"),
            alt.Tooltip("arrival_count:Q", title="Arrivals", format=",d"),
            alt.Tooltip("predicted_late_count:Q", title="Predicted late", format=".1f"),
            alt.Tooltip("arrival_delayed_count:Q", title="Late", format=",d"),
        ],
    )
    title = "late arrivals (bar: happened, line: predicted)"
    return alt.layer(
        base.mark_bar(style="faint").encode(alt.Y("arrival_delayed_count:Q", title=title, axis=alt.Axis(tickCount=5))),
        base.mark_tick(style="strong", thickness=3, bandSize=22).encode(alt.Y("predicted_late_count:Q")),
    ).properties(height=220)


def describe_predictions(rows: pd.DataFrame) -> str:
    """The predicted and the real number of late arrivals of the day, and the hour in which they differ most."""
    if rows.empty:
        return "No flight of this day has a prediction: the model learned from these days, or they came after it."
    furthest = max(records(rows), key=lambda row: abs(row["predicted_late_count"] - row["arrival_delayed_count"]))
    return (
        f"Of {count(rows['arrival_count'].sum(), 'arrival')}, {rows['predicted_late_count'].sum():,.0f} were predicted "
        f"to be late and {rows['arrival_delayed_count'].sum():,} were late. Furthest apart at "
        f"{furthest['scheduled_departure_hour']}:00: {furthest['predicted_late_count']:.1f} predicted, "
        f"{furthest['arrival_delayed_count']} late."
    )


def draw_weather(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One row per airport, one cell per hour: colour is the value of the chosen measure."""
    unit = MEASURES[rows["measure"].iloc[0]] if len(rows) else ""
    base = _strip(rows, "local_hour", "local hour").encode(
        tooltip=[
            alt.Tooltip("airport_code:N", title="At"),
            alt.Tooltip("local_hour:O", title="Hour"),
            alt.Tooltip("value:Q", title=unit, format=".1f"),
        ]
    )
    colour = alt.Color("value:Q", title=unit.capitalize(), scale=alt.Scale(range="heatmap", nice=True))
    return base.mark_rect(cornerRadius=2).encode(colour).properties(height=alt.Step(26))


def describe_weather(rows: pd.DataFrame) -> str:
    """The lowest and the highest value, with place and hour."""
    if rows.empty:
        return "No station reported this on this day."
    reports = records(rows)
    low, high = (choose(reports, key=lambda row: row["value"]) for choose in (min, max))
    unit = MEASURES[low["measure"]]
    return (
        f"{unit.capitalize()}: from {low['value']:.1f} ({low['airport_code']} at {low['local_hour']}:00) to "
        f"{high['value']:.1f} ({high['airport_code']} at {high['local_hour']}:00)."
    )


DAY_STRIP = Recipe("day_strip", "Hour by hour", draw_strip, describe_strip)
DAY_OUTCOMES = Recipe("day_outcomes", "How the flights ended", draw_outcomes, describe_outcomes)
DAY_WEATHER = Recipe("day_weather", "The weather", draw_weather, describe_weather)
DAY_PREDICTIONS = Recipe(
    "day_predictions", "What the model predicted", draw_predictions, describe_predictions, ("predictions",)
)


def _strip(cells: pd.DataFrame, hour: str, title: str) -> alt.Chart:
    airports = list(cells["airport_code"].unique())
    return alt.Chart(cells).encode(
        _hour(hour, title), alt.Y("airport_code:N", sort=airports, title=None, scale=alt.Scale(paddingInner=0.1))
    )


def _hour(field: str, title: str) -> alt.X:
    """An axis of all 24 hours, so that the figures of a day line up below each other."""
    axis: Any = alt.Axis(labelAngle=0, labelExpr="datum.value % 3 == 0 ? datum.value + ':00' : ''", labelOverlap=False)
    return alt.X(f"{field}:O", title=title, scale=alt.Scale(domain=list(range(24)), paddingInner=0.1), axis=axis)
