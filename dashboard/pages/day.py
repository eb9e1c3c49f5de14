"""A day: the year as a calendar, then one of its days hour by hour."""

from datetime import date

import streamlit as st

from dashboard import choices, parts
from insight import day as figures
from insight.calendar import CALENDAR, mark

WORST_DAY = """
    SELECT
        min(flight_date) AS first_day,
        max(flight_date) AS last_day,
        arg_max(flight_date, late + cancelled) AS worst_day
    FROM (
        SELECT flight_date, sum(arrival_delayed_count) AS late, sum(cancelled_count) AS cancelled
        FROM marts.agg_flights_daily
        GROUP BY flight_date
        ORDER BY flight_date
    )
"""

st.title("A day")
first_day, last_day, worst_day = parts.query(WORST_DAY).fetchall()[0]
if first_day is None:
    raise parts.Missing(choices.NO_FLIGHTS)
left, right = st.columns(2)
with left:
    chosen = st.date_input(
        "Day",
        value=worst_day,  # named, because the address omits the default, and without one Streamlit takes the chosen day
        min_value=first_day,
        max_value=last_day,
        format="YYYY-MM-DD",
        help="The page opens on the day with most late and cancelled flights.",
        key="day",
        bind="query-params",
    )
    day = chosen or worst_day  # an empty field is the default
with right:
    airport = choices.airport("Airport in the calendar", with_all=True)
on_day = parts.Click("day", "day", date.fromisoformat, day, lambda drawn, rows: mark(drawn, day))
parts.show(CALENDAR, on_day, year=day.year, airport=airport)
st.caption("Click a day to open it, or choose it above.")

st.header(f"{day:%A}, {day.day} {day:%B %Y}")
parts.show(figures.DAY_STRIP, day=day)
parts.show(figures.DAY_OUTCOMES, day=day)
measure = st.segmented_control(
    "Weather", list(figures.MEASURES), default="rain", required=True, key="weather", bind="query-params"
)
parts.show(figures.DAY_WEATHER, day=day, measure=measure)
parts.show(figures.DAY_PREDICTIONS, day=day)
