"""How every figure looks: Vega configurations for a light and a dark page, with colours from the palette only.

Figures name styles and colour ranges (``style="label"``, ``scale=alt.Scale(range="ramp")``) and no colours, so the same
chart suits both pages.
"""

from itertools import pairwise
from typing import Any, Literal, TypeVar

import altair as alt

from ontime.pages.palette import DARK, GREEN, GREY, LIGHT, ORANGE, VERMILION

Scheme = Literal["light", "dark"]
Chart = TypeVar("Chart", bound=alt.TopLevelMixin)

FONT = "system-ui, sans-serif"

#: Width in pixels of a figure that does not fill the width of its page.
WIDTH = 760
#: Height in pixels of a chart that does not set its own.
HEIGHT = 280

_THEMES = {"light": LIGHT, "dark": DARK}

#: Colours from low to high values. The last one has the highest contrast to the page.
RAMPS = {
    "light": (LIGHT["line"], ORANGE, VERMILION, LIGHT["bad"]),
    "dark": (DARK["line"], LIGHT["bad"], VERMILION, DARK["bad"]),
}

#: Colours from better than the mean to worse; the mean itself is grey.
DIVERGING = {
    "light": (LIGHT["bar"], LIGHT["line"], VERMILION),
    "dark": (DARK["bar"], DARK["quiet"], DARK["bad"]),
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
    ramp = _steps(*RAMPS[scheme])
    categories = [bar, ORANGE, VERMILION, GREY, GREEN]
    return {
        "background": paper,
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None, "continuousWidth": WIDTH, "discreteWidth": WIDTH, "continuousHeight": HEIGHT},
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
        "point": {"filled": True},
        "range": {
            "category": categories,
            "ordinal": ramp,
            "ramp": ramp,
            "heatmap": _steps(line, bar),
            "diverging": _steps(*DIVERGING[scheme]),
        },
        "style": {
            "basemap": {"color": line, "opacity": 0.55, "stroke": paper, "strokeWidth": 0.75},
            "frame": {"color": paper, "stroke": line},
            "connection": {"color": quiet, "opacity": 0.35, "strokeWidth": 0.8},
            "place": {"stroke": quiet, "strokeWidth": 0.75, "opacity": 1},
            "chosen": {"color": ink, "stroke": paper, "strokeWidth": 1.5, "opacity": 1},
            "outline": {"color": ink, "filled": False, "strokeWidth": 2.5, "opacity": 1},
            "strong": {"color": bar, "opacity": 1},
            "ring": {"color": quiet, "filled": False, "strokeWidth": 1.5, "opacity": 1},
            "reference": {"color": quiet, "strokeDash": [4, 3]},
            "label": {"color": ink},
            "halo": {"color": paper, "stroke": paper, "strokeWidth": 3, "strokeJoin": "round"},
            "note": {"color": quiet},
            "faint": {"color": quiet, "opacity": 0.6},
        },
    }


def _steps(*colours: str, between: int = 4) -> list[str]:
    """The colours, with ``between`` equal steps from each to the next, so that no renderer adds other hues between."""
    steps = []
    for first, last in pairwise(colours):
        for step in range(between):
            mixed = (
                round(
                    int(first[i : i + 2], 16) + (int(last[i : i + 2], 16) - int(first[i : i + 2], 16)) * step / between
                )
                for i in (1, 3, 5)
            )
            steps.append("#" + "".join(f"{part:02x}" for part in mixed))
    return [*steps, colours[-1]]
