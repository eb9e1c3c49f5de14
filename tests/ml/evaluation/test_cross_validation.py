import numpy as np
import pandas as pd
import pytest

from ml.evaluation import cross_validation
from ml.evaluation.split import TooFewFlights, split_in_time


def flights(first, last):
    days = pd.date_range(first, last)
    made = pd.DataFrame({"flight_date": days.repeat(2)})
    return made.assign(is_arrival_delayed=np.tile([True, False], len(days)))


def test_each_month_is_tested_on_all_before_it_and_the_sealed_test_on_nothing():
    year, asked = flights("2013-01-01", "2013-12-31"), []

    def fit_and_predict(name, train, test):
        asked.append((name, train["flight_date"].min(), train["flight_date"].max(), test["flight_date"].min()))
        return np.where(test["is_arrival_delayed"], 0.9, 0.1) if name == "oracle" else np.full(len(test), 0.5)

    found = cross_validation.rolling_origin(year, split_in_time(year), ["oracle", "coin"], fit_and_predict)
    assert [fold["test_start"] for fold in found["folds"]] == [f"2013-{month:02d}-01" for month in (7, 8, 9, 10)]
    assert [fold["flights"] for fold in found["folds"]] == [
        {"train": 2 * 181, "test": 62},
        {"train": 2 * 212, "test": 62},
        {"train": 2 * 243, "test": 60},
        {"train": 2 * 273, "test": 62},
    ]
    for _, first, last, tested in asked:
        assert (first, last) == (pd.Timestamp("2013-01-01"), tested - pd.Timedelta(days=1))
    assert found["mean_roc_auc"] == {"oracle": 1.0, "coin": 0.5}


def test_one_month_has_none_before_it():
    month = flights("2013-01-01", "2013-01-31")
    with pytest.raises(TooFewFlights, match="two months or more before the test days"):
        cross_validation.rolling_origin(month, split_in_time(month), ["coin"], lambda *_: np.array([]))
