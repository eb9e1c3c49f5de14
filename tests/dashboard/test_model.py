"""The page about the model: the champion's card and the monitoring, or what is missing."""

import pandas as pd
import pytest

from dashboard import parts
from ml import monitoring
from ml.registry import store
from tests.dashboard import states
from tests.dashboard.conftest import texts
from tests.dashboard.states import CARD  # noqa: F401 -- test_ask.py reads it from here
from tests.insight import test_model as figures


@pytest.fixture
def promoted(monkeypatch):
    """A champion with a card, without its files."""
    states.promote(monkeypatch)


@pytest.fixture
def monitored(data_dir, tmp_path):
    """The monitoring tables of the figures' test, published."""
    states.publish_monitoring(tmp_path)


@pytest.mark.parametrize("page", ["model", "ask"])
def test_without_a_champion_the_page_says_what_to_do(open_page, one_month, page):
    app = open_page(page)
    assert not app.exception
    assert [info.value for info in app.info] == [parts.MISSING["champion"]]


def test_without_monitoring_the_card_is_shown(open_page, one_month, promoted):
    app = open_page("model")
    assert not app.exception
    assert "promoted 2026-01-02 03:04 UTC" in texts(app) and "1,000 flights" in texts(app)
    assert parts.MISSING["monitoring"] in texts(app)


def test_the_figures_of_the_card_and_the_monitoring(open_page, one_month, promoted, monitored):
    app = open_page("model")
    assert not app.exception
    assert [error.value for error in app.error] == [
        "2013-12 is worse than the test promised: skill of Brier.",
        "Drifted in 2013-12: wind.",
    ]
    scores = app.table[0].value
    assert float(scores.loc["lightgbm", store.SCORE_NAMES["roc_auc"]]) == pytest.approx(0.76, abs=0.001)
    assert "Why the base rate's ECE (0.009) is lower than the champion's (0.016)" in texts(app)
    titles = [header.value for header in app.header]
    assert titles == [
        "When it says 30 %, are 30 % late?",
        "From which probability on is a flag worth it",
        "How many late flights are among the flagged ones",
        "For whom it is too optimistic or too pessimistic",
        "Does it keep what its test promised",
        "Do its inputs still look like its training",
    ]


def test_a_choice_changes_the_figure(open_page, one_month, promoted, monitored):
    app = open_page("model")
    app.selectbox(key="dimension").set_value("hour").run()
    assert not app.exception
    tables = [frame.value for frame in app.dataframe]
    [slices] = [table for table in tables if isinstance(table, pd.DataFrame) and "bias" in table]
    assert slices["value"].tolist() == ["6"]


def test_the_published_tables_are_those_that_the_page_reads():
    assert set(figures.TABLES) == set(monitoring.TABLES)
