"""Network: where flights go, when to leave, and which routes are late most often."""

import streamlit as st

from dashboard import choices, parts
from insight.hours import HOURS
from insight.network import NETWORK_MAP, NETWORK_ROUTES, describe_destination, mark_destination

st.title("Network")
st.write("A flight is late if it arrives 15 minutes or more after schedule. Shares are of the flights that arrived.")
from_, to_, when = st.columns([2, 2, 3])
with from_:
    airport = choices.airport() or ""
with when:
    months = choices.months()
with to_:
    to = choices.destination(airport, months)
on_place = parts.Click(
    "airport_code", "to", str, to, lambda drawn, rows: mark_destination(drawn, rows, to) if to else drawn
)
on_map = parts.show(NETWORK_MAP, on_place, airport=airport, **months).rows
if to:
    st.markdown(describe_destination(on_map, to))
    if to in choices.airports():
        parts.link("network", f"Where flights from {to} go", airport=to)
st.caption(
    "Click a place to see its line, or choose it above. "
    "A share of few flights is mostly chance, so it is *shrunk* towards the mean of all destinations: the fewer the "
    "flights, the more. The table has the counted share beside it."
)
parts.show(HOURS, airport=airport, **months)
parts.show(NETWORK_ROUTES, **months)
