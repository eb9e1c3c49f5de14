"""The report's figures: each function draws one result and returns it as SVG text. No display is needed."""

import io
from collections.abc import Sequence

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.airlines import SIGNIFICANCE, Airlines
from analysis.day_types import DayTypes
from analysis.hours import Hours
from analysis.intervals import Interval
from analysis.odds import Odds
from analysis.propagation import Propagation
from analysis.rain import Rain
from analysis.unusual_days import UnusualDays
from ontime.pages.palette import BLUE, GREEN, GREY, ORANGE, VERMILION

#: From the best days to the worst.
TYPE_COLOURS = (BLUE, GREEN, ORANGE, VERMILION)


def rain(result: Rain) -> str:
    """Two effects, each with its interval by day and its naïve interval."""
    figure = Figure(figsize=(9, 1.9), layout="constrained")
    effects = [effect for effect in result.effects if effect.unit in ("percentage points", "minutes")]
    for panel, effect in zip(figure.subplots(1, len(effects), sharey=True), effects, strict=True):
        _whiskers(panel, [effect.by_day, effect.naive], [BLUE, GREY])
        panel.axvline(effect.no_effect, color=GREY, linewidth=0.8)
        panel.set(xlabel=f"{effect.name}, {effect.unit}", ylim=(1.6, -0.6))
        panel.set_yticks([0, 1], ["by day", "naïve"])
    return _svg(figure)


def airlines(result: Airlines) -> str:
    """Each airline's difference to all others; coloured if significant after Holm's correction."""
    rows = result.airlines
    figure, panel = _panel(height=1 + 0.25 * len(rows))
    colours = [BLUE if row.holm < SIGNIFICANCE else GREY for row in rows]
    _whiskers(panel, [row.difference for row in rows], colours)
    panel.axvline(0, color=GREY, linewidth=0.8)
    panel.set(xlabel="late share minus that of all other airlines, percentage points (blue: significant after Holm)")
    panel.set_yticks(range(len(rows)), [row.name for row in rows], parse_math=False)
    panel.invert_yaxis()
    return _svg(figure)


def odds(result: Odds) -> str:
    """Adjusted odds ratios on a logarithmic axis."""
    rows = result.ratios
    figure, panel = _panel(height=1 + 0.22 * len(rows))
    colours = [BLUE if row.by_day.excludes(1) else GREY for row in rows]
    _whiskers(panel, [row.by_day for row in rows], colours)
    panel.axvline(1, color=GREY, linewidth=0.8)
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter("{x:g}")
    panel.xaxis.set_minor_formatter("{x:.1g}")
    panel.set(xlabel="odds ratio of a late arrival, compared with the reference level (blue: interval excludes 1)")
    panel.set_yticks(range(len(rows)), [f"{row.factor}: {row.level}" for row in rows], fontsize=8, parse_math=False)
    panel.invert_yaxis()
    return _svg(figure)


def hours(result: Hours) -> str:
    """The late share by hour, with its interval."""
    figure, panel = _panel(height=3.2)
    hour = [row.hour for row in result.hours]
    shares = [row.late_share for row in result.hours]
    panel.fill_between(
        hour, [100 * share.low for share in shares], [100 * share.high for share in shares], color=BLUE, alpha=0.2
    )
    panel.plot(hour, [100 * share.estimate for share in shares], color=BLUE, marker="o", markersize=4)
    panel.set(xlabel="scheduled local hour of departure", ylabel="late flights, %", xticks=hour)
    panel.set_ylim(bottom=0)
    return _svg(figure)


def propagation(result: Propagation) -> str:
    """Minutes lost or made up on the way, by departure delay: the median and the middle half of the flights."""
    figure, panel = _panel(height=3.2)
    departure = [step.departure_delay_minutes for step in result.steps]
    quartiles = [step.lower_quartile for step in result.steps], [step.upper_quartile for step in result.steps]
    panel.axhline(0, color=GREY, linewidth=0.8)
    panel.fill_between(departure, *quartiles, color=BLUE, alpha=0.2)
    panel.plot(departure, [step.median for step in result.steps], color=BLUE, marker="o", markersize=3)
    panel.set(xlabel="departure delay, minutes", ylabel="arrival minus departure delay, minutes")
    return _svg(figure)


def day_types(result: DayTypes) -> str:
    """How a day of each type goes, and how many days of each type a month has."""
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    profile, months = figure.subplots(1, 2)
    table = pd.DataFrame({kind.name: kind.days_by_month for kind in result.types}).fillna(0).sort_index()
    below = pd.Series(0.0, index=table.index)
    for kind, colour in zip(result.types, TYPE_COLOURS, strict=True):
        shares = [100 * share for share in kind.bad_shares.values()]
        profile.plot(list(kind.bad_shares), shares, color=colour, marker="o", markersize=4, label=kind.name)
        months.bar(table.index, table[kind.name], bottom=below, color=colour)
        below += table[kind.name]
    profile.set(ylabel="late, cancelled or diverted, %", ylim=(0, 100))
    figure.legend(loc="outside upper center", ncols=len(result.types), frameon=False)
    months.set(ylabel="days, counted per origin")
    months.tick_params(axis="x", rotation=90)
    for panel in (profile, months):
        panel.spines[["top", "right"]].set_visible(False)
    return _svg(figure)


def unusual_days(result: UnusualDays, days: pd.DataFrame) -> str:
    """All days of all origins over time, the unusual ones marked."""
    figure, panel = _panel(height=3.2)
    panel.scatter(days["flight_date"], 100 * days["bad_share"], s=6, color=GREY, alpha=0.5, linewidths=0)
    marked = pd.to_datetime([day.day for day in result.days])
    panel.scatter(marked, [100 * day.bad_share for day in result.days], s=24, color=VERMILION)
    panel.set(ylabel="late, cancelled or diverted, % (large dots: unusual)", ylim=(0, 102))
    return _svg(figure)


def _panel(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(9, height), layout="constrained")
    panel = figure.subplots()
    panel.spines[["top", "right"]].set_visible(False)
    return figure, panel


def _whiskers(panel: Axes, intervals: Sequence[Interval], colours: Sequence[str]) -> None:
    """Intervals below each other, each with a dot at its estimate."""
    for row, (interval, colour) in enumerate(zip(intervals, colours, strict=True)):
        panel.plot([interval.low, interval.high], [row, row], color=colour, linewidth=2)
        panel.plot(interval.estimate, row, "o", color=colour, markersize=5)
    panel.spines[["top", "right"]].set_visible(False)


def _svg(figure: Figure) -> str:
    """The figure as SVG text; the same figure gives the same text."""
    svg = io.StringIO()
    # Text stays text: it is smaller and can be searched.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ontime", "font.family": "sans-serif"}):
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return svg.getvalue()
