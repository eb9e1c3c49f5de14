"""The leaks: each column as counted by hand, and the false score of one on flights that are made up."""

import numpy as np
import pandas as pd
import pytest

from analysis import leaks
from analysis.leaks import LEAKS, SCHEDULE, Flights, Leak, Measured
from ml.features.catalog import NAMES
from ontime.settings import settings
from tests.ml.conftest import flights, publish  # noqa: F401


@pytest.fixture
def mlflow_database(data_dir):
    """A leak is measured without the registry that `publish` otherwise makes room for."""
    settings.models_dir.mkdir(parents=True)


@pytest.fixture(scope="module")
def four() -> Flights:
    """Four flights of two origins on one day: the last of EWR never arrived."""
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
    known = pd.DataFrame(dict.fromkeys(NAMES, [1.0] * 4))
    return Flights(known, known + 1, outcomes)


@pytest.mark.parametrize(
    ("leak", "column"),
    [
        # EWR 1 was late on one of two days; EWR 2 never arrived; JFK 1 is another flight.
        (leaks.target_encoding, [0.5, 0.5, np.nan, 0]),
        # Of the flights before at the same origin, landed or not.
        (leaks.rolling_mean, [np.nan, 10, 25, np.nan]),
        # Of the others of the day: without its own, but with the later ones.
        (leaks.same_day_rate, [1, 0, 0.5, np.nan]),
        # Its own among them.
        (leaks.hour_rate_with_itself, [0, 1, 1, 0]),
        (leaks.departure_delay, [5, 30, np.nan, 0]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_leak_is_what_it_says(four, leak, column):
    columns = leak(four)
    assert list(columns) == [*SCHEDULE, "added"]
    np.testing.assert_allclose(columns["added"], column)


def test_the_weather_is_later_and_nothing_else_is(four):
    columns = leaks.scheduled_hour_weather(four)
    later = {name for name in NAMES if (columns[name] == 2).all()}
    assert {"origin_visibility_kilometers", "origin_pressure_hectopascals_change_3h"} <= later
    assert not later & {"origin_departure_delay_minutes_last_1h", "origin_flights_waiting", *SCHEDULE}
    assert (leaks.no_cut(four) == 2).all(axis=None)


def test_the_honest_side_tells_the_schedule_or_features_of_the_model(four):
    for leak in LEAKS:
        assert len(leak.honest(four)) == 4
        assert set(leak.honest(four)) <= {*NAMES, "added"}


def test_a_leak_is_measured_beside_the_same_idea_done_right(publish, flights):  # noqa: F811
    publish(flights)
    told: list[str] = []
    by_name = {leak.name: leak for leak in LEAKS}
    [departure, at_random] = leaks.measure([by_name["Departure delay"], by_name["Random split"]], told.append)
    # Whoever leaves an hour late arrives an hour late: the outcome itself.
    assert departure.false_roc_auc > 0.99
    assert departure.is_caught_by_alarm
    # Only the hour tells anything of these flights.
    assert 0.5 < departure.honest_roc_auc < 0.65
    assert at_random.false_roc_auc != at_random.honest_roc_auc
    assert [line.split(":")[0] for line in told] == ["Departure delay", "Random split"]


def test_the_table_takes_its_place_on_the_page(tmp_path, monkeypatch):
    page = tmp_path / "leaks.md"
    page.write_text("before\n<!-- measured -->\nold\n<!-- end of measured -->\nafter\n")
    monkeypatch.setattr(leaks, "PAGE", page)
    great, small = (
        Measured(Leak(name, "mistake", "right", leaks.no_cut, leaks.everything), false, 0.75)
        for name, false in (("great", 0.9126), ("small", 0.7584))
    )
    leaks.write([great, small])
    head, rule, *rows = page.read_text().removeprefix("before\n<!-- measured -->\n").splitlines()
    assert head.count("|") == rule.count("|") == rows[0].count("|")
    assert rows[0] == "| small | mistake | 0.758 | right | 0.750 | +0.008 | no |"
    assert rows[1] == "| great | mistake | 0.913 | right | 0.750 | +0.163 | yes |"
    assert rows[2:] == ["<!-- end of measured -->", "after"]


def test_the_page_has_a_row_for_every_leak():
    page = leaks.PAGE.read_text()
    assert [leak.name for leak in LEAKS if f"| {leak.name} | {leak.mistake} |" not in page] == []
