"""The leaks: each column counted by hand, and the false scores of two leaks on made-up flights."""

import numpy as np
import pandas as pd
import pytest

from analysis import leaks
from analysis.leaks import LEAKS, SCHEDULE, Flights, Leak, Measurement
from ml.candidates.catalog import HIST_GRADIENT_BOOSTING, hist_gradient_boosting
from ml.features.catalog import NAMES
from ontime.settings import settings
from tests.ml.conftest import flights, publish  # noqa: F401


@pytest.fixture
def mlflow_database(data_dir):
    """Replaces the registry that `publish` asks for: measuring a leak needs none."""
    settings.models_dir.mkdir(parents=True)


@pytest.fixture(scope="module")
def four() -> Flights:
    """Four flights of two origins on one day; the last one of EWR never arrived."""
    outcomes = pd.DataFrame(
        {
            "airline_code": "UA",
            "flight_number": [1, 1, 2, 1],
            "origin_airport_code": ["EWR", "EWR", "EWR", "JFK"],
            "destination_airport_code": "ORD",
            "flight_date": pd.Timestamp("2013-01-01"),
            "scheduled_hour": [10, 11, 11, 11],
            "departure_delay_minutes": [5.0, 30.0, np.nan, 0.0],
            "arrival_delay_minutes": [10.0, 40.0, np.nan, -5.0],
            "is_arrival_delayed": [0.0, 1.0, np.nan, 0.0],
        }
    )
    features = pd.DataFrame(dict.fromkeys(NAMES, [1.0] * 4))
    return Flights(features, features + 1, outcomes)


@pytest.mark.parametrize(
    ("leak", "column"),
    [
        # Flight 1 of EWR was late once in two flights; flight 2 never arrived; flight 1 of JFK is another flight.
        (leaks.target_encoding, [0.5, 0.5, np.nan, 0]),
        # The mean over earlier flights of the origin, landed or not.
        (leaks.rolling_mean, [np.nan, 10, 25, np.nan]),
        # The share over the other flights of the day: without the flight itself, with later ones.
        (leaks.same_day_rate, [1, 0, 0.5, np.nan]),
        # The share over the hour, the flight itself included.
        (leaks.hour_rate_with_itself, [0, 1, 1, 0]),
        (leaks.departure_delay, [5, 30, np.nan, 0]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_leak_adds_the_column_it_describes(four, leak, column):
    columns = leak(four)
    assert list(columns) == [*SCHEDULE, "added"]
    np.testing.assert_allclose(columns["added"], column)


def test_only_the_weather_columns_are_later(four):
    columns = leaks.scheduled_hour_weather(four)
    later = {name for name in NAMES if (columns[name] == 2).all()}
    assert {"origin_visibility_kilometers", "origin_pressure_hectopascals_change_3h"} <= later
    assert not later & {"origin_departure_delay_minutes_last_1h", "origin_flights_waiting", *SCHEDULE}
    assert (leaks.no_cut(four) == 2).all(axis=None)


def test_the_honest_columns_are_features_of_the_model(four):
    for leak in LEAKS:
        assert len(leak.honest(four)) == 4
        assert set(leak.honest(four)) <= {*NAMES, "added"}


def test_a_leak_scores_higher_than_the_same_idea_done_right(publish, flights):  # noqa: F811
    publish(flights)
    lines: list[str] = []
    by_name = {leak.name: leak for leak in LEAKS}
    [departure, at_random] = leaks.measure([by_name["Departure delay"], by_name["Random split"]], lines.append)
    # Flights that leave an hour late arrive an hour late, so the departure delay is the outcome.
    assert departure.false_roc_auc > 0.99
    assert departure.is_caught_by_alarm
    # Only the hour carries information about these flights.
    assert 0.5 < departure.honest_roc_auc < 0.65
    assert at_random.false_roc_auc != at_random.honest_roc_auc
    assert [line.split(":")[0] for line in lines] == ["Departure delay", "Random split"]


def test_writing_replaces_the_table_and_nothing_else_on_the_page(tmp_path, monkeypatch):
    page = tmp_path / "leaks.md"
    page.write_text("before\n<!-- measured -->\nold\n<!-- end of measured -->\nafter\n")
    monkeypatch.setattr(leaks, "PAGE", page)
    great, small = (
        Measurement(Leak(name, "mistake", "right", leaks.no_cut, leaks.all_features), false, 0.75)
        for name, false in (("great", 0.9126), ("small", 0.7584))
    )
    leaks.write([great, small])
    head, rule, *rows = page.read_text().removeprefix("before\n<!-- measured -->\n").splitlines()
    assert head.count("|") == rule.count("|") == rows[0].count("|")
    assert rows[0] == "| small | mistake | 0.758 | right | 0.750 | +0.008 | no |"
    assert rows[1] == "| great | mistake | 0.913 | right | 0.750 | +0.163 | yes |"
    assert rows[2:] == ["<!-- end of measured -->", "after"]


def test_leaks_and_the_model_use_the_same_settings():
    *_, trees = hist_gradient_boosting().named_steps.values()
    settings_of_trees = trees.get_params()
    assert {name: settings_of_trees[name] for name in HIST_GRADIENT_BOOSTING} == HIST_GRADIENT_BOOSTING
    assert leaks.HIST_GRADIENT_BOOSTING is HIST_GRADIENT_BOOSTING


def test_the_page_has_a_row_for_every_leak():
    page = leaks.PAGE.read_text()
    assert [leak.name for leak in LEAKS if f"| {leak.name} | {leak.mistake} |" not in page] == []
