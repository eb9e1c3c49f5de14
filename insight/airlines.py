"""Airlines: how often each is late, as counted and adjusted, and how late its flights are.

An airline that flies more in winter, or from the busier airport, is late more often for that reason alone. The adjusted
share is a direct standardisation (Fleiss, Levin & Paik, *Statistical Methods for Rates and Proportions*, 3rd ed. 2003,
ch. 19) with one stratum per day and airport of departure, because all its flights have the same weather and traffic.
Hours of the day are not adjusted for. With the late shares ``p`` of the airline and ``P`` of all flights in a stratum
``s``, and all arrivals ``W`` of the stratum as its weight::

    adjusted = late share of all flights + Σ W (p − P) / Σ W    over the strata in which the airline flies

For an airline that flies in all strata this is the usual ``Σ W p / Σ W``. The mart ``agg_airline_daily`` has the three
sums ``Σ W``, ``Σ W P`` and ``Σ W p`` of each airline and day, so no stratum is read here.

Flights of one day are alike, so whole days are the sampling units of the 95 % intervals: estimate ± 1.96 standard
errors of a ratio of two sums of days, ``r = Σ y / Σ x`` (Cochran, *Sampling Techniques*, 3rd ed. 1977, ch. 6)::

    error² = D / (D − 1) × Σ (y − r x)² / (Σ x)²    for D days
"""

import altair as alt
import pandas as pd

from insight.figure import Recipe
from insight.words import Row, count, minutes, percent, records

#: With fewer arrivals an interval would be as wide as the chart; the table lists these airlines too.
FEWEST_ARRIVALS = 100


def draw_shares(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One line per airline: dot and bar for the adjusted share and its interval, ring for the counted share."""
    shares = _large(rows).drop(columns=["arrival_delayed_count", "day_count"])
    for name in shares.columns.drop(["airline_code", "airline_name", "arrival_count"]):
        shares[name] = 100 * shares[name]
    base = alt.Chart(shares).encode(
        alt.Y("airline_name:N", sort=list(shares["airline_name"]), title=None, axis=alt.Axis(labelLimit=150)),
        tooltip=[
            alt.Tooltip("airline_name:N", title="Airline"),
            alt.Tooltip("arrival_count:Q", title="Arrivals", format=",d"),
            alt.Tooltip("late_share:Q", title="Late, %", format=".1f"),
            alt.Tooltip("adjusted_late_share:Q", title="Adjusted, %", format=".1f"),
            alt.Tooltip("adjusted_low:Q", title="Adjusted, from", format=".1f"),
            alt.Tooltip("adjusted_high:Q", title="Adjusted, to", format=".1f"),
        ],
    )
    axis = alt.X(
        "adjusted_low:Q",
        title="late arrivals, % (dot: adjusted, ring: as counted)",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(tickCount=8),
    )
    overall = alt.Chart(shares.head(1)).encode(alt.X("overall_late_share:Q"))
    return alt.layer(
        overall.mark_rule(style="reference", aria=False),
        overall.mark_text(style="note", align="left", dx=4, y=-8, aria=False).encode(text=alt.value("all airlines")),
        base.mark_rule(style="strong", strokeWidth=3, aria=False).encode(axis, alt.X2("adjusted_high:Q")),
        base.mark_circle(style="strong", size=90).encode(alt.X("adjusted_late_share:Q")),
        base.mark_point(style="ring", size=60).encode(alt.X("late_share:Q")),
    ).properties(height=alt.Step(24))


def describe_shares(rows: pd.DataFrame) -> str:
    """The overall share, and the airlines with the lowest and the highest adjusted share, with their intervals."""
    shown = records(_large(rows))
    if not shown:
        return f"No airline has {FEWEST_ARRIVALS} arrivals in these months."
    text = (
        f"Dot plot of the adjusted late share of {count(len(shown), 'airline')}; of all arrivals "
        f"{percent(shown[0]['overall_late_share'])} are late. {_share(shown[0])}"
    )
    return text + (f" {_share(shown[-1])}" if len(shown) > 1 else "")


def draw_delays(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One line per airline: the middle 80 % of its arrivals, the middle half, and the median."""
    shown = _large(rows)
    base = alt.Chart(shown).encode(
        alt.Y("airline_name:N", sort=list(shown["airline_name"]), title=None, axis=alt.Axis(labelLimit=150)),
        tooltip=[
            alt.Tooltip("airline_name:N", title="Airline"),
            alt.Tooltip("arrival_count:Q", title="Arrivals", format=",d"),
            *(
                alt.Tooltip(f"percentile_{level}_minutes:Q", title=f"{level} %, minutes", format=".0f")
                for level in (10, 25)
            ),
            alt.Tooltip("median_minutes:Q", title="Median, minutes", format=".0f"),
            *(
                alt.Tooltip(f"percentile_{level}_minutes:Q", title=f"{level} %, minutes", format=".0f")
                for level in (75, 90)
            ),
        ],
    )
    title = ["arrival delay, minutes", "(thin: 10 to 90 % of flights, thick: 25 to 75 %, dot: median)"]
    zero = alt.Chart(pd.DataFrame({"minutes": [0]})).mark_rule(style="reference", aria=False).encode(alt.X("minutes:Q"))
    return alt.layer(
        zero,
        base.mark_rule(style="strong", aria=False).encode(
            alt.X("percentile_10_minutes:Q", title=title, axis=alt.Axis(tickCount=8)), alt.X2("percentile_90_minutes:Q")
        ),
        base.mark_rule(style="strong", strokeWidth=7, aria=False).encode(
            alt.X("percentile_25_minutes:Q"), alt.X2("percentile_75_minutes:Q")
        ),
        base.mark_circle(style="chosen", size=90).encode(alt.X("median_minutes:Q")),
    ).properties(height=alt.Step(24))


def describe_delays(rows: pd.DataFrame) -> str:
    """The airlines with the lowest and the highest median, and the one with the widest middle 80 %."""
    shown = records(_large(rows))
    if not shown:
        return f"No airline has {FEWEST_ARRIVALS} arrivals in these months."
    first, last = shown[0], shown[-1]
    widest = max(shown, key=lambda row: row["percentile_90_minutes"] - row["percentile_10_minutes"])
    return (
        f"Arrival delays of {count(len(shown), 'airline')}. Median: from {minutes(first['median_minutes'])} "
        f"({first['airline_name']}) to {minutes(last['median_minutes'])} ({last['airline_name']}). The middle 80 % of "
        f"arrivals is widest for {widest['airline_name']}: from {minutes(widest['percentile_10_minutes'])} to "
        f"{minutes(widest['percentile_90_minutes'])}."
    )


AIRLINES = Recipe(
    "airlines", "Which airlines are late, on the same days from the same airports", draw_shares, describe_shares
)
AIRLINE_DELAYS = Recipe("airline_delays", "How late are an airline's flights", draw_delays, describe_delays)


def _large(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["arrival_count"] >= FEWEST_ARRIVALS].copy()


def _share(row: Row) -> str:
    interval = f"{percent(row['adjusted_low'])} to {percent(row['adjusted_high'])}"
    return (
        f"{row['airline_name']}: {percent(row['adjusted_late_share'])} (95 % interval {interval}), "
        f"as counted {percent(row['late_share'])}."
    )
