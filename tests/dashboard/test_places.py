"""A chart's place is known before the browser draws it: at most what the chart needs."""

import altair as alt
import pandas as pd
import pytest

from dashboard import places
from insight.maps import us_map

ROWS = pd.DataFrame({"airline": ["AA", "AA", "B6", "DL"], "share": [1, 2, 3, 4]})
BARS = alt.Chart(ROWS).mark_bar().encode(alt.X("share:Q"), alt.Y("airline:N"))


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        pytest.param(BARS.properties(height=200), "place-of-240-pixels", id="its own height, and 40 for the axis"),
        pytest.param(BARS.properties(height=210), "place-of-240-pixels", id="rounded down: no gap below the chart"),
        pytest.param(BARS.properties(height=alt.Step(30)), "place-of-120-pixels", id="30 for each of three airlines"),
        pytest.param(
            alt.layer(BARS, BARS.mark_point()).properties(height=alt.Step(30)),
            "place-of-120-pixels",
            id="layers have one axis",
        ),
        pytest.param(BARS.properties(height=90_000), "place-of-1600-pixels", id="the largest place that has a rule"),
        pytest.param(BARS, "place-of-320-pixels", id="no height: the usual one"),
        pytest.param(us_map(lambda _: [], has_inset=False), "place-of-a-map", id="a map: it depends on the width"),
    ],
)
def test_the_place_of_a_chart(chart, expected):
    place = places.place(chart.to_dict())
    assert place == expected
    assert f"[class*='{place}'] {{" in places.HEAD


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(0, "place-of-20-pixels", id="the header alone, 38 px, rounded down"),
        pytest.param(5, "place-of-220-pixels", id="the header and five rows: 228 px"),
        pytest.param(500, "place-of-1600-pixels", id="the largest place that has a rule"),
    ],
)
def test_the_place_of_a_table(rows, expected):
    assert places.place_of_table(rows) == expected
    assert f"[class*='{expected}'] {{" in places.HEAD


def test_the_page_asks_for_its_fonts_at_once():
    assert places.HEAD.count('<link rel="preload" as="font"') == len(["text", "icons"])
