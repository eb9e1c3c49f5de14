"""How often do flights from an airport arrive late?"""

import streamlit as st

st.title("Late arrivals")
