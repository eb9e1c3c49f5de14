"""The pages, grouped by what a reader wants to know. Streamlit runs this file at every visit and every click."""

import streamlit as st

from dashboard import parts
from ontime import project

#: The title of each page, by the name of its file in ``pages/``; the name is also the last part of its address.
PAGES = {
    "What happened": {
        "overview": "Overview",
        "network": "Network",
        "airlines": "Airlines",
        "day": "A day",
        "causes": "Causes",
    },
    "The model": {"model": "Model", "ask": "Ask the champion"},
    "How it runs": {"operations": "Operations", "quality": "Data quality"},
    "Try it yourself": {"sql": "SQL", "learn": "Learn", "about": "About"},
}

#: What Streamlit's own styles lack. Some of its elements do not show that they have the focus. Its links to pages look
#: like plain text. On a phone its tables would be wider than the window, in a region that scrolls but not by keyboard.
STYLES = """<style>
:is([data-testid="stMain"], [data-testid="stPageLink-NavLink"], [data-testid="data-grid-canvas"]):focus-visible {
    outline: 2px solid currentColor;
    outline-offset: -2px;
}
[data-testid="stMain"] a[data-testid="stPageLink-NavLink"] { text-decoration: underline; }
@media (max-width: 40rem) {
    main table { width: 100%; font-size: 0.75rem; }
    main table :is(th, td) { padding: 0.3rem !important; }
    main :is(table, [data-testid="stTable"]) * { white-space: normal !important; overflow-wrap: anywhere; }
}
@media (min-width: 24rem) {
    main [data-testid="stTable"] th * { overflow-wrap: break-word; }
}
</style>"""

try:
    st.set_page_config(project.read().title, layout="wide")
except project.BadProject as problem:
    st.error(str(problem))
    st.stop()
st.html(STYLES)
parts.begin()
pages = {
    group: [
        st.Page(parts.page_file(name), title=title, url_path=name, default=name == "overview")
        for name, title in titles.items()
    ]
    for group, titles in PAGES.items()
}
# Our own list of pages: Streamlit's has headings inside a list, which screen readers cannot read.
page = st.navigation(pages, position="hidden")
with st.sidebar:
    for group, members in pages.items():
        st.markdown(f"**{group}**")
        for member in members:
            st.page_link(member)
with parts.in_words():
    page.run()
parts.footer()
