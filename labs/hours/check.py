"""Checks of the lab *hours*: they read the numbers back from what the figure has drawn."""

import re

import duckdb
import matplotlib
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

matplotlib.use("Agg")

#: Late and arrived flights by hour, and the standard error of the share: days are the samples, the flights of an hour
#: on one day count as one observation.
TRUTH = """
with daily as (
    select hour, month, day, count(*) filter (arr_delay >= 15) as late, count(*) as arrived
    from flights where arr_delay is not null group by all
), hourly as (
    select hour, sum(late) / sum(arrived) as share, sum(arrived) as arrived from daily group by hour
)
select
    hour, 100 * any_value(share) as share,
    100 * sqrt(sum((late - daily.arrived * share) ** 2)) / any_value(hourly.arrived) as error
from daily join hourly using (hour) group by hour order by hour
"""

_figures: dict[str, Figure] = {}
_truths: dict[str, pd.DataFrame] = {}


def panel_of(answer, year):
    """The panel of the answer's figure, which is drawn once a year."""
    if year.name not in _figures:
        _figures[year.name] = drawn(answer, year.flights)
    return the_panel(_figures[year.name])


def drawn(answer, flights):
    figure = answer.module.draw(flights)
    assert isinstance(figure, Figure), f"draw returned a {type(figure).__name__}, not a Matplotlib Figure"
    figure.canvas.draw()
    return figure


def the_panel(figure):
    panels = [panel for panel in figure.axes if panel.has_data()]
    assert len(panels) == 1, f"your figure has {len(panels)} panels with data; it should have one"
    return panels[0]


def truth_of(year):
    if year.name not in _truths:
        with duckdb.connect() as connection:
            connection.register("flights", year.flights)
            _truths[year.name] = connection.execute(TRUTH).df().set_index("hour")
    return _truths[year.name]


def hour_of(panel):
    """Turns a position on the x axis into an hour. Seaborn's categories lie at 0, 1, 2 …; their labels say the hour."""
    ticks = zip(panel.get_xticks(), panel.get_xticklabels(), strict=True)
    labels = [(tick, re.match(r"\d+", label.get_text())) for tick, label in ticks]
    hours = {round(tick, 6): int(label[0]) for tick, label in labels if label}
    return lambda position: hours.get(round(float(position), 6), round(float(position)))


def shares_of(panel):
    """The drawn shares by hour: of the first line with many points, or else of the bars."""
    hour = hour_of(panel)
    errorbars = [drawn for drawn in panel.containers if isinstance(drawn, ErrorbarContainer)]
    caps = {cap for errorbar in errorbars for cap in errorbar.lines[1]}
    lines = [line for line in panel.lines if line not in caps and len(set(line.get_xdata())) >= 10]
    if lines:
        points = zip(lines[0].get_xdata(), lines[0].get_ydata(), strict=True)
    else:
        points = [(bar.get_x() + bar.get_width() / 2, bar.get_height()) for bar in panel.patches]
    shares = {hour(x): float(y) for x, y in points if np.isfinite(y)}
    assert shares, "your figure has neither a line nor bars"
    return pd.Series(shares).sort_index()


def band_of(panel):
    """Lowest and highest y by hour of what lies around the line: filled areas, and vertical lines."""
    hour = hour_of(panel)
    vertices = [
        path.vertices for drawn in panel.collections if has_height(drawn) for path in drawn.get_paths() if len(path)
    ]
    vertices += [line.get_xydata() for line in panel.lines if len(set(line.get_xdata())) <= 2]
    points = [(hour(x), y) for part in vertices for x, y in part if np.isfinite([x, y]).all()]
    assert points, "your figure has no band: neither a filled area nor error bars"
    return pd.DataFrame(points, columns=["hour", "y"]).groupby("hour")["y"].agg(["min", "max"])


def has_height(drawn):
    """Areas and vertical lines, not the dots of a scatter plot."""
    return isinstance(drawn, LineCollection) or len(drawn.get_offsets()) <= 1


def test_hours(answer, year):
    """The x axis has the planned hours in local time"""
    shares, truth = shares_of(panel_of(answer, year)), truth_of(year)
    assert shares.index.min() > 3, (
        f"your figure has flights at {', '.join(map(str, shares.index[shares.index <= 3]))} o'clock; hardly any flight "
        "is planned for the night in local time. Is it the hour in UTC, or the hour in which flights really left?"
    )
    assert list(shares.index) == list(truth.index), (
        f"your figure has the hours {', '.join(map(str, shares.index))}; arrivals are planned for "
        f"{len(truth)} hours of the day"
    )


def test_share(answer, year):
    """Each hour has the share of its arrivals that were 15 or more minutes late, in per cent"""
    shares, truth = shares_of(panel_of(answer, year)), truth_of(year)["share"]
    assert shares.max() > 1, f"your values go up to {shares.max():.2f}: draw per cent, not shares of 1"
    difference = (shares - truth).abs().max()
    assert difference < 0.05, (
        f"your shares differ by up to {difference:.1f} percentage points; your worst hour is {shares.idxmax()} with "
        f"{shares.max():.1f} %, the right share is about {5 * round(truth.max() / 5)} %"
    )


def test_band(answer, year):
    """The band is the 95 % interval, with days as samples"""
    panel, truth = panel_of(answer, year), truth_of(year)
    band, shares = band_of(panel).reindex(truth.index), shares_of(panel).reindex(truth.index)
    assert band.notna().all(axis=None), f"only {len(band.dropna())} of {len(truth)} hours have a band"
    assert ((band["min"] <= shares) & (shares <= band["max"])).all(), "your line leaves its band"
    ratio = ((band["max"] - band["min"]) / (2 * 1.96 * truth["error"])).median()
    assert 0.8 < ratio < 1.25, (
        f"your band is {ratio:.1f} times as wide as it should be: 95 % of draws of whole days, not of single flights"
        if ratio < 1
        else f"your band is {ratio:.1f} times as wide as it should be: it is to hold 95 % of the draws of whole days"
    )


def test_axis(answer, year):
    """The y axis begins at 0"""
    low, high = panel_of(answer, year).get_ylim()
    assert low == 0, f"your y axis goes from {low:.1f} to {high:.1f}"


def test_labels(answer, year):
    """Both axes have a label with the unit"""
    panel = panel_of(answer, year)
    x, y = panel.get_xlabel().lower(), panel.get_ylabel().lower()
    assert "hour" in x and "local" in x, f"your x axis is labelled “{x}”: which hours, of which clock?"
    assert re.search(r"%|per ?cent", y), f"your y axis is labelled “{y}”: what is its unit?"


def test_title(answer, year):
    """The title names the worst hour and its share in per cent, to one decimal"""
    # Other flights than those of the other checks: a title that was typed cannot be right for them.
    panel = the_panel(drawn(answer, year.flights[lambda flights: flights["origin"] == "LGA"]))
    shares = shares_of(panel)
    titles = [panel.get_title(where) for where in ("left", "center", "right")] + [panel.figure.get_suptitle()]
    title = " ".join(filter(None, titles))
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", title)]
    about = f"for the flights from LGA alone, your title is “{title}”; it does not name the"
    assert shares.idxmax() in numbers, f"{about} hour with the largest share"
    assert any(abs(number - shares.max()) < 0.06 for number in numbers), f"{about} share to one decimal of a per cent"
