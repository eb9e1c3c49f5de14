"""How every figure looks: Vega configurations for a light and a dark page, with colours from the palette only.

Figures name styles and colour ranges (``style="label"``, ``scale=alt.Scale(range="ramp")``) and no colours, so the same
chart suits both pages.
"""

from typing import Any, Literal, TypeVar

import altair as alt

from ontime.pages.palette import DARK, GREEN, GREY, LIGHT, ORANGE, VERMILION

Scheme = Literal["light", "dark"]
Chart = TypeVar("Chart", bound=alt.TopLevelMixin)

FONT = "system-ui, sans-serif"

#: Width in pixels of a figure that no page stretches.
WIDTH = 760

_THEMES = {"light": LIGHT, "dark": DARK}

#: From few to many. The end has the most contrast to the page.
RAMPS = {
    "light": [LIGHT["line"], ORANGE, VERMILION, LIGHT["bad"]],
    "dark": [DARK["line"], LIGHT["bad"], VERMILION, DARK["bad"]],
}


def themed(chart: Chart, scheme: Scheme, alt_text: str = "") -> Chart:
    """The same chart with the colours of a light or dark page.

    ``alt_text`` becomes the accessible name of the SVG.
    """
    described = chart.properties(description=alt_text) if alt_text else chart
    return described.configure(**config(scheme))


def config(scheme: Scheme) -> dict[str, Any]:
    """The Vega configuration. Text has a contrast of at least 4.5 to the background (WCAG 2.2, 1.4.3)."""
    theme = _THEMES[scheme]
    ink, quiet, line, paper, bar = (theme[name] for name in ("ink", "quiet", "line", "paper", "bar"))
    text = {"labelColor": quiet, "titleColor": quiet, "labelFontSize": 12, "titleFontSize": 12}
    title = {"titleFontWeight": "normal"}
    categories = [bar, ORANGE, VERMILION, GREY, GREEN]
    return {
        "background": paper,
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None, "continuousWidth": WIDTH, "discreteWidth": WIDTH, "continuousHeight": 280},
        "axis": {**text, **title, "domainColor": line, "tickColor": line, "gridColor": line, "labelOverlap": "greedy"},
        "axisQuantitative": {"domain": False, "ticks": False, "gridOpacity": 0.7, "labelPadding": 6, "titlePadding": 8},
        "axisBand": {"domain": False, "ticks": False, "grid": False, "labelPadding": 6},
        "legend": {
            **text,
            **title,
            "orient": "top",
            "direction": "horizontal",
            "gradientThickness": 8,
            "gradientLength": 180,
            "symbolFillColor": quiet,
            "symbolStrokeColor": quiet,
            "titleLimit": 400,
            "labelLimit": 300,
        },
        "header": {**text, **title},
        "title": {"color": ink, "anchor": "start", "fontSize": 13},
        "text": {"color": ink, "fontSize": 12},
        "mark": {"color": bar},
        "bar": {"fill": bar},
        "rule": {"color": bar},
        "point": {"color": bar, "filled": True, "size": 60},
        "range": {
            "category": categories,
            "ordinal": RAMPS[scheme],
            "ramp": RAMPS[scheme],
            "heatmap": RAMPS[scheme],
            "diverging": [bar, line, VERMILION],
        },
        "style": {
            "basemap": {"fill": line, "fillOpacity": 0.55, "stroke": paper, "strokeWidth": 0.75},
            "frame": {"fill": None, "stroke": line},
            "connection": {"stroke": quiet, "strokeOpacity": 0.3, "strokeWidth": 1},
            "place": {"stroke": paper, "strokeWidth": 0.75, "opacity": 1},
            "chosen": {"fill": ink, "stroke": paper, "strokeWidth": 1.5, "opacity": 1},
            "label": {"fill": ink},
            "halo": {"fill": paper, "stroke": paper, "strokeWidth": 3, "strokeJoin": "round"},
            "note": {"fill": quiet},
            "reference": {"stroke": quiet, "strokeDash": [4, 3], "color": quiet},
            "strong": {"color": bar, "stroke": bar},
            "fill": {"fill": bar, "color": bar},
            "faint": {"fill": quiet, "color": quiet},
            "ghost": {"stroke": quiet, "fill": paper, "color": quiet},
        },
    }

