"""The map of the United States behind a figure: the states, and Puerto Rico with the Virgin Islands in an inset.

The projection ``albersUsa`` moves Alaska and Hawaii below the mainland, but has no place for Puerto Rico, the Virgin
Islands or the Pacific territories. Positions are pixels of a frame of 975 × 610, as in us-atlas; ``k`` shrinks it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

#: The address of the basemap on the dashboard and the site.
STATES_URL = "/assets/us-states-10m.json"
#: The same file on disk.
STATES_FILE = Path(__file__).parent / "assets" / "us-states-10m.json"

#: The proportions of the drawn map.
MAP_WIDTH, MAP_HEIGHT = 975, 640

#: The identifiers of Puerto Rico and the Virgin Islands in the basemap.
ISLANDS = ("72", "78")

#: Left, top, right and bottom of the inset, and the position on the mainland's projection where its frame begins.
INSET = (838, 508, 972, 600)
INSET_LONGITUDE_DEGREES, INSET_LATITUDE_DEGREES = -76.43, 28.06

_SCALE = alt.param(name="k", expr="width / 975")
# The height follows the width of the page.
_HEIGHT = alt.param(name="height", expr=f"width * {MAP_HEIGHT} / {MAP_WIDTH}")
_MAINLAND = alt.Projection(
    type="albersUsa",
    scale=alt.ExprRef("1300 * k"),
    translate=alt.ExprRef("[width / 2, 305 * k]"),
)
_CARIBBEAN = alt.Projection(
    type="mercator",
    center=[-66.1, 18.2],
    scale=alt.ExprRef("2400 * k"),
    translate=alt.ExprRef("[width / 2 + (905 - 487.5) * k, 566 * k]"),
)


def region(latitude_degrees: pd.Series, longitude_degrees: pd.Series) -> pd.Series:
    """Where a place is drawn: ``states``, ``islands`` (the inset) or ``nowhere``."""
    islands = latitude_degrees.between(17, 19) & longitude_degrees.between(-68, -64)
    states = (latitude_degrees > 18.5) & longitude_degrees.between(-177, -66) & ~islands
    return states.map({True: "states", False: "nowhere"}).mask(islands, "islands")


def us_map(layers: Callable[[str], list[alt.Chart]], has_inset: bool) -> alt.TopLevelMixin:
    """The basemap with layers on it.

    ``layers``: the layers of a region, which encode ``longitude`` and ``latitude``; called with ``states`` and, for the
    inset, with ``islands``.
    """
    charts = [_states(alt.datum.id != ISLANDS[0]), *layers("states")]
    drawn: list[alt.Chart | alt.LayerChart] = [chart.properties(projection=_MAINLAND) for chart in charts]
    if has_inset:
        islands = alt.FieldOneOfPredicate(field="id", oneOf=list(ISLANDS))
        drawn += [_frame(), _frame_label()]
        drawn += [chart.properties(projection=_CARIBBEAN) for chart in [_states(islands), *layers("islands")]]
    # The legend is above the map: it must not take its place from the map's height.
    autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    return alt.layer(*drawn, autosize=autosize).add_params(_SCALE, _HEIGHT)


def on_states(drawn: Any, layer: alt.Chart) -> alt.TopLevelMixin:
    """The drawn map with one more layer on its mainland."""
    return drawn + layer.properties(projection=_MAINLAND)


def inlined(spec: dict[str, Any]) -> dict[str, Any]:
    """A chart's Vega-Lite specification with the basemap in it, for a program that has no web server."""
    states = json.loads(STATES_FILE.read_text("utf-8"))

    def inline(value: Any) -> Any:
        if isinstance(value, list):
            return [inline(each) for each in value]
        if not isinstance(value, dict):
            return value
        if value.get("url") == STATES_URL:
            return {"values": states, "format": value["format"]}
        return {name: inline(each) for name, each in value.items()}

    return inline(spec)


def _states(predicate: Any) -> alt.Chart:
    source = alt.topo_feature(STATES_URL, "states")
    # Hidden from screen readers: they would read the names of 56 states before the first figure.
    return alt.Chart(source).mark_geoshape(style="basemap", aria=False).transform_filter(predicate)


def _frame() -> alt.Chart:
    left, top, right, bottom = INSET
    edges = alt.XValue(_x(left)), alt.X2Value(_x(right)), alt.YValue(_y(top)), alt.Y2Value(_y(bottom))
    return _single().mark_rect(style="frame", aria=False).encode(*edges)


def _frame_label() -> alt.Chart:
    _, _, right, bottom = INSET
    label = ["Puerto Rico,", "Virgin Islands"]
    mark = _single().mark_text(style="note", align="right", baseline="top", fontSize=10, lineHeight=11, aria=False)
    return mark.encode(alt.XValue(_x(right)), alt.YValue(_y(bottom + 4)), alt.TextValue(label))


def _single() -> alt.Chart:
    return alt.Chart(alt.InlineData(values=[{}]))


def _x(pixels: float) -> alt.ExprRef:
    return alt.ExprRef(f"width / 2 + {pixels - 487.5} * k")


def _y(pixels: float) -> alt.ExprRef:
    return alt.ExprRef(f"{pixels} * k")
