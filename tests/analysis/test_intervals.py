"""The bootstrap, on data whose spread is known."""

import numpy as np
import pytest

from analysis.intervals import REPLICATES, Interval, percentile_interval, resampled_totals


def test_as_many_units_are_drawn_as_there_are():
    assert (resampled_totals(np.ones((7, 1))) == 7).all()
    assert (resampled_totals(np.ones((2, 1)), copies=np.array([3, 4])) == 7).all()


def test_the_same_input_gives_the_same_replicates():
    units = np.arange(12.0).reshape(6, 2)
    assert np.array_equal(resampled_totals(units), resampled_totals(units))


def test_totals_spread_as_the_binomial_says():
    totals = resampled_totals(np.array([[1.0], [0.0]]), copies=np.array([40, 60]))[:, 0]
    assert len(totals) == REPLICATES
    assert totals.mean() == pytest.approx(40, abs=0.5)
    # sqrt(100 · 0.4 · 0.6)
    assert totals.std() == pytest.approx(4.899, rel=0.05)


def test_rows_drawn_whole_spread_more_than_their_flights_one_by_one():
    # 20 days of 50 flights, on ten of which all are late: a day says as much as one flight.
    by_day = np.array([[50.0]] * 10 + [[0.0]] * 10)
    by_flight, copies = np.array([[1.0], [0.0]]), np.array([500, 500])
    clustered = percentile_interval(500, resampled_totals(by_day)[:, 0])
    naive = percentile_interval(500, resampled_totals(by_flight, copies)[:, 0])
    assert clustered.width / naive.width == pytest.approx(np.sqrt(50), rel=0.1)


def test_the_interval_is_the_middle_95_percent_of_the_replicates_that_exist():
    found = percentile_interval(0.5, np.append(np.arange(1001) / 1000, np.nan))
    assert found == Interval(0.5, pytest.approx(0.025), pytest.approx(0.975))
    assert found.excludes(0.01) and not found.excludes(0.9)
