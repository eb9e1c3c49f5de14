"""Generated flights have unique keys and are otherwise the real ones."""

import pandas as pd
import pytest

from bench.studies.generate import generate
from ontime.sources.download import download

KEY = ["year", "month", "day", "carrier", "flight", "origin", "dest", "sched_dep_time"]


@pytest.fixture
def real_month(data_dir):
    return download("flights", ["2013-02"])[0]


def test_scale_1_is_the_publishers_file(real_month):
    assert generate("2013-02", 1).sha256 == real_month.sha256


def test_scale_3_repeats_every_flight_under_three_numbers(real_month):
    once, thrice = (pd.read_csv(raw.path) for raw in (real_month, generate("2013-02", 3)))
    assert len(thrice) == 3 * len(once)
    assert not thrice.duplicated(KEY).any()
    same = once.columns.difference(["flight", "tailnum"])
    pd.testing.assert_frame_equal(
        thrice[same], once[same].loc[once.index.repeat(3)].reset_index(drop=True), check_dtype=False
    )
    assert (thrice["tailnum"].isna().sum(), thrice["tailnum"].nunique()) == (
        3 * once["tailnum"].isna().sum(),
        3 * once["tailnum"].nunique(),
    )
