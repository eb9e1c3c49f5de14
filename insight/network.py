"""The network: where the flights from an airport go, and where they arrive late.

A late share of few flights is mostly chance: with 20 flights, one late flight more is five percentage points. So the
map shows shrunk shares, an empirical Bayes estimate: the late flights of a destination are binomial, and the shares of
all destinations follow a beta distribution with mean ``p``. ``M`` is the weight of this mean, in flights::

    shrunk = (late + p × M) / (arrived + M),    M = 1 / c − 1

``c`` is the correlation between flights to the same destination, by the method of moments of Kleinman, "Proportions
with extraneous variance" (Journal of the American Statistical Association 68, 1973), with flights ``n`` as weights::

    c = (Σ n (share − p)² − p q (k − 1)) / (p q (N − Σ n² / N − (k − 1))),    p = Σ late / N,  q = 1 − p,  N = Σ n

for ``k`` destinations. If they differ no more than by chance, all shares become ``p``. If ``c`` is above 1, as it can
be for a few very different destinations, no share is shrunk.
"""

from typing import Any

import altair as alt
import pandas as pd

from insight import maps
from insight.figure import Recipe
from insight.words import Row, count, listed, percent, records

#: How many destinations are labelled with their code at most, and how far apart they must be (longitude, latitude).
LABELS = 14
DEGREES_APART = (5.0, 2.2)


