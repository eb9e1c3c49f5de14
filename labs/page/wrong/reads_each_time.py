# fails test_read_once: every choice runs the file again, and so reads the data again.
"""How often do flights from an airport arrive late?"""

import pandas as pd
import published_flights
import streamlit as st

LATE_MINUTES = 15


def arrivals(version: str) -> pd.DataFrame:
    """How many flights ``arrived``, and how many of them ``late``, by airport of departure."""
    flights = published_flights.flights(version)
    flights["late"] = flights["arr_delay"] >= LATE_MINUTES
    return flights.groupby("origin").agg(arrived=("arr_delay", "count"), late=("late", "sum"))


st.title("Late arrivals")
by_airport = arrivals(published_flights.version())
if by_airport.empty:
    st.info("No flights are published yet.")
    st.stop()
airport = st.selectbox("Airport", list(by_airport.index), key="airport", bind="query-params")
arrived, late = by_airport.loc[airport, ["arrived", "late"]]
if arrived:
    st.metric("Late arrivals", f"{100 * late / arrived:.1f} %")
    st.caption(f"{arrived:,} arrivals; late: {LATE_MINUTES} minutes or more")
else:
    st.info(f"No flight from {airport} arrived.")
