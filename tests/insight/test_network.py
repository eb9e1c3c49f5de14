"""Shrinkage against a computation of its own, the places on the map, and the texts."""

import json
from math import nan

import numpy as np
import pandas as pd
import pytest

from insight import maps
from insight.network import NETWORK_MAP, NETWORK_ROUTES, describe_map, describe_routes

MONTH = {"first_month": "2013-01-01", "last_month": "2013-01-01"}


def kleinman(late: list[int], arrived: list[int]) -> np.ndarray:
    """Shrunk shares by the formulas of Kleinman (1973), written from the paper's sums, weights = flights."""
    x, n = np.array(late, dtype=float), np.array(arrived, dtype=float)
    share, mean = x / n, x.sum() / n.sum()
    within, k, total = mean * (1 - mean), len(n), n.sum()
    observed = sum(n[i] * (share[i] - mean) ** 2 for i in range(k))
    correlation = (observed - within * (k - 1)) / (
        within * (sum(n[i] * (1 - n[i] / total) for i in range(k)) - (k - 1))
    )
    if correlation <= 0:
        return np.full(k, mean)
    prior = max(1 / correlation - 1, 0)
    return (x + mean * prior) / (n + prior)


SHRUNK_CASES = [
    # by hand: p = .3, S = 2, c = (2 - .21) / (.21 × 99) = .0861, M = 10.6145
    pytest.param([20, 40], [100, 100], [0.2095960, 0.3904040], id="two equally frequent destinations"),
    pytest.param([3, 3, 3], [10, 10, 10], [0.3, 0.3, 0.3], id="equal shares stay"),
    pytest.param([2, 4], [10, 10], [0.3, 0.3], id="chance explains the difference: the mean"),
    pytest.param([1, 9], [10, 10], [0.1, 0.9], id="a correlation above 1: the shares as counted"),
    pytest.param([5], [8], [0.625], id="one destination"),
    pytest.param([60, 20, 1, 0], [150, 160, 2, 1], None, id="the fewer flights, the closer to the mean"),
]


@pytest.mark.parametrize(("late", "arrived", "by_hand"), SHRUNK_CASES)
def test_shrunk_shares(warehouse_of, late, arrived, by_hand):
    flights = [
        ("AA", "EWR", f"D{i:02}", "2013-01-05", n, x) for i, (x, n) in enumerate(zip(late, arrived, strict=True))
    ]
    with warehouse_of(flights) as connection:
        on_map = NETWORK_MAP.figure(connection, airport="EWR", **MONTH).rows.sort_values("airport_code")
        routes = NETWORK_ROUTES.figure(connection, **MONTH).rows.sort_values("destination_airport_code")
    expected = by_hand or kleinman(late, arrived)
    assert on_map["shrunk_late_share"].to_numpy() == pytest.approx(expected, abs=1e-7)
    assert routes["shrunk_late_share"].to_numpy() == pytest.approx(expected, abs=1e-7)


def test_our_own_computation_agrees_with_the_hand():
    assert kleinman([20, 40], [100, 100]) == pytest.approx([0.2095960, 0.3904040], abs=1e-7)


@pytest.mark.parametrize(
    ("place", "latitude", "longitude", "expected"),
    [
        ("Newark", 40.69, -74.17, "states"),
        ("Key West", 24.56, -81.76, "states"),
        ("Anchorage", 61.17, -149.99, "states"),
        ("Hilo", 19.72, -155.05, "states"),
        ("San Juan", 18.44, -66.0, "islands"),
        ("Charlotte Amalie", 18.34, -64.97, "islands"),
        ("Guam", 13.48, 144.8, "nowhere"),
        ("Pago Pago", -14.33, -170.71, "nowhere"),
    ],
)
def test_where_a_place_is_drawn(place, latitude, longitude, expected):
    assert maps.region(pd.Series([latitude]), pd.Series([longitude])).tolist() == [expected]


