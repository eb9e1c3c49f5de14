"""When a challenger replaces the champion. Most tests give both as probabilities, to test one rule at a time."""

import numpy as np
import pandas as pd
import pytest

from ml.evaluation import slices
from ml.features.catalog import NAMES
from ml.registry import promotion, store, tracking
from ml.registry.champion import Champion, Promotion, write

DAYS = pd.date_range("2013-11-01", periods=30)


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    """30 days with 120 flights each at two origins; a quarter of them are late, and most of them on bad days."""
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
    """The probabilities of a model that knows each flight's true chance."""
    return flights["chance"].clip(0.01, 0.99).to_numpy()


def overconfident(probability):
    """The same order, but too close to 0 and 1."""
    odds = (probability / (1 - probability)) ** 1.3
    return odds / (1 + odds)


def timid(probability):
    """The same order, but too close to the mean."""
    return 0.5 * probability + 0.13


def worse_for(flights, probability, airline):
    """Timid probabilities for the flights of one airline only."""
    return np.where(flights["airline_code"] == airline, timid(probability), probability)


def test_a_certain_gain_meets_no_objection(flights, honest):
    comparison = promotion.compare("old", flights, honest, timid(honest))
    assert comparison.objections == []
    low, high = comparison.log_loss_gain_interval
    assert 0 < low < comparison.log_loss_gain < high
    # Both models order the flights equally, so the ROC-AUC is equal in every draw.
    assert (comparison.roc_auc_gain, comparison.roc_auc_gain_interval) == (0, (0, 0))
    assert {part["verdict"] for part in comparison.slices} == {"no worse"}
    assert [f"{part['dimension']} {part['value']}" for part in comparison.slices] == [
        *("airline B6", "airline DL", "airline UA"),
        *("origin EWR", "origin JFK"),
        *("hour 7", "hour 17"),
    ]


def test_equal_probabilities_are_no_gain(flights, honest):
    comparison = promotion.compare("old", flights, honest, honest)
    assert comparison.objections == ["the gain is not certain"]
    assert comparison.log_loss_gain_interval == (0, 0)


def test_a_gain_on_a_single_day_is_not_certain(flights, honest):
    lucky = np.where(flights["flight_date"] == DAYS[3], honest, timid(honest))
    comparison = promotion.compare("old", flights, lucky, timid(honest))
    assert comparison.log_loss_gain > 0
    assert comparison.objections == ["the gain is not certain"]


def test_badly_calibrated_probabilities_are_not_promoted(flights, honest):
    comparison = promotion.compare("old", flights, overconfident(honest), np.full(len(honest), honest.mean()))
    assert comparison.log_loss_gain_interval[0] > 0
    [objection] = [objection for objection in comparison.objections if "calibration" in objection]
    assert "is above 0.02 and above the champion's" in objection


def test_a_bad_calibration_is_accepted_if_the_champions_is_worse(flights, honest):
    comparison = promotion.compare("old", flights, overconfident(honest), overconfident(overconfident(honest)))
    assert comparison.calibration_error > promotion.HIGHEST_CALIBRATION_ERROR
    assert comparison.objections == []


def test_one_slice_that_gets_worse_is_an_objection_whatever_the_others_gain(flights, honest):
    comparison = promotion.compare(
        "old", flights, worse_for(flights, honest, "UA"), worse_for(flights, timid(honest), "none")
    )
    assert not any("UA" in objection for objection in comparison.objections), "UA is unchanged, the others are better"
    champion = np.where(flights["airline_code"] == "UA", honest, timid(timid(honest)))
    comparison = promotion.compare("old", flights, worse_for(flights, honest, "UA"), champion)
    assert comparison.log_loss_gain_interval[0] > 0
    assert "log-loss worse by more than 0.005 on airline UA" in comparison.objections


def test_a_slice_that_is_too_small_is_listed_but_is_no_objection(flights, honest, monkeypatch):
    monkeypatch.setattr(slices, "FLIGHTS_NEEDED", 1201)
    champion = np.where(flights["airline_code"] == "UA", honest, timid(timid(honest)))
    comparison = promotion.compare("old", flights, worse_for(flights, honest, "UA"), champion)
    assert {part["value"] for part in comparison.slices if part["verdict"] == slices.TOO_SMALL} == {"B6", "DL", "UA"}
    assert not any("airline" in objection for objection in comparison.objections)


