"""Airlines: how often each is late, counted and adjusted, and how late its flights are."""

import streamlit as st

from dashboard import choices, parts
from insight.airlines import AIRLINE_DELAYS, AIRLINES, FEWEST_ARRIVALS

st.title("Airlines")
st.write("A flight is late if it arrives 15 minutes or more after schedule. Shares are of the flights that arrived.")
months = choices.months()
parts.show(AIRLINES, **months)
st.caption(
    "*As counted* compares airlines that fly on different days from different airports. *Adjusted*: as if all flew on "
    "the same days from the same airports, with the same weather and traffic; hours of the day still differ. Bars are "
    f"95 % intervals that take whole days as samples. Airlines with fewer than {FEWEST_ARRIVALS} arrivals are in the "
    "table only."
)
parts.show(AIRLINE_DELAYS, **months)
