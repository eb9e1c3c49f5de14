"""The report's figures: :func:`svg` returns one as text. Each other function draws one result. No display is needed.

A figure is drawn in the light theme's colours. In the SVG text these are CSS variables, so the figure turns dark with
the reader's system, also where a page shows it as an image. Where a browser does not support that, it stays light.
"""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.airlines import SIGNIFICANCE, Airlines
from analysis.day_types import DayTypes
from analysis.footfall import OwnChanges, Recovery
from analysis.hours import Hours
from analysis.intervals import Interval
from analysis.lateness import WEEKDAYS, Lateness
from analysis.odds import Odds
from analysis.propagation import LATE_MINUTES, Propagation
from analysis.rain import Rain
from analysis.unusual_days import UnusualDays
from ontime.pages.palette import BLUE, DARK, GREEN, GREY, LIGHT, ORANGE, VERMILION

#: From the best days to the worst.
TYPE_COLOURS = (BLUE, GREEN, ORANGE, VERMILION)

#: Settings of Matplotlib. Text stays text: it is smaller and can be searched.
_STYLE: dict[Any, str] = {
    "font.family": "sans-serif",
    "svg.fonttype": "none",
    "svg.hashsalt": "ontime",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": LIGHT["quiet"],
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color"), LIGHT["ink"]),
}
_VARIABLES = {colour: name for name, colour in LIGHT.items() if name != "paper"}
#: Minutes of arrival delay that a figure shows; few flights lie beyond.
SHOWN = (-60, 180)


def svg(draw: Callable[..., Figure], *results: Any) -> str:
    """The figure that ``draw`` makes of the results, as SVG text; the same results give the same text."""
    text = io.StringIO()
    with matplotlib.rc_context(_STYLE):
        draw(*results).savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    light, dark = ("".join(f"--{name}: {colour};" for name, colour in theme.items()) for theme in (LIGHT, DARK))
    style = f":root {{ {light} background: var(--paper); }}@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"
    coloured = re.sub("|".join(_VARIABLES), lambda match: f"var(--{_VARIABLES[match[0]]})", text.getvalue())
    return coloured.replace('<style type="text/css">', f'<style type="text/css">{style}', 1)


def delays(result: Lateness) -> Figure:
    """The share of flights that arrived by each minute after their schedule."""
    figure, panel = _panel(height=3.2)
    panel.axvline(LATE_MINUTES, color=GREY, linewidth=0.8)
    sns.ecdfplot(x=result.delays.index, weights=result.delays.to_numpy(), stat="percent", color=BLUE, ax=panel)
    panel.set(xlabel="arrival delay, minutes (line: late from here)", ylabel="flights that arrived, %")
    panel.set(xlim=SHOWN, xticks=range(SHOWN[0], SHOWN[1] + 1, 30), ylim=(0, 100))
    return figure


