"""The report: one page about the published warehouse, in which every number is computed from it.

``report/index.html`` below the data directory; figures are in the page, so it needs no network. The same
warehouse and the same code give the same page.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis import figures
from analysis.airlines import SIGNIFICANCE, airlines
from analysis.day_types import day_types
from analysis.flights import FEWEST_DAYS, FEWEST_FLIGHTS, NothingToTell, read
from analysis.hours import hours
from analysis.intervals import CONFIDENCE, REPLICATES, Interval
from analysis.odds import LOW_VISIBILITY_KILOMETERS, odds
from analysis.origin_days import SEVERE_AT_LEAST, SEVERE_AT_MOST, origin_days
from analysis.propagation import LATE_MINUTES, propagation
from analysis.rain import rain
from analysis.unusual_days import SHARE, unusual_days
from ontime import files, warehouse
from ontime.settings import settings


@dataclass(frozen=True)
class Section:
    """What was found and its figure (SVG), or why there is nothing to tell."""

    found: Any = None
    figure: str = ""
    nothing_because: str = ""


def write_report() -> Path:
    """Write the page about the published warehouse.

    Raises :class:`ontime.warehouse.NothingPublished` before the first publication.
    """
    published = warehouse.current()
    if published is None:
        raise warehouse.NothingPublished("No warehouse has been published yet: run `make demo` first.")
    page = page_about(read(published.path), published)
    settings.report_page.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(settings.report_page, page)
    return settings.report_page


def page_about(flights: pd.DataFrame, published: warehouse.Version) -> str:
    """The page, as HTML, about flights as :func:`analysis.flights.read` gives them."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"percent": _percent, "count": _count, "interval": _interval, "p": _p_value, "image": _image}
    return environment.get_template("report.html").render(
        published=published,
        flights=flights,
        first_day=flights["flight_date"].min(),
        last_day=flights["flight_date"].max(),
        sections=sections(flights),
        confidence=CONFIDENCE,
        replicates=REPLICATES,
        significance=SIGNIFICANCE,
        fewest_flights=FEWEST_FLIGHTS,
        fewest_days=FEWEST_DAYS,
        late_minutes=LATE_MINUTES,
        unusual_share=SHARE,
        low_visibility=LOW_VISIBILITY_KILOMETERS,
        severe={kind: limit for kind, (_, limit) in (SEVERE_AT_LEAST | SEVERE_AT_MOST).items()},
    )


@threadpool_limits.wrap(limits=1)  # seconds of work: more threads would only wait for each other
def sections(flights: pd.DataFrame) -> dict[str, Section]:
    """Everything that is asked of the flights, by name."""
    told = {
        "rain": _section(rain, flights, figures.rain),
        "hours": _section(hours, flights, figures.hours),
        "airlines": _section(airlines, flights, figures.airlines),
        "odds": _section(odds, flights, figures.odds),
        "propagation": _section(propagation, flights, figures.propagation),
    }
    try:
        days = origin_days(flights)
    except NothingToTell as reason:
        return told | dict.fromkeys(("day_types", "unusual_days"), Section(nothing_because=str(reason)))
    return told | {
        "day_types": _section(day_types, days, figures.day_types),
        "unusual_days": _section(unusual_days, days, partial(figures.unusual_days, days=days)),
    }


def _section(ask: Callable[[pd.DataFrame], Any], about: pd.DataFrame, draw: Callable[[Any], str]) -> Section:
    try:
        found = ask(about)
    except NothingToTell as reason:
        return Section(nothing_because=str(reason))
    return Section(found, draw(found))


# -- how numbers look --------------------------------------------------------------
def _percent(share: float, decimals: int = 1) -> str:
    return f"{100 * share:.{decimals}f} %"


def _count(number: int) -> str:
    return f"{number:,}"


def _interval(interval: Interval, decimals: int = 1, factor: float = 1.0, sign: bool = False) -> str:
    estimate = f"{factor * interval.estimate:{'+' if sign else ''}.{decimals}f}"
    return f"{estimate} [{factor * interval.low:.{decimals}f}, {factor * interval.high:.{decimals}f}]"


def _p_value(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _image(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
