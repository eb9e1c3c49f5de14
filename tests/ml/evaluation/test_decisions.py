import numpy as np
import pandas as pd
import pytest

from ml.evaluation import decisions
from ml.evaluation.uncertainty import DayBootstrap

LABELS = np.array([True, True, False, True, False, False, False, False])
PROBABILITY = np.array([0.9, 0.7, 0.6, 0.4, 0.3, 0.3, 0.2, 0.1])


def test_what_a_threshold_does_by_hand():
    # At 0.6: three flagged, two of them rightly; one delay missed. A missed delay costs 3, a false alarm 1.
    found = decisions.flagging(LABELS, PROBABILITY, 0.6)
    assert (found.flagged_share, found.precision, found.recall) == pytest.approx((3 / 8, 2 / 3, 2 / 3))
    assert (found.cost, found.cost_of_flagging_none, found.cost_of_flagging_all) == pytest.approx(
        (100 * 4 / 8, 100 * 9 / 8, 100 * 5 / 8)
    )


@pytest.mark.parametrize(
    ("labels", "probability", "threshold", "reason"),
    [
        (LABELS, PROBABILITY, 0.4, "one false alarm catches the third delay: 1 against 3 at 0.7"),
        ([True, False, False, False, False], [0.5] * 5, 1.0, "flights alike: four alarms against one delay of 3"),
        ([True, True, False, False, False], [0.5] * 5, 0.5, "three alarms against two delays of 3"),
        ([False, False, True], [0.9, 0.8, 0.1], 0.1, "even a useless order: two alarms are less than one delay"),
    ],
)
def test_the_cheapest_threshold(labels, probability, threshold, reason):
    assert decisions.cheapest_threshold(np.array(labels), np.array(probability)) == threshold, reason


def test_the_cheapest_threshold_is_no_dearer_than_any_other():
    random = np.random.default_rng(5)
    probability = random.random(500).round(2)
    labels = random.random(500) < probability
    best = decisions.cheapest_threshold(labels, probability)
    costs = {float(t): decisions.flagging(labels, probability, t).cost for t in [*np.unique(probability), 1.0]}
    assert costs[best] == min(costs.values())
    # Honest probabilities: near 1 / (1 + 3).
    assert 0.15 < best < 0.35


def test_flagging_nothing():
    found = decisions.flagging(LABELS, PROBABILITY, 1.0)
    assert (found.flagged_share, found.precision, found.recall) == (0, 0, 0)
    assert found.cost == found.cost_of_flagging_none


def test_reliability_by_hand():
    labels, probability = np.array([False, True, True, True]), np.array([0.05, 0.05, 0.55, 1.0])
    bins = decisions.reliability(labels, probability, DayBootstrap(pd.Series(["a", "b", "c", "c"])))
    found = [(b.lowest_probability, b.flights, b.mean_probability, b.delayed_share) for b in bins]
    assert found == [(0.0, 2, 0.05, 0.5), (0.5, 1, 0.55, 1.0), (0.9, 1, 1.0, 1.0)]
    # Two days with one flight each, one of them late: a draw may have either alone.
    assert (bins[0].delayed_share_low, bins[0].delayed_share_high) == (0, 1)
