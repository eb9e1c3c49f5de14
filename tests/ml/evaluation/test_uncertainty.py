"""The bootstrap's scores, compared with scikit-learn's weighted scores, which count flight by flight."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from ml.evaluation import metrics
from ml.evaluation.uncertainty import DayBootstrap, interval, log_losses


@pytest.fixture(scope="module")
def made() -> tuple[pd.Series, np.ndarray, np.ndarray]:
    """Dates, labels and probabilities of 12 days with 30 flights each.

    Some days have more delays than others. Probabilities have two decimals, so many of them tie.
    """
    random = np.random.default_rng(3)
    day = pd.Series(pd.date_range("2013-11-01", periods=12).repeat(30).to_numpy())
    bad = np.repeat(random.random(12), 30)
    labels = random.random(360) < 0.6 * bad
    probability = np.round(np.clip(0.6 * bad + random.normal(0, 0.2, 360), 0.01, 0.99), 2)
    return day, labels, probability


def test_every_draw_has_scikit_learns_weighted_scores(made):
    day, labels, probability = made
    bootstrap = DayBootstrap(day, draws=20)
    draws = metrics.draws(labels, probability, bootstrap)
    for number, days in enumerate(bootstrap.draws):
        assert days.sum() == 12
        weight = days[bootstrap.day]
        expected = {
            "roc_auc": roc_auc_score(labels, probability, sample_weight=weight),
            "pr_auc": average_precision_score(labels, probability, sample_weight=weight),
            "brier": brier_score_loss(labels, probability, sample_weight=weight),
            "log_loss": log_loss(labels, probability, sample_weight=weight),
            "calibration_error": metrics.calibration_error(np.repeat(labels, weight), np.repeat(probability, weight)),
        }
        assert {name: values[number] for name, values in draws.items()} == pytest.approx(expected)


def test_a_draw_with_every_day_once_has_the_scores_of_all_flights(made):
    day, labels, probability = made
    bootstrap = DayBootstrap(day)
    bootstrap.draws = np.ones((1, 12), dtype=int)
    scores = metrics.as_dict(metrics.score(labels, probability))
    draws = metrics.draws(labels, probability, bootstrap)
    assert {name: values[0] for name, values in draws.items()} == pytest.approx(scores, abs=6e-6)


def test_drawing_whole_days_gives_wider_intervals_than_drawing_flights(made):
    day, labels, _ = made
    by_day = interval(DayBootstrap(day).mean(labels.astype(float))[:, 0])
    by_flight = interval(DayBootstrap(pd.Series(range(len(day)))).mean(labels.astype(float))[:, 0])
    assert by_day[0] < by_flight[0] < labels.mean() < by_flight[1] < by_day[1]


def test_with_independent_days_the_interval_of_a_mean_is_the_textbook_interval():
    # 400 days with one flight each, half of them late: 0.5 ± 1.96 standard errors of 0.5 / 20.
    labels = np.arange(400) % 2
    low, high = interval(DayBootstrap(pd.Series(range(400)), draws=4000).mean(labels.astype(float))[:, 0])
    assert (low, high) == pytest.approx((0.451, 0.549), abs=0.004)


def test_means_by_group():
    day = pd.Series(["a", "a", "b", "b"])
    bootstrap = DayBootstrap(day, draws=3)
    bootstrap.draws = np.array([[1, 1], [2, 0], [0, 2]])
    means = bootstrap.mean(np.array([1.0, 2.0, 3.0, 5.0]), np.array([0, 1, 0, 0]), 2)
    # The second draw holds day a twice; the third has no flight of group 1.
    assert means == pytest.approx(np.array([[3, 2], [1, 2], [4, np.nan]]), nan_ok=True)


def test_the_same_days_give_the_same_draws(made):
    assert (DayBootstrap(made[0]).draws == DayBootstrap(made[0]).draws).all()


def test_a_draw_without_delays_has_no_ranking_score_and_does_not_count_in_the_interval():
    labels, probability = np.array([True, False, False]), np.array([0.8, 0.2, 0.1])
    bootstrap = DayBootstrap(pd.Series(["a", "a", "b"]), draws=2)
    bootstrap.draws = np.array([[1, 1], [0, 2]])
    draws = metrics.draws(labels, probability, bootstrap)
    for name in ("roc_auc", "pr_auc"):
        assert draws[name] == pytest.approx([1, np.nan], nan_ok=True)
        assert interval(draws[name]) == (1, 1)


def test_a_wrong_certainty_has_a_large_but_finite_loss():
    losses = log_losses(np.array([True, True, False]), np.array([0.5, 0.0, 0.0]))
    assert losses == pytest.approx([np.log(2), 36.04, 0], abs=0.01)