def draw_map(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """Lines from the airport to its destinations; size: flights, colour: shrunk late share."""
    airport = _airport(rows)
    places = rows.assign(
        region=maps.region(rows["latitude_degrees"], rows["longitude_degrees"]),
        late_percent=100 * rows["late_share"],
        shrunk_late_percent=100 * rows["shrunk_late_share"],
    )
    places["label"] = _labels(places)
    size = alt.Size(
        "flight_count:Q",
        title="Flights",
        scale=alt.Scale(range=[alt.ExprRef("16 * k"), alt.ExprRef("540 * k")], zero=True),
        legend=alt.Legend(values=_round_values(rows["flight_count"]), format=",d"),
    )
    colour = alt.Color(
        "shrunk_late_percent:Q",
        title="Late arrivals, % (grey: mean)",
        scale=alt.Scale(range="diverging", domainMid=100 * _late_share(rows), nice=True),
    )

    def layers(region: str) -> list[alt.Chart]:
        # Between the islands there is no room for names on a narrow page.
        opacity = alt.ExprRef("k < 0.6 ? 0 : 1" if region == "islands" else "1")
        there = _at_position(places[places["region"] == region])
        labels = there.transform_filter("datum.label != ''").encode(alt.Text("label:N"))
        here = _at_position(airport[airport["region"] == region])
        return [
            *([_lines(airport, places, style="connection")] if region == "states" else []),
            there.mark_circle(style="place").encode(size=size, color=colour, tooltip=_TOOLTIP),
            labels.mark_text(style="halo", dy=-13, opacity=opacity, aria=False),
            labels.mark_text(style="label", dy=-13, opacity=opacity),
            here.mark_point(style="chosen", shape="diamond", size=130, aria=False).encode(
                tooltip=[alt.Tooltip("airport_name:N", title="From")]
            ),
        ]

    return maps.us_map(layers, has_inset=bool((places["region"] == "islands").any()))


def mark_destination(drawn: Any, rows: pd.DataFrame, airport_code: str) -> alt.TopLevelMixin:
    """The drawn map of ``rows`` with a strong line to one of its destinations."""
    places = rows[rows["airport_code"] == airport_code]
    places = places.assign(region=maps.region(places["latitude_degrees"], places["longitude_degrees"]))
    return maps.on_states(drawn, _lines(_airport(rows), places, style="strong", strokeWidth=2.5))


def describe_map(rows: pd.DataFrame) -> str:
    """How many flights and destinations, the most frequent one, those most and least often late, what is not drawn."""
    if rows.empty:
        return "No flight departed from this airport in these months."
    busiest = records(rows)[0]
    text = (
        f"Map of the {count(rows['flight_count'].sum(), 'flight')} from {busiest['origin_airport_name']} "
        f"({busiest['origin_airport_code']}) to {count(len(rows), 'destination')}; most go to {_name(busiest)}: "
        f"{busiest['flight_count']:,}."
    )
    arrived = records(rows[rows["arrival_count"] > 0])
    if len(arrived) > 1:
        most, least = (choose(arrived, key=lambda row: row["shrunk_late_share"]) for choose in (max, min))
        text += (
            f" By shrunk late share, flights to {_name(most)} are late most often "
            f"({percent(most['shrunk_late_share'])} of arrivals), flights to {_name(least)} least often "
            f"({percent(least['shrunk_late_share'])})."
        )
    nowhere = rows[maps.region(rows["latitude_degrees"], rows["longitude_degrees"]) == "nowhere"]
    return text + (f" Not on the map: {listed([_name(row) for row in records(nowhere)])}." if len(nowhere) else "")


def describe_destination(rows: pd.DataFrame, airport_code: str) -> str:
    """The flights to one destination of the map, and how many of them were cancelled and late."""
    [place] = records(rows[rows["airport_code"] == airport_code])
    return (
        f"{place['origin_airport_name']} to {_name(place)}: {count(place['flight_count'], 'flight')}, of which "
        f"{place['cancelled_count']:,} were cancelled. Of {count(place['arrival_count'], 'arrival')}, "
        f"{percent(place['late_share'])} were late; shrunk, {percent(place['shrunk_late_share'])}."
    )


def draw_routes(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """One line per route: its shrunk late share as a dot, its raw share as a ring."""
    shares = rows.assign(
        route=rows["origin_airport_code"] + " → " + rows["destination_airport_code"],
        late_percent=100 * rows["late_share"],
        shrunk_late_percent=100 * rows["shrunk_late_share"],
        label=[f"{row.arrival_delayed_count:,} of {row.arrival_count:,}" for row in rows.itertuples()],
    )
    right = shares[["late_percent", "shrunk_late_percent"]].max(axis=1)
    base = alt.Chart().encode(
        alt.Y("route:N", sort=list(shares["route"]), title=None),
        tooltip=[
            alt.Tooltip("destination_airport_name:N", title="To"),
            alt.Tooltip("arrival_count:Q", title="Arrived", format=","),
            alt.Tooltip("arrival_delayed_count:Q", title="Late", format=","),
            alt.Tooltip("late_percent:Q", title="Late, %", format=".1f"),
            alt.Tooltip("shrunk_late_percent:Q", title="Late, shrunk, %", format=".1f"),
        ],
    )
    shrunk = alt.X(
        "shrunk_late_percent:Q", title="late arrivals, % (dot: shrunk, ring: as counted)", scale=alt.Scale(zero=False)
    )
    return alt.layer(
        base.mark_rule(style="reference", aria=False).encode(shrunk, alt.X2("late_percent:Q")),
        base.mark_point(style="ring", size=60).encode(alt.X("late_percent:Q")),
        base.mark_circle(style="strong", size=90).encode(shrunk),
        base.mark_text(style="note", align="left", dx=10, fontSize=11).encode(alt.X("right:Q"), alt.Text("label:N")),
        data=shares.assign(right=right),
    ).properties(height=alt.Step(20))


def describe_routes(rows: pd.DataFrame) -> str:
    """The first and the last route of the list."""
    if rows.empty:
        return "No flight arrived in these months."
    first, last = records(rows.iloc[[0, -1]])
    text = f"Dot plot of the {count(len(rows), 'route')} with the highest shrunk late share. {_route(first)}"
    return text + (f" Last in the list: {_route(last)}" if len(rows) > 1 else "")


NETWORK_MAP = Recipe("network_map", "Where flights go, and where they arrive late", draw_map, describe_map)
NETWORK_ROUTES = Recipe("network_routes", "The routes that are late most often", draw_routes, describe_routes)

_TOOLTIP = [
    alt.Tooltip("airport_name:N", title="To"),
    alt.Tooltip("airport_code:N", title="Code"),
    alt.Tooltip("flight_count:Q", title="Flights", format=","),
    alt.Tooltip("cancelled_count:Q", title="Cancelled", format=","),
    alt.Tooltip("late_percent:Q", title="Late, % of arrivals", format=".1f"),
    alt.Tooltip("shrunk_late_percent:Q", title="Late, shrunk, %", format=".1f"),
]


def _airport(rows: pd.DataFrame) -> pd.DataFrame:
    """The airport of departure: one row, or none."""
    of_origin = rows.filter(like="origin_").head(1)
    airport = of_origin.rename(columns=lambda name: name.removeprefix("origin_"))
    return airport.assign(region=maps.region(airport["latitude_degrees"], airport["longitude_degrees"]))


def _at_position(places: pd.DataFrame) -> alt.Chart:
    return alt.Chart(places).encode(alt.Longitude("longitude_degrees:Q"), alt.Latitude("latitude_degrees:Q"))


def _lines(airport: pd.DataFrame, places: pd.DataFrame, **looks: Any) -> alt.Chart:
    """From the airport to each destination on the map; to and from the islands, a line ends at the inset's frame."""
    ends = _anchored(places)[["airport_code", "longitude_degrees", "latitude_degrees"]]
    starts = _anchored(airport)[["longitude_degrees", "latitude_degrees"]]
    lines = starts.merge(ends, how="cross", suffixes=("", "_2"))
    return (
        alt.Chart(lines)
        .mark_rule(aria=False, **looks)
        .encode(
            alt.Longitude("longitude_degrees:Q"),
            alt.Latitude("latitude_degrees:Q"),
            alt.Longitude2("longitude_degrees_2:Q"),
            alt.Latitude2("latitude_degrees_2:Q"),
        )
    )


def _anchored(places: pd.DataFrame) -> pd.DataFrame:
    drawn = places[places["region"] != "nowhere"].copy()
    islands = drawn["region"] == "islands"
    drawn.loc[islands, ["longitude_degrees", "latitude_degrees"]] = [
        maps.INSET_LONGITUDE_DEGREES,
        maps.INSET_LATITUDE_DEGREES,
    ]
    return drawn


def _late_share(rows: pd.DataFrame) -> float:
    arrived = rows["arrival_count"].sum()
    return float(rows["arrival_delayed_count"].sum() / arrived) if arrived else 0.0


def _labels(places: pd.DataFrame) -> pd.Series:
    """The label of each destination: its code, or empty if a more frequent destination nearby has a label."""
    labelled: list[tuple[float, float]] = []
    labels = []
    for place in records(places):
        x, y = place["longitude_degrees"], place["latitude_degrees"]
        is_free = all(abs(x - x_2) > DEGREES_APART[0] or abs(y - y_2) > DEGREES_APART[1] for x_2, y_2 in labelled)
        is_labelled = place["region"] == "islands" or (is_free and len(labelled) < LABELS)
        labels.append(place["airport_code"] if is_labelled else "")
        if is_labelled:
            labelled.append((x, y))
    return pd.Series(labels, index=places.index, dtype=str)


def _round_values(numbers: pd.Series) -> list[int]:
    """Two round numbers for a legend: the largest of 1, 2 or 5 times a power of ten, and a tenth of it."""
    most = int(numbers.max()) if len(numbers) else 1
    power = 10 ** (len(str(most)) - 1)
    largest = max(step * power for step in (1, 2, 5) if step * power <= most)
    return sorted({max(largest // 10, 1), largest})


def _name(row: Row) -> str:
    return f"{row['airport_name']} ({row['airport_code']})"


def _route(row: Row) -> str:
    return (
        f"{row['origin_airport_code']} to {row['destination_airport_code']}: {row['arrival_delayed_count']:,} of "
        f"{row['arrival_count']:,} arrivals late, {percent(row['late_share'])}; "
        f"shrunk, {percent(row['shrunk_late_share'])}."
    )
