"""The report: one HTML page of statistics, with every number computed from the published warehouse.

It is written to ``report/index.html`` in the data directory. Figures are embedded, so it needs no network. The same
warehouse and the same code give the same bytes.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis import figures
from analysis.airlines import SIGNIFICANCE, airlines
from analysis.day_types import day_types
from analysis.flights import FEWEST_DAYS, FEWEST_FLIGHTS, NotEnoughData, published, read_flights
from analysis.footfall import NEW_CAMERAS_SINCE, own_changes, read_footfall, recovery
from analysis.hours import hours
from analysis.intervals import REPLICATES, Interval
from analysis.lateness import LONG_DELAY, lateness
from analysis.odds import LOW_VISIBILITY_KILOMETERS, odds
from analysis.origin_days import SEVERE_AT_LEAST, SEVERE_AT_MOST, origin_days
from analysis.propagation import LATE_MINUTES, propagation
from analysis.rain import rain
from analysis.sources import sources
from analysis.unusual_days import SHARE, unusual_days
from ml.evaluation.uncertainty import CONFIDENCE
from ontime import files, pages, warehouse
from ontime.settings import settings


@dataclass(frozen=True)
class Section:
    """A result with its figures (SVG); or no result, and what is missing for one."""

    result: Any = None
    figures: tuple[str, ...] = ()
    missing: str = ""


def write_report() -> Path:
    """Write the report about the published warehouse; returns its path.

    Raises :class:`ontime.warehouse.NothingPublished` before the first publication.
    """
    version = published()
    page = render(read_flights(version.path), version, read_footfall(version.path))
    settings.report_page.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(settings.report_page, page)
    return settings.report_page


def render(flights: pd.DataFrame, version: warehouse.Version, footfall: pd.DataFrame | None = None) -> str:
    """The report as HTML. ``flights``: as from :func:`analysis.flights.read_flights`.

    ``footfall``: as from :func:`analysis.footfall.read_footfall`; without it, the report has no section about it.
    """
    environment = pages.environment("analysis")
    environment.filters |= {"percent": _percent, "count": _count, "interval": _interval, "p": _p_value, "image": _image}
    return environment.get_template("report.html").render(
        published=version,
        flights=flights,
        first_day=flights["flight_date"].min(),
        last_day=flights["flight_date"].max(),
        sources=sources(version),
        sections=sections(flights) | ({} if footfall is None else sections_of_footfall(footfall)),
        confidence=CONFIDENCE,
        replicates=REPLICATES,
        significance=SIGNIFICANCE,
        fewest_flights=FEWEST_FLIGHTS,
        fewest_days=FEWEST_DAYS,
        late_minutes=LATE_MINUTES,
        long_delay=LONG_DELAY,
        unusual_share=SHARE,
        new_cameras_since=NEW_CAMERAS_SINCE,
        low_visibility=LOW_VISIBILITY_KILOMETERS,
        severe={kind: limit for kind, (_, limit) in (SEVERE_AT_LEAST | SEVERE_AT_MOST).items()},
    )


@threadpool_limits.wrap(limits=1)  # it takes seconds: more threads would only wait for each other
def sections(flights: pd.DataFrame) -> dict[str, Section]:
    """All sections of the report by name."""
    of_flights = {
        "lateness": _section(lateness, flights, figures.delays, figures.delays_by_airline, figures.late_by_slot),
        "rain": _section(rain, flights, figures.rain),
        "hours": _section(hours, flights, figures.hours),
        "airlines": _section(airlines, flights, figures.airlines),
        "odds": _section(odds, flights, figures.odds),
        "propagation": _section(propagation, flights, figures.propagation),
    }
    try:
        days = origin_days(flights)
    except NotEnoughData as problem:
        return of_flights | dict.fromkeys(("day_types", "unusual_days"), Section(missing=str(problem)))
    return of_flights | {
        "day_types": _section(day_types, days, figures.day_types),
        "unusual_days": _section(unusual_days, days, partial(figures.unusual_days, days=days)),
    }


def sections_of_footfall(footfall: pd.DataFrame) -> dict[str, Section]:
    """The sections about pedestrians by name."""
    return {
        "recovery": _section(recovery, footfall, figures.recovery),
        "own_changes": _section(own_changes, footfall, figures.own_changes),
    }


def _section(analyse: Callable[[pd.DataFrame], Any], data: pd.DataFrame, *draw: Callable[..., Figure]) -> Section:
    try:
        result = analyse(data)
    except NotEnoughData as problem:
        return Section(missing=str(problem))
    return Section(result, tuple(figures.svg(each, result) for each in draw))


# -- template filters --------------------------------------------------------------
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
