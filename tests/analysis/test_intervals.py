"""The bootstrap, on data with a known spread."""

import numpy as np
import pytest

from analysis.intervals import REPLICATES, Interval, percentile_interval, resampled_totals


def test_a_sample_has_as_many_units_as_the_data():
    assert (resampled_totals(np.ones((7, 1))) == 7).all()
    assert (resampled_totals(np.ones((2, 1)), copies=np.array([3, 4])) == 7).all()


def test_the_same_input_gives_the_same_replicates():
    units = np.arange(12.0).reshape(6, 2)
    assert np.array_equal(resampled_totals(units), resampled_totals(units))


def test_totals_spread_like_a_binomial():
    totals = resampled_totals(np.array([[1.0], [0.0]]), copies=np.array([40, 60]))[:, 0]
    assert len(totals) == REPLICATES
    assert totals.mean() == pytest.approx(40, abs=0.5)
    # sqrt(100 · 0.4 · 0.6)
    assert totals.std() == pytest.approx(4.899, rel=0.05)


def test_resampled_days_spread_more_than_resampled_flights():
    # 20 days of 50 flights; on ten days all flights are late. So a day carries as much information as one flight.
    by_day = np.array([[50.0]] * 10 + [[0.0]] * 10)
    by_flight, copies = np.array([[1.0], [0.0]]), np.array([500, 500])
    clustered = percentile_interval(500, resampled_totals(by_day)[:, 0])
    naive = percentile_interval(500, resampled_totals(by_flight, copies)[:, 0])
    assert clustered.width / naive.width == pytest.approx(np.sqrt(50), rel=0.1)


def test_the_interval_is_the_middle_95_percent_of_the_replicates_without_nan():
    result = percentile_interval(0.5, np.append(np.arange(1001) / 1000, np.nan))
    assert result == Interval(0.5, pytest.approx(0.025), pytest.approx(0.975))
    assert result.excludes(0.01) and not result.excludes(0.9)