def test_slices_agree_with_a_computation_by_hand():
    flights = pd.DataFrame(
        {
            "flight_date": [1, 1, 2, 2],
            "airline_code": ["UA", "UA", "UA", "DL"],
            "origin_airport_code": "EWR",
            "scheduled_departure_hour": [7, 8, 7, 8],
        }
    )
    labels, probability = np.array([True, False, False, True]), np.array([0.5, 0.5, 0.2, 0.8])
    described = slices.describe(flights, labels, probability, promotion.DayBootstrap(flights["flight_date"]))
    by_name = {(part.dimension, part.value): part for part in described}
    united = by_name["airline", "UA"]
    assert (united.flights, united.delayed_share, united.mean_probability) == pytest.approx((3, 1 / 3, 0.4))
    assert united.log_loss == pytest.approx((2 * np.log(2) - np.log(0.8)) / 3)
    # A draw of two days has both days, or one of them twice.
    assert (united.log_loss_low, united.log_loss_high) == pytest.approx((-np.log(0.8), np.log(2)))
    assert list(by_name) == [("airline", "DL"), ("airline", "UA"), ("origin", "EWR"), ("hour", "7"), ("hour", "8")]


def card(version, test_start="2013-11-01", features=NAMES):
    return {"version": version, "features": [{"name": name} for name in features], "split": {"test_start": test_start}}


@pytest.fixture
def champion(monkeypatch, always, data_dir):
    """A champion `old`, and `before` it; each gives all flights one probability. `withdrawn` was rolled back."""
    promotions = {"before": Promotion(1, "", ""), "withdrawn": Promotion(2, "", "", "now"), "old": Promotion(3, "", "")}
    for version in promotions:
        store.version_dir(version).mkdir(parents=True)
    write(Champion("old", "0" * 64, promotions))
    monkeypatch.setattr(store, "champion_card", lambda: card("old"))
    monkeypatch.setattr(store, "card_of", card)
    monkeypatch.setattr(store, "load", lambda card: always({"old": 0.25, "before": 0.35}[card["version"]]))


@pytest.mark.parametrize(
    ("challenger", "is_promoted", "reason"),
    [
        pytest.param(card("new"), True, "log-loss gain", id="better"),
        pytest.param(card("old"), False, "it is the champion already", id="the champion itself"),
        pytest.param(card("withdrawn"), False, "withdrawn was rolled back", id="rolled back"),
        pytest.param(
            card("new", features=["another"]), True, "champion old was trained on other features", id="other features"
        ),
        pytest.param(
            card("new", test_start="2013-02-20"),
            False,
            "champion old was trained on some of these test days",
            id="champion saw the test",
        ),
    ],
)
def test_the_decision_and_its_reason(champion, flights, honest, challenger, is_promoted, reason):
    decision = promotion.decide(challenger, flights.assign(**dict.fromkeys(set(NAMES) - set(flights), 0)), honest)
    assert (decision.is_promoted, reason in decision.reason) == (is_promoted, True)


def test_a_deleted_champion_is_replaced_only_by_a_model_better_than_the_champion_before(champion, flights, honest):
    store.version_dir("old").rmdir()
    flights = flights.assign(**dict.fromkeys(set(NAMES) - set(flights), 0))
    better = promotion.decide(card("new"), flights, honest)
    assert (better.is_promoted, better.comparison.champion) == (True, "before")
    assert better.reason.startswith("the files of champion old were deleted; log-loss gain ")
    worse = promotion.decide(card("new"), flights, 1 - honest)
    assert (worse.is_promoted, worse.comparison.champion) == (False, "before")
    assert worse.reason.endswith("; `ontime model rollback before` uses the champion before again")
    assert not promotion.decide(card("withdrawn"), flights, honest).is_promoted


@pytest.mark.parametrize(("challenger", "deleted"), [("new", ["old", "before"]), ("before", ["old"])])
def test_a_deleted_champion_without_another_one_is_replaced(champion, flights, honest, challenger, deleted):
    for version in deleted:
        store.version_dir(version).rmdir()
    reason = "the files of champion old were deleted, and no other champion is left to compare with"
    assert promotion.decide(card(challenger), flights, honest) == promotion.Decision(True, reason)


def test_the_first_model_is_promoted(data_dir, flights, honest):
    assert promotion.decide(card("one"), flights, honest) == promotion.Decision(True, "the first model")


def test_mlflow_is_not_opened_when_champion_json_is_enough(champion, flights, honest, monkeypatch):
    monkeypatch.setattr(tracking, "client", lambda: pytest.fail("MLflow was opened"))
    assert not promotion.decide(card("old"), flights, honest).is_promoted