def delays_by_airline(result: Lateness) -> Figure:
    """A histogram of arrival delays for each airline, in steps of 15 minutes."""
    rows = -(-len(result.airlines) // 4)
    figure = Figure(figsize=(9, 0.6 + 1.3 * rows), layout="constrained")
    panels = figure.subplots(rows, 4, sharex=True, sharey=True, squeeze=False).flat
    for airline, panel in zip(result.airlines, panels, strict=False):
        sns.histplot(
            x=airline.delays.index,
            weights=airline.delays.to_numpy(),
            bins=range(SHOWN[0], SHOWN[1] + 1, LATE_MINUTES),
            stat="percent",
            element="step",
            color=BLUE,
            ax=panel,
        )
        panel.axvline(LATE_MINUTES, color=GREY, linewidth=0.8)
        panel.set_title(airline.name, fontsize=8, parse_math=False)
        panel.set(xlabel="", ylabel="", xticks=range(SHOWN[0], SHOWN[1] + 1, 60))
    for panel in figure.axes:
        panel.spines[["top", "right"]].set_visible(False)
        panel.set_visible(panel.has_data())
    figure.supxlabel("arrival delay, minutes (line: late from here)", fontsize=10)
    figure.supylabel("flights that arrived, %", fontsize=10)
    return figure


def late_by_slot(result: Lateness) -> Figure:
    """The late share by hour and day of the week, in per cent."""
    rows = pd.DataFrame([(slot.weekday, slot.hour, 100 * slot.late_share) for slot in result.slots])
    table = rows.pivot(index=0, columns=1, values=2)
    table = table.reindex([day for day in WEEKDAYS if day in table.index])
    figure, panel = _panel(height=0.8 + 0.34 * len(table))
    # Only the lighter colours, so that black numbers are readable in every cell.
    palest = {"cmap": "Blues", "vmin": 0, "vmax": 160 * max(slot.late_share for slot in result.slots)}
    sns.heatmap(
        table, annot=True, fmt=".0f", annot_kws={"fontsize": 8, "color": "black"}, cbar=False, ax=panel, **palest
    )
    panel.set(xlabel="scheduled local hour of departure", ylabel="")
    panel.tick_params(length=0, labelrotation=0)
    return figure


def rain(result: Rain) -> Figure:
    """Two effects, each with its interval by day and its naïve interval."""
    figure = Figure(figsize=(9, 1.9), layout="constrained")
    effects = [effect for effect in result.effects if effect.unit in ("percentage points", "minutes")]
    for panel, effect in zip(figure.subplots(1, len(effects), sharey=True), effects, strict=True):
        _whiskers(panel, [effect.by_day, effect.naive], [BLUE, GREY])
        panel.axvline(effect.no_effect, color=GREY, linewidth=0.8)
        panel.set(xlabel=f"{effect.name}, {effect.unit}", ylim=(1.6, -0.6))
        panel.set_yticks([0, 1], ["by day", "naïve"])
    return figure


def airlines(result: Airlines) -> Figure:
    """Each airline's difference to all others; coloured if significant after Holm's correction."""
    rows = result.airlines
    figure, panel = _panel(height=1 + 0.25 * len(rows))
    colours = [BLUE if row.holm < SIGNIFICANCE else GREY for row in rows]
    _whiskers(panel, [row.difference for row in rows], colours)
    panel.axvline(0, color=GREY, linewidth=0.8)
    panel.set(xlabel="late share minus that of all other airlines, percentage points (blue: significant after Holm)")
    panel.set_yticks(range(len(rows)), [row.name for row in rows], parse_math=False)
    panel.invert_yaxis()
    return figure


def odds(result: Odds) -> Figure:
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
    return figure


def hours(result: Hours) -> Figure:
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
    return figure


def propagation(result: Propagation) -> Figure:
    """Minutes lost or made up on the way, by departure delay: the median and the middle half of the flights."""
    figure, panel = _panel(height=3.2)
    departure = [step.departure_delay_minutes for step in result.steps]
    quartiles = [step.lower_quartile for step in result.steps], [step.upper_quartile for step in result.steps]
    panel.axhline(0, color=GREY, linewidth=0.8)
    panel.fill_between(departure, *quartiles, color=BLUE, alpha=0.2)
    panel.plot(departure, [step.median for step in result.steps], color=BLUE, marker="o", markersize=3)
    panel.set(xlabel="departure delay, minutes", ylabel="arrival minus departure delay, minutes")
    return figure


def day_types(result: DayTypes) -> Figure:
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
    return figure


def unusual_days(result: UnusualDays, days: pd.DataFrame) -> Figure:
    """All days of all origins over time, the unusual ones marked."""
    figure, panel = _panel(height=3.2)
    panel.scatter(days["flight_date"], 100 * days["bad_share"], s=6, color=GREY, alpha=0.5, linewidths=0)
    marked = pd.to_datetime([day.day for day in result.days])
    panel.scatter(marked, [100 * day.bad_share for day in result.days], s=24, color=VERMILION)
    panel.set(ylabel="late, cancelled or diverted, % (large dots: unusual)", ylim=(0, 102))
    return figure


def recovery(result: Recovery) -> Figure:
    """People per hour by month, compared with the first year; months in which the city changed are marked."""
    figure, panel = _panel(height=3.2)
    panel.axhline(100, color=GREY, linewidth=0.8)
    panel.plot(result.shares.index, 100 * result.shares, color=BLUE, marker="o", markersize=3)
    marked = result.shares[result.shares.index.isin(pd.to_datetime([each.month for each in result.unusual]))]
    panel.scatter(marked.index, 100 * marked, s=24, color=VERMILION, zorder=3)
    panel.set(ylabel=f"% of the same month of {result.first_year}")
    panel.set_ylim(bottom=0)
    return figure


def own_changes(result: OwnChanges) -> Figure:
    """Every change of a sensor over time, divided by the city's; the unusual ones are marked."""
    figure, panel = _panel(height=3.2)
    panel.axhline(1, color=GREY, linewidth=0.8)
    for is_unusual, size, colour in ((False, 6, GREY), (True, 24, VERMILION)):
        rows = result.factors[result.factors["is_sensor_unusual"] == is_unusual]
        panel.scatter(rows["month"], rows["factor"], s=size, color=colour, linewidths=0)
    panel.set_yscale("log")
    panel.yaxis.set_major_formatter("{x:g}")
    panel.yaxis.set_minor_formatter("")
    panel.set(ylabel="times the city's change")
    return figure


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
