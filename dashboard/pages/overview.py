"""Overview: is it fresh, is it healthy, and three findings."""

import streamlit as st

from dashboard import parts

st.title("Overview")
parts.need("warehouse")
