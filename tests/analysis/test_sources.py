"""The datasets of a published warehouse, by the partitions that it was built from."""

import pytest

from analysis.sources import sources
from ontime import warehouse


@pytest.mark.parametrize(
    ("partitions", "expected"),
    [
        pytest.param([], {}, id="a version that records nothing"),
        pytest.param(
            ["airports/all", "weather/2013-02", "flights/2013-02", "flights/2013-01"],
            {"flights": ("2013-01", "2013-02"), "airports": (), "weather": ("2013-02",)},
            id="months in order; a table without months has none",
        ),
        pytest.param(
            ["flights/2013-01", "removed/2013-01"], {"flights": ("2013-01",)}, id="a dataset without contract"
        ),
    ],
)
def test_the_datasets_of_a_version_and_their_months(partitions, expected):
    version = warehouse.Version("ontime", "v1", "", 1, "", {}, dict.fromkeys(partitions, "digest"))
    listed = sources(version)
    assert {source.dataset.name: source.months for source in listed} == expected
    assert [source.dataset.name for source in listed][:1] == list(expected)[:1]  # the lead dataset is the first
