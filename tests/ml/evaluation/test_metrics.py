from datetime import date

import numpy as np
import pytest

from ml.evaluation import metrics
from ml.evaluation.split import Split


def test_calibration_error_by_hand():
    labels, probability = np.array([0, 1, 1, 1]), np.array([0.05, 0.05, 0.55, 0.65])
    # Bins 0, 5 and 6: |0.10 − 1|, |0.55 − 1|, |0.65 − 1|, over four flights.
    assert metrics.calibration_error(labels, probability) == pytest.approx((0.9 + 0.45 + 0.35) / 4)


def test_a_probability_of_one_is_in_the_last_calibration_bin():
    assert metrics.calibration_error(np.array([1, 1]), np.array([1.0, 0.95])) == pytest.approx(0.025)


def test_scores_by_hand():
    scores = metrics.score(np.array([False, True, False, True]), np.array([0.2, 0.4, 0.5, 0.8]))
    assert scores.roc_auc == pytest.approx(3 / 4)
    assert scores.pr_auc == pytest.approx((1 + 2 / 3) / 2)
    assert scores.brier == pytest.approx((0.04 + 0.36 + 0.25 + 0.04) / 4)
    assert scores.log_loss == pytest.approx(-np.log([0.8, 0.4, 0.5, 0.8]).mean())


def test_a_split_becomes_json_with_dates_as_text():
    split = Split("days", date(2013, 1, 1), date(2013, 1, 23), date(2013, 1, 27), date(2013, 1, 31))
    assert metrics.as_dict(split) == {
        "rule": "days",
        "train_start": "2013-01-01",
        "validation_start": "2013-01-23",
        "test_start": "2013-01-27",
        "test_end": "2013-01-31",
    }
