"""A dataset of one's own is published and flights are not: its pages show it, and the others say what is missing."""

import pytest

from dashboard.choices import NO_FLIGHTS
from dashboard.parts import MISSING
from ontime.datasets import DATASETS
from tests.dashboard import made
from tests.dashboard.conftest import Open
from tests.dashboard.states import PEDESTRIANS, clean, ran, record
from tests.dashboard.test_states import shown


@pytest.fixture
def alone(data_dir, monkeypatch) -> None:
    monkeypatch.setitem(DATASETS, "pedestrians", PEDESTRIANS)
    for month in ("2013-01", "2013-03"):
        record("raw.pedestrians", month, 3)
        record("clean.pedestrians", month, 5)
        clean("pedestrians", month)
    ran("pedestrians", "manual__1", 13)
    made.publish_flights(first="2013-01-02", last="2013-01-01")


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("overview", ["pedestrians,Pedestrian counts,2013-01 – 2013-03 (2),4,", "All 16 checks of the gates hold."]),
        ("operations Runs", ["pedestrians · manual__1"]),
        ("operations Gates", ["month,raw pedestrians,clean pedestrians", "2013-03,✓ 3,✓ 5"]),
        ("operations Rows", ["pedestrians,6,4,2", "pedestrians 2013-01"]),
        ("quality", ["pedestrians,unknown airport,2,33.3 %"]),
        ("about", ["pedestrians,Pedestrian counts,made up for a test,none"]),
        ("network", [NO_FLIGHTS]),
        ("day", [NO_FLIGHTS]),
        ("model", [MISSING["champion"]]),
    ],
)
def test_its_pages_show_it(alone, open_page: Open, page, words):
    name, _, tab = page.partition(" ")
    app = open_page(name, **({"tab": tab} if tab else {}))
    assert not app.exception and not app.error and not app.warning
    assert [text for text in words if text not in shown(app)] == []
    assert "Three findings" not in shown(app)