def places(*codes: str) -> pd.DataFrame:
    """Destinations from Newark; the n-th has n flights, all arrived, one late."""
    where = {"BOS": (42.36, -71.01), "SJU": (18.44, -66.0), "GUM": (13.48, 144.8), "IAH": (29.98, -95.34)}
    return pd.DataFrame(
        {
            "origin_airport_code": "EWR",
            "origin_airport_name": "Newark",
            "origin_latitude_degrees": 40.69,
            "origin_longitude_degrees": -74.17,
            "airport_code": code,
            "airport_name": f"Airport {code}",
            "latitude_degrees": where[code][0],
            "longitude_degrees": where[code][1],
            "flight_count": 1_000 * (i + 1),
            "cancelled_count": 0,
            "arrival_count": 1_000 * (i + 1),
            "arrival_delayed_count": 100,
            "late_share": 0.1 / (i + 1),
            "shrunk_late_share": 0.1 / (i + 1),
        }
        for i, code in enumerate(codes)
    )[::-1].reset_index(drop=True)


def layers(chart) -> list[dict]:
    return maps.inlined(json.loads(chart.to_json()))["layer"]


def test_the_islands_have_an_inset_only_if_somebody_flies_there():
    def islands(*codes: str) -> int:
        drawn = layers(NETWORK_MAP.draw(places(*codes)))
        return sum(layer.get("projection", {}).get("type") == "mercator" for layer in drawn)

    assert islands("BOS", "IAH") == 0
    assert islands("BOS", "SJU") == 5  # the islands, the points, their codes with a halo, and the airport itself


def test_lines_to_the_islands_end_at_the_frame_and_others_at_their_airport():
    spec = json.loads(NETWORK_MAP.draw(places("BOS", "SJU", "GUM")).to_json())
    [lines] = [layer for layer in spec["layer"] if layer.get("mark", {}).get("style") == "connection"]
    ends = {
        row["airport_code"]: (row["longitude_degrees_2"], row["latitude_degrees_2"])
        for row in spec["datasets"][lines["data"]["name"]]
    }
    assert ends == {"BOS": (-71.01, 42.36), "SJU": (maps.INSET_LONGITUDE_DEGREES, maps.INSET_LATITUDE_DEGREES)}


def test_the_basemap_is_named_by_address_and_inlined_on_demand():
    text = NETWORK_MAP.draw(places("BOS")).to_json()
    assert '"/assets/us-states-10m.json"' in text
    [basemap] = [layer for layer in layers(NETWORK_MAP.draw(places("BOS"))) if "values" in layer.get("data", {})]
    assert basemap["data"]["values"]["type"] == "Topology"
    assert basemap["data"]["format"] == {"feature": "states", "type": "topojson"}


MAP_TEXTS = [
    pytest.param(places("BOS").head(0), "No flight departed from this airport in these months.", id="no flight"),
    pytest.param(
        places("BOS"),
        "Map of the 1,000 flights from Newark (EWR) to 1 destination; most go to Airport BOS (BOS): 1,000.",
        id="one destination",
    ),
    pytest.param(
        places("BOS", "SJU", "GUM"),
        "Map of the 6,000 flights from Newark (EWR) to 3 destinations; most go to Airport GUM (GUM): 3,000. By shrunk "
        "late share, flights to Airport BOS (BOS) are late most often (10.0 % of arrivals), flights to Airport GUM "
        "(GUM) least often (3.3 %). Not on the map: Airport GUM (GUM).",
        id="three, one of them far away",
    ),
]


@pytest.mark.parametrize(("rows", "text"), MAP_TEXTS)
def test_the_text_of_the_map(rows, text):
    assert describe_map(rows) == text


def test_the_text_of_the_routes():
    rows = pd.DataFrame(
        {
            "origin_airport_code": ["EWR", "JFK"],
            "destination_airport_code": ["CAE", "BOS"],
            "arrival_count": [94, 1_500],
            "arrival_delayed_count": [60, 300],
            "late_share": [60 / 94, 0.2],
            "shrunk_late_share": [0.46, nan],
        }
    )
    assert describe_routes(rows.head(0)) == "No flight arrived in these months."
    assert describe_routes(rows) == (
        "Dot plot of the 2 routes with the highest shrunk late share. EWR to CAE: 60 of 94 arrivals late, 63.8 %; "
        "shrunk, 46.0 %. Last in the list: JFK to BOS: 300 of 1,500 arrivals late, 20.0 %; shrunk, –."
    )
