from datetime import date

import numpy as np
import pandas as pd
import pytest

from ml.evaluation import metrics
from ml.evaluation.metrics import LeakSuspected, Split, TooFewFlights


def days(first, last):
    return pd.DataFrame({"flight_date": pd.date_range(first, last).repeat(2)})


@pytest.mark.parametrize(
    ("flights", "split"),
    [
        (days("2013-01-01", "2013-12-31"), ("months", (1, 1), (10, 1), (11, 1), (12, 31))),
        (days("2013-01-01", "2013-04-30"), ("months", (1, 1), (2, 1), (3, 1), (4, 30))),
        (
            pd.concat([days("2013-11-01", "2013-11-30"), *(days(f"2013-0{m}-01", f"2013-0{m}-28") for m in (1, 3, 6))]),
            ("months", (1, 1), (3, 1), (6, 1), (11, 30)),
        ),
        (days("2013-01-01", "2013-02-28"), ("days", (1, 1), (2, 14), (2, 20), (2, 28))),
        (days("2013-01-01", "2013-01-31"), ("days", (1, 1), (1, 23), (1, 27), (1, 31))),
        (days("2013-01-01", "2013-01-05"), ("days", (1, 1), (1, 4), (1, 5), (1, 5))),
    ],
)
def test_split_boundaries(flights, split):
    rule, *bounds = split
    assert metrics.split_in_time(flights) == Split(rule, *(date(2013, *bound) for bound in bounds))


def test_every_flight_is_in_one_part_and_parts_follow_in_time():
    flights = days("2013-01-01", "2013-12-31")
    split = metrics.split_in_time(flights)
    parts = [split.part(name, flights)["flight_date"] for name in metrics.PARTS]
    assert sum(len(part) for part in parts) == len(flights)
    assert parts[0].max() < parts[1].min() <= parts[1].max() < parts[2].min()


def test_too_few_days():
    with pytest.raises(TooFewFlights, match="at least 5 days; the warehouse has 4"):
        metrics.split_in_time(days("2013-01-01", "2013-01-04"))


def test_flights_that_are_all_punctual_cannot_be_scored():
    with pytest.raises(TooFewFlights, match="2 flights, all of them delayed or none"):
        metrics.is_delayed(pd.DataFrame({"is_arrival_delayed": [False, False]}))


def test_calibration_error_by_hand():
    labels, probability = np.array([0, 1, 1, 1]), np.array([0.05, 0.05, 0.55, 0.65])
    # Bins 0, 5 and 6: |0.10 − 1|, |0.55 − 1|, |0.65 − 1|, over four flights.
    assert metrics.calibration_error(labels, probability) == pytest.approx((0.9 + 0.45 + 0.35) / 4)


def test_certainty_belongs_to_the_last_bin():
    assert metrics.calibration_error(np.array([1, 1]), np.array([1.0, 0.95])) == pytest.approx(0.025)


def test_scores_by_hand():
    scores = metrics.score(np.array([False, True, False, True]), np.array([0.2, 0.4, 0.5, 0.8]))
    assert scores.roc_auc == pytest.approx(3 / 4)
    assert scores.pr_auc == pytest.approx((1 + 2 / 3) / 2)
    assert scores.brier == pytest.approx((0.04 + 0.36 + 0.25 + 0.04) / 4)
    assert scores.log_loss == pytest.approx(-np.log([0.8, 0.4, 0.5, 0.8]).mean())


YEAR = metrics.split_in_time(days("2013-01-01", "2013-12-31"))
ONE_MONTH = metrics.split_in_time(days("2013-01-01", "2013-01-31"))


@pytest.mark.parametrize(
    ("split", "climatology", "candidate"),
    [(YEAR, 0.607, 0.776), (YEAR, 0.607, 0.8), (YEAR, 0.69, 0.856), (ONE_MONTH, 0.60, 0.91)],
)
def test_a_score_too_good_to_be_true_is_a_leak(split, climatology, candidate):
    with pytest.raises(LeakSuspected, match=r"'trees'.*Nothing was saved"):
        metrics.check_for_leaks({"climatology": climatology, "trees": candidate}, split)


@pytest.mark.parametrize(
    ("split", "climatology", "candidate"),
    [(YEAR, 0.607, 0.76), (YEAR, 0.607, 0.775), (YEAR, 0.684, 0.84), (ONE_MONTH, 0.599, 0.89)],
)
def test_an_honest_score_is_not(split, climatology, candidate):
    assert metrics.check_for_leaks({"climatology": climatology, "trees": candidate}, split) is None
