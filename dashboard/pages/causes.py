"""Causes: why flights are late, as the airlines report it to the Bureau."""

import streamlit as st

from dashboard import choices, parts
from insight.causes import CAUSES_BY_AIRLINE, CAUSES_BY_MONTH

st.title("Causes")
st.write(
    "For flights that arrive 15 minutes late or more, airlines report to the Bureau of Transportation Statistics how "
    "many minutes each of five causes took."
)
if not parts.query("FROM marts.agg_delay_causes_monthly LIMIT 1").fetchall():
    raise parts.Missing(
        "The published flights have no causes: the embedded data of 2013 lacks them. They come with the live "
        "source, for any month from June 2003 on: `ONTIME_SOURCE=live` (`docs/how-to/live-sources.md`)."
    )
months = choices.months()
parts.show(CAUSES_BY_MONTH, **months)
parts.show(CAUSES_BY_AIRLINE, **months)
