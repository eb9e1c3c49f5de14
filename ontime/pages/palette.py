"""The colours of all pages and figures, as hex codes.

``BLUE`` to ``VERMILION`` remain distinct with every kind of colour vision (Okabe & Ito, "Color Universal Design",
2008). ``GREY`` has a contrast of at least 3 to the background of both themes (WCAG 2.2, 1.4.11). Pages have a light and
a dark theme of CSS variables: ``LIGHT["ink"]`` is ``var(--ink)``. Text in any colour of a theme has a contrast of at
least 4.5 to its background (WCAG 2.2, 1.4.3).
"""

BLUE = "#0072b2"
ORANGE = "#e69f00"
GREEN = "#009e73"
VERMILION = "#d55e00"
GREY = "#949494"

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1c1e21",
    "quiet": "#5c6166",
    "line": "#d5d8dc",
    "link": "#00588a",
    "good": "#006b4e",
    "bad": "#a84300",
    "bar": BLUE,
}
DARK = {
    "paper": "#16181b",
    "ink": "#e8eaed",
    "quiet": "#a5abb2",
    "line": "#3a3f45",
    "link": "#6cbcf0",
    "good": "#4fc9a0",
    "bad": "#ff9a52",
    "bar": "#3d9bd6",
}
