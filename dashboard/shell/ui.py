"""The pages, grouped by what a reader wants to know. Streamlit runs this file at every visit and every click."""

import streamlit as st

from dashboard import parts

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

#: On a phone, Streamlit's tables would be wider than the window, in a region that scrolls but not by keyboard.
NARROW_TABLES = """<style>
@media (max-width: 40rem) {
    main table { table-layout: fixed; width: 100%; overflow-wrap: anywhere; }
    main table :is(th, td, p) { white-space: normal; overflow-wrap: anywhere; }
}
</style>"""

st.set_page_config("Ontime", layout="wide")
st.html(NARROW_TABLES)
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
