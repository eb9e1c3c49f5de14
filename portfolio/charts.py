"""Figures as files: an SVG for light and dark pages, wide and narrow ones, and the Vega-Lite chart for scripts.

A reader without scripts sees the SVG. With scripts, a button replaces it by the interactive chart.
"""

import json
import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import altair as alt

from insight import maps, theme
from insight.figure import Figure

#: Widths of the drawn plots in pixels; ``narrow`` is for phones.
WIDTHS = {"wide": 616, "narrow": 290}
#: Around a drawing. Text is as wide as the reader's fonts, which may be wider than those that it was measured with.
PADDING = {"left": 16, "right": 8, "top": 4, "bottom": 4}
SCHEMES: tuple[theme.Scheme, ...] = ("light", "dark")

#: Attributes of the single marks for screen readers. The page shows the SVG as an image with one alternative text, so
#: nothing reads them.
SPOKEN = re.compile(r' (?:aria-[a-z]+|role)="[^"]*"')
#: The decimals after the first in a path: too fine to see, and half of the file's size.
TOO_FINE = re.compile(r"(?<=\.\d)\d+")
PATH = re.compile(r' d="[^"]*"')
#: Names inside an SVG, which the library counts from the start of the process.
NAME = re.compile(r'(?<= id=")[^"]+')
REFERENCE = re.compile(r'((?: id="|url\(#|href="#))([^")]+)')
SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"')


class NoConverter(RuntimeError):
    """The library that draws charts without a browser is not installed."""


@dataclass(frozen=True)
class Drawing:
    """One SVG of a figure: its path in the site, and its size in pixels."""

    path: str
    svg: str
    width: int
    height: int


def drawings(figure: Figure) -> dict[str, Drawing]:
    """The figure for each scheme and width: ``light-wide``, ``light-narrow``, ``dark-wide``, ``dark-narrow``.

    Raises :class:`NoConverter`.
    """
    chart = specification(figure)
    return {
        f"{scheme}-{width}": _drawing(f"charts/{figure.name}-{scheme}-{width}.svg", chart, scheme, pixels)
        for scheme in SCHEMES
        for width, pixels in WIDTHS.items()
    }


def script(figure: Figure) -> str:
    """A script that hands the chart to the site's own script. A page opened as a file may load scripts, but no JSON."""
    chart = json.dumps(specification(figure), separators=(",", ":"), sort_keys=True)
    return f"ontime.charts[{json.dumps(figure.name)}] = {chart};\n"


def themes() -> str:
    """A script with the Vega configurations of light and dark pages."""
    return f"ontime.themes = {json.dumps({scheme: theme.config(scheme) for scheme in SCHEMES})};\n"


def specification(figure: Figure) -> dict[str, Any]:
    """The chart as Vega-Lite without a configuration, and with the basemap inside: the site loads no data."""
    with alt.data_transformers.enable("default", max_rows=None):
        chart = figure.chart.to_dict()
    chart.pop("config", None)
    return maps.inlined(chart)


def bundle_name() -> str:
    """The name of Vega's script. Another release of the library makes another script. Raises :class:`NoConverter`."""
    _converter()
    return f"vega-{version('vl-convert-python')}.js"


def bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script. Making it takes seconds."""
    return str(_converter().javascript_bundle())


def _drawing(path: str, chart: dict[str, Any], scheme: theme.Scheme, pixels: int) -> Drawing:
    config = theme.config(scheme)
    config["view"] = {**config["view"], "continuousWidth": pixels, "discreteWidth": pixels}
    config["padding"] = PADDING
    config["axis"] = {**config["axis"], "labelSeparation": 6, "labelOverlap": "parity"}
    if pixels < WIDTHS["wide"]:
        config["axis"] = {**config["axis"], "labelFontSize": 10}
    svg = SPOKEN.sub("", _converter().vegalite_to_svg(chart, config=config, allowed_base_urls=[]))
    svg = _renamed(PATH.sub(lambda path: TOO_FINE.sub("", path[0]), svg))
    size = SIZE.search(svg)
    width, height = (round(float(side)) for side in size.groups()) if size else (0, 0)
    return Drawing(path, svg, width, height)


def _renamed(svg: str) -> str:
    """The SVG with its own names counted from 0, so that the same chart is the same file."""
    names = {name: f"n{number}" for number, name in enumerate(dict.fromkeys(NAME.findall(svg)))}
    return REFERENCE.sub(lambda match: match[1] + names.get(match[2], match[2]), svg)


def _converter() -> Any:
    """The library; it is not needed to run Ontime, so only the development environment has it. Raises NoConverter."""
    try:
        import vl_convert
    except ImportError as problem:
        raise NoConverter(
            "The site draws its charts with vl-convert-python, which is part of the development environment: "
            "install it with `make install`."
        ) from problem
    return vl_convert
