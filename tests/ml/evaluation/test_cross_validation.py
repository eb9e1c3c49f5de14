import numpy as np
import pandas as pd
import pytest

from ml.evaluation import cross_validation
from ml.evaluation.split import TooFewFlights, split_in_time


def flights(first: str, last: str) -> pd.DataFrame:
    """Two flights on each day, one of them delayed."""
    days = pd.date_range(first, last)
    return pd.DataFrame({"flight_date": days.repeat(2), "is_arrival_delayed": np.tile([True, False], len(days))})


def test_each_fold_trains_on_all_earlier_months_and_none_uses_the_test_part():
    year, calls = flights("2013-01-01", "2013-12-31"), []

    def fit_and_predict(name, train, test):
        calls.append((name, train["flight_date"].min(), train["flight_date"].max(), test["flight_date"].min()))
        return np.where(test["is_arrival_delayed"], 0.9, 0.1) if name == "oracle" else np.full(len(test), 0.5)

    results = cross_validation.rolling_origin(year, split_in_time(year), ["oracle", "coin"], fit_and_predict)
    assert [fold["test_start"] for fold in results["folds"]] == [f"2013-{month:02d}-01" for month in (7, 8, 9, 10)]
    assert [fold["flights"] for fold in results["folds"]] == [
        {"train": 2 * 181, "test": 62},
        {"train": 2 * 212, "test": 62},
        {"train": 2 * 243, "test": 60},
        {"train": 2 * 273, "test": 62},
    ]
    for _, train_start, train_end, test_start in calls:
        assert (train_start, train_end) == (pd.Timestamp("2013-01-01"), test_start - pd.Timedelta(days=1))
    assert results["mean_roc_auc"] == {"oracle": 1.0, "coin": 0.5}


def test_one_month_is_too_few_to_cross_validate():
    month = flights("2013-01-01", "2013-01-31")
    with pytest.raises(TooFewFlights, match="two months or more before the test days"):
        cross_validation.rolling_origin(month, split_in_time(month), ["coin"], lambda *_: np.array([]))
