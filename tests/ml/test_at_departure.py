"""The model that predicts at departure: what it may see, and its leak alarm."""

import os

import numpy as np
import pandas as pd
import pytest

from ml import at_departure
from ml.evaluation.leak_alarm import LeakSuspected
from ontime import warehouse
from tests.ontime.warehouse.made import candidate, commit_all


def departing(flights, delays):
    """The flights with other departure delays, in minutes."""
    departed_at = flights["scheduled_departure_at"] + pd.to_timedelta(delays.astype("float"), unit="min")
    has_left = flights["departed_at"].notna()
    return flights.assign(
        departure_delay_minutes=delays.astype("Int32").where(has_left), departed_at=departed_at.where(has_left)
    )


def test_an_informative_departure_delay_is_scored_on_the_last_months(flights, warehouse_file):
    # Two of three late flights leave late, and one of three punctual ones: alone that gives a ROC-AUC of 2/3.
    random = np.random.default_rng(1).random(len(flights))
    is_late = flights["is_arrival_delayed"].fillna(False).to_numpy(dtype=bool)
    leaves_late = random < np.where(is_late, 2 / 3, 1 / 3)
    delays = pd.Series(np.where(leaves_late, 40, 0), index=flights.index)
    result = at_departure.measure(warehouse_file(departing(flights, delays)))
    assert (str(result.split.test_start), str(result.split.test_end)) == ("2013-04-01", "2013-05-31")
    in_test = flights["flight_date"].ge(result.split.test_start) & flights["is_arrival_delayed"].notna()
    assert result.flights == in_test.sum()
    assert 0.66 < result.scores.roc_auc < 0.80


def test_a_departure_delay_that_equals_the_arrival_delay_triggers_the_alarm(flights, warehouse_file):
    path = warehouse_file(departing(flights, flights["arrival_delay_minutes"]))
    with pytest.raises(LeakSuspected, match=r"'at departure': 1.0} is above 0.925"):
        at_departure.measure(path)


def test_a_published_file_that_was_changed_is_not_read(data_dir, monkeypatch):
    monkeypatch.setattr(at_departure, "LIGHTGBM_LOADS", True)
    commit_all()
    warehouse.prepare_candidate()
    candidate(1)
    warehouse.mark_candidate_validated()
    file = warehouse.publish_candidate().path
    file.chmod(0o644)
    os.truncate(file, file.stat().st_size - 1)
    with pytest.raises(warehouse.DamagedVersion, match="has been changed since it was published"):
        at_departure.report()
