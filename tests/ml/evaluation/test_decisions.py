import numpy as np
import pandas as pd
import pytest

from ml.evaluation import decisions
from ml.evaluation.uncertainty import DayBootstrap

LABELS = np.array([True, True, False, True, False, False, False, False])
PROBABILITY = np.array([0.9, 0.7, 0.6, 0.4, 0.3, 0.3, 0.2, 0.1])


def test_flagging_by_hand():
    # At 0.6 three flights are flagged, two of them correctly; one delay is missed. It costs 3, a false alarm 1.
    effect = decisions.flagging(LABELS, PROBABILITY, 0.6)
    assert (effect.flagged_share, effect.precision, effect.recall) == pytest.approx((3 / 8, 2 / 3, 2 / 3))
    assert (effect.cost, effect.cost_of_flagging_none, effect.cost_of_flagging_all) == pytest.approx(
        (100 * 4 / 8, 100 * 9 / 8, 100 * 5 / 8)
    )


@pytest.mark.parametrize(
    ("labels", "probability", "threshold"),
    [
        pytest.param(LABELS, PROBABILITY, 0.4, id="one false alarm (1) is cheaper than the third delay (3)"),
        pytest.param(
            [True, False, False, False, False], [0.5] * 5, 1.0, id="four false alarms (4) cost more than one delay (3)"
        ),
        pytest.param(
            [True, True, False, False, False],
            [0.5] * 5,
            0.5,
            id="three false alarms (3) are cheaper than two delays (6)",
        ),
        pytest.param(
            [False, False, True], [0.9, 0.8, 0.1], 0.1, id="two false alarms (2) are cheaper than a delay, in any order"
        ),
    ],
)
def test_the_cheapest_threshold(labels, probability, threshold):
    assert decisions.cheapest_threshold(np.array(labels), np.array(probability)) == threshold


def test_no_other_threshold_costs_less_than_the_cheapest():
    random = np.random.default_rng(5)
    probability = random.random(500).round(2)
    labels = random.random(500) < probability
    best = decisions.cheapest_threshold(labels, probability)
    costs = {float(t): decisions.flagging(labels, probability, t).cost for t in [*np.unique(probability), 1.0]}
    assert costs[best] == min(costs.values())
    # The probabilities are well calibrated, so the best threshold is near 1 / (1 + 3).
    assert 0.15 < best < 0.35


def test_flagging_nothing():
    effect = decisions.flagging(LABELS, PROBABILITY, 1.0)
    assert (effect.flagged_share, effect.precision, effect.recall) == (0, 0, 0)
    assert effect.cost == effect.cost_of_flagging_none


def test_reliability_by_hand():
    labels, probability = np.array([False, True, True, True]), np.array([0.05, 0.05, 0.55, 1.0])
    bins = decisions.reliability(labels, probability, DayBootstrap(pd.Series(["a", "b", "c", "c"])))
    values = [(b.lowest_probability, b.flights, b.mean_probability, b.delayed_share) for b in bins]
    assert values == [(0.0, 2, 0.05, 0.5), (0.5, 1, 0.55, 1.0), (0.9, 1, 1.0, 1.0)]
    # The bin has one delayed and one punctual flight on two days, so a draw may hold only one of them.
    assert (bins[0].delayed_share_low, bins[0].delayed_share_high) == (0, 1)
