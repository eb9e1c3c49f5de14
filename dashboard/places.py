"""Reserves the space of menu, charts, tables and widgets until the browser has drawn them, so that no page jumps.

A *place* is reserved space: a CSS class of the container of a chart or table. `HEAD` gives each class its size.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import streamlit as st

from insight import theme
from insight.maps import MAP_HEIGHT, MAP_WIDTH

#: The height of a place is a multiple of this, because the page has one CSS rule per height.
STEP_PIXELS = 20
MOST_PIXELS = 1600
#: Heights of the horizontal axis with its title, of a row of a table, and of the label and the field of a widget.
AXIS_PIXELS, ROW_PIXELS, LABEL_PIXELS, FIELD_PIXELS = 40, 38, 28, 40
MAP = "place-of-a-map"

#: The files of Streamlit's page.
STREAMLIT = Path(st.__file__).parent / "static"
#: Loaded early: until a font has arrived, texts break their lines differently, and an icon shows as its longer name.
_FONTS = [
    f'<link rel="preload" as="font" type="font/woff2" crossorigin href="./{path.relative_to(STREAMLIT).as_posix()}">'
    for name in ("SourceSans*Upright", "MaterialSymbols")
    for path in STREAMLIT.glob(f"static/media/{name}*.woff2")
]
_MAP = f"[class*='{MAP}'] {{ aspect-ratio: {MAP_WIDTH} / {MAP_HEIGHT} }}"
_SIZES = [
    f"[class*='place-of-{pixels}-pixels'] {{ min-height: {pixels}px }}"
    for pixels in range(STEP_PIXELS, MOST_PIXELS + 1, STEP_PIXELS)
]
#: Streamlit draws a narrow page first. It widens the page only when our script has asked for the wide layout.
_MENU = """@media (min-width: 769px) {
    [data-testid=stAppViewContainer]:not(:has([data-testid=stSidebar])) { padding-left: 300px }
    [data-testid=stMainBlockContainer] { max-width: none !important; padding-inline: 80px !important }
}
[data-testid=stSidebar] [data-testid=stSkeleton] { height: 20px }"""
#: The placeholder of a widget is the only one directly below an element with a key. A widget has a label and a field.
_WIDGETS = f"[class*=st-key-] > [data-testid=stSkeleton] {{ min-height: {LABEL_PIXELS + FIELD_PIXELS}px }}"
#: For the head of the page.
HEAD = "\n".join(
    [
        *_FONTS,
        "<style>",
        _MENU,
        _WIDGETS,
        _MAP,
        *_SIZES,
        "</style>",
    ]
)


def place(spec: dict[str, Any]) -> str:
    """The class for a chart, from its Vega-Lite specification. It reserves a little less than the chart needs."""
    if any(param["name"] == "height" for param in spec.get("params", [])):
        return MAP  # its height depends on its width
    height = spec.get("height", theme.HEIGHT)
    if isinstance(height, dict):
        height = height["step"] * _rows(spec)
    return place_of_pixels(int(height) + AXIS_PIXELS)


def place_of_table(rows: int) -> str:
    """The class for a small table with this number of rows below its header, each of one line."""
    return place_of_pixels(ROW_PIXELS * (1 + rows))


def place_of_pixels(pixels: int) -> str:
    """The class for this height, rounded down to a multiple of ``STEP_PIXELS``."""
    return f"place-of-{min(pixels, MOST_PIXELS) // STEP_PIXELS * STEP_PIXELS}-pixels"


def _rows(spec: dict[str, Any]) -> int:
    """How many different values the vertical axis has."""
    field = next((one["field"] for one in _vertical(spec) if "field" in one), None)
    rows = [row for values in spec.get("datasets", {}).values() for row in values]
    return len({row[field] for row in rows if field in row})


def _vertical(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for layer in [spec, *spec.get("layer", [])]:
        if one := layer.get("encoding", {}).get("y"):
            yield one
