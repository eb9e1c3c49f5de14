"""Network: where flights go, when to leave, and which routes are late most often."""

import streamlit as st

from dashboard import choices, parts
from insight.hours import HOURS
from insight.network import NETWORK_MAP, NETWORK_ROUTES

st.title("Network")
st.write("A flight is late if it arrives 15 minutes or more after schedule. Shares are of the flights that arrived.")
left, right = st.columns(2)
with left:
    airport = choices.airport()
with right:
    months = choices.months()
parts.show(NETWORK_MAP, airport=airport, **months)
st.caption(
    "A share of few flights is mostly chance, so it is *shrunk* towards the mean of all destinations: the fewer the "
    "flights, the more. The table has the counted share beside it."
)
parts.show(HOURS, airport=airport, **months)
parts.show(NETWORK_ROUTES, **months)
