"""When a challenger takes the champion's place. Both are given as probabilities: each rule is seen alone."""

import numpy as np
import pandas as pd
import pytest

from ml.evaluation import slices
from ml.features.catalog import NAMES
from ml.registry import promotion, store, tracking

DAYS = pd.date_range("2013-11-01", periods=30)


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    """30 days of 120 flights at two origins; a quarter are late, on bad days most."""
    random = np.random.default_rng(11)
    day = DAYS.repeat(120)
    bad = np.repeat(random.random(30) < 0.2, 120)
    made = pd.DataFrame(
        {
            "flight_date": day,
            "airline_code": np.tile(["UA", "DL", "B6"], 1200),
            "origin_airport_code": np.tile(["EWR", "JFK"], 1800),
            "scheduled_departure_hour": np.tile(np.repeat([7, 17], 60), 30),
            "chance": np.where(bad, 0.7, 0.15) + random.normal(0, 0.04, len(day)),
        }
    )
    return made.assign(is_arrival_delayed=random.random(len(day)) < made["chance"])


@pytest.fixture(scope="module")
def honest(flights) -> np.ndarray:
    """What a model that knows each flight's chance would say."""
    return flights["chance"].clip(0.01, 0.99).to_numpy()


def overconfident(probability):
    """The same order, further from the middle than is true."""
    odds = (probability / (1 - probability)) ** 1.3
    return odds / (1 + odds)


def timid(probability):
    """The same order, nearer to the middle than is true."""
    return 0.5 * probability + 0.13


def worse_for(flights, probability, airline):
    """Says of one airline's flights what is not so."""
    return np.where(flights["airline_code"] == airline, timid(probability), probability)


def test_a_certain_gain_is_promoted(flights, honest):
    found = promotion.compare("old", flights, honest, timid(honest))
    assert found.objections == []
    low, high = found.log_loss_gain_interval
    assert 0 < low < found.log_loss_gain < high
    # The order is the same, and so is the ROC-AUC, in every draw.
    assert (found.roc_auc_gain, found.roc_auc_gain_interval) == (0, (0, 0))
    assert {part["verdict"] for part in found.slices} == {"no worse"}
    assert [f"{part['dimension']} {part['value']}" for part in found.slices] == [
        *("airline B6", "airline DL", "airline UA"),
        *("origin EWR", "origin JFK"),
        *("hour 7", "hour 17"),
    ]


def test_the_same_probabilities_are_no_gain(flights, honest):
    found = promotion.compare("old", flights, honest, honest)
    assert found.objections == ["the gain is not certain"]
    assert found.log_loss_gain_interval == (0, 0)


def test_a_gain_on_a_single_day_is_not_certain(flights, honest):
    lucky = np.where(flights["flight_date"] == DAYS[3], honest, timid(honest))
    found = promotion.compare("old", flights, lucky, timid(honest))
    assert found.log_loss_gain > 0
    assert found.objections == ["the gain is not certain"]


def test_probabilities_that_cannot_be_believed_are_not_promoted(flights, honest):
    found = promotion.compare("old", flights, overconfident(honest), np.full(len(honest), honest.mean()))
    assert found.log_loss_gain_interval[0] > 0
    [objection] = [told for told in found.objections if "calibration" in told]
    assert "is above 0.02 and above the champion's" in objection


def test_no_worse_calibrated_than_the_champion_is_enough(flights, honest):
    found = promotion.compare("old", flights, overconfident(honest), overconfident(overconfident(honest)))
    assert found.calibration_error > promotion.HIGHEST_CALIBRATION_ERROR
    assert found.objections == []


def test_a_slice_that_gets_worse_stops_it_whatever_the_rest_gains(flights, honest):
    found = promotion.compare(
        "old", flights, worse_for(flights, honest, "UA"), worse_for(flights, timid(honest), "none")
    )
    assert all("UA" not in objection for objection in found.objections), "UA is as it was, the others are better"
    champion = np.where(flights["airline_code"] == "UA", honest, timid(timid(honest)))
    found = promotion.compare("old", flights, worse_for(flights, honest, "UA"), champion)
    assert found.log_loss_gain_interval[0] > 0
    assert "log-loss worse by more than 0.005 on airline UA" in found.objections


def test_a_slice_that_is_too_small_to_tell_is_named_and_stops_nothing(flights, honest, monkeypatch):
    monkeypatch.setattr(slices, "FLIGHTS_NEEDED", 1201)
    champion = np.where(flights["airline_code"] == "UA", honest, timid(timid(honest)))
    found = promotion.compare("old", flights, worse_for(flights, honest, "UA"), champion)
    assert {part["value"] for part in found.slices if part["verdict"] == slices.TOO_SMALL} == {"B6", "DL", "UA"}
    assert not any("airline" in objection for objection in found.objections)


def test_slices_by_hand():
    flights = pd.DataFrame(
        {
            "flight_date": [1, 1, 2, 2],
            "airline_code": ["UA", "UA", "UA", "DL"],
            "origin_airport_code": "EWR",
            "scheduled_departure_hour": [7, 8, 7, 8],
        }
    )
    labels, probability = np.array([True, False, False, True]), np.array([0.5, 0.5, 0.2, 0.8])
    found = slices.describe(flights, labels, probability, promotion.DayBootstrap(flights["flight_date"]))
    told = {(part.dimension, part.value): part for part in found}
    united = told["airline", "UA"]
    assert (united.flights, united.delayed_share, united.mean_probability) == pytest.approx((3, 1 / 3, 0.4))
    assert united.log_loss == pytest.approx((2 * np.log(2) - np.log(0.8)) / 3)
    # Two days: both, or either twice.
    assert (united.log_loss_low, united.log_loss_high) == pytest.approx((-np.log(0.8), np.log(2)))
    assert list(told) == [("airline", "DL"), ("airline", "UA"), ("origin", "EWR"), ("hour", "7"), ("hour", "8")]


def card(version, test_start="2013-11-01", features=NAMES):
    return {"version": version, "features": [{"name": name} for name in features], "split": {"test_start": test_start}}


@pytest.fixture
def champion(monkeypatch, always):
    """A champion named `old` that gives every flight a quarter; `withdrawn` was rolled back."""
    monkeypatch.setattr(store, "champion_version", lambda: "old")
    monkeypatch.setattr(store, "load_champion", lambda: (always(0.25), card("old")))
    monkeypatch.setattr(store, "was_rolled_back", lambda version: version == "withdrawn")


@pytest.mark.parametrize(
    ("challenger", "is_promoted", "reason"),
    [
        (card("new"), True, "log-loss gain"),
        (card("old"), False, "it is the champion already"),
        (card("withdrawn"), False, "withdrawn was rolled back"),
        (card("new", features=["another"]), True, "champion old was made for other features"),
        (card("new", test_start="2013-02-20"), False, "champion old has learned from these test days"),
    ],
)
def test_what_is_decided(champion, flights, honest, challenger, is_promoted, reason):
    decision = promotion.decide(challenger, flights.assign(**dict.fromkeys(set(NAMES) - set(flights), 0)), honest)
    assert (decision.is_promoted, reason in decision.reason) == (is_promoted, True)


def test_the_first_model_is_promoted(data_dir, flights, honest):
    assert promotion.decide(card("one"), flights, honest) == promotion.Decision(True, "the first model")


def test_nothing_is_asked_of_mlflow_where_the_file_tells(champion, flights, honest, monkeypatch):
    monkeypatch.setattr(tracking, "client", lambda: pytest.fail("MLflow was asked"))
    assert not promotion.decide(card("old"), flights, honest).is_promoted
