"""A site that is built once, and copies of it that a test may change."""

import shutil
from pathlib import Path

import pytest

from ontime.settings import settings
from portfolio import charts
from portfolio.build import build
from tests.portfolio.published import (
    add_answer,
    add_card,
    add_gate,
    add_opinion,
    add_repair,
    made_flights,
    publish,
    publish_model,
)

#: What the made-up model says, by hour of departure.
PROBABILITY = {6: 0.1, 9: 0.2, 13: 0.3, 17: 0.35, 21: 0.5}


@pytest.fixture(scope="session")
def built_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with three published months, a model tested on the last one, two gates, and the built site.

    The folder of answers, in it, has one solved lab.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("built") / "data")
        patch.setattr(settings, "answers_dir", settings.data_dir / "answers")
        publish(made_flights())
        publish_model(PROBABILITY, test_months=("2013-03",))
        add_card("m1", candidate="lightgbm")
        add_gate("raw.flights", "2013-01", checks=9)
        add_gate("raw.flights", "2013-02", checks=9, failed=("expect_column_mean_to_be_between is_diverted",))
        add_gate("marts.months", "all", checks=14)
        settings.report_page.parent.mkdir(parents=True)
        settings.report_page.write_text(
            "<!doctype html><html lang=en><title>report</title><main><h1>Statistics</h1></main>"
        )
        add_opinion()
        add_answer()
        add_repair("boston")
        build()
        return settings.data_dir


@pytest.fixture(autouse=True)
def answers_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of answers: those of a developer must not change the tests."""
    monkeypatch.setattr(settings, "answers_dir", tmp_path / "answers")
    return settings.answers_dir


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds that draw nothing: the drawings take most of the time of a build."""
    monkeypatch.setattr(charts, "_drawing", lambda path, *_: charts.Drawing(path, "<svg/>", 600, 300))


@pytest.fixture
def built(built_data: Path, answers_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The built site, to be read only."""
    monkeypatch.setattr(settings, "data_dir", built_data)
    monkeypatch.setattr(settings, "answers_dir", built_data / "answers")
    return settings.site_dir


@pytest.fixture
def site(built_data: Path, answers_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The built site in a data directory of the test's own."""
    shutil.copytree(built_data, tmp_path / "data", symlinks=True)
    monkeypatch.setattr(settings, "data_dir", tmp_path / "data")
    monkeypatch.setattr(settings, "answers_dir", tmp_path / "data" / "answers")
    return settings.site_dir
