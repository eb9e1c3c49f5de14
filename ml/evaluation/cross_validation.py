"""Rolling-origin cross-validation: how well do the candidates score in other months?

Each fold tests on one month and trains on all months before it (Tashman, International Journal of Forecasting 2000).
The test part of the split is in no fold.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ml.evaluation import metrics
from ml.evaluation.split import Split, TooFewFlights, is_delayed

FOLDS = 4

#: Takes a candidate's name, flights to train on and flights to test on. Fits a new candidate and returns its
#: probabilities for the test flights.
FitAndPredict = Callable[[str, pd.DataFrame, pd.DataFrame], np.ndarray]


def rolling_origin(
    flights: pd.DataFrame, split: Split, candidates: list[str], fit_and_predict: FitAndPredict
) -> dict[str, Any]:
    """Score each candidate in each of the last ``FOLDS`` months before the test part.

    ``flights``: those that arrived. Returns ``folds``, oldest first (``test_start``, ``test_end``, number of
    ``flights`` by part, ``scores`` by candidate), and ``mean_roc_auc`` by candidate. Raises
    :class:`ml.evaluation.split.TooFewFlights` if there are fewer than two months before the test part.
    """
    before_test = flights[flights["flight_date"] < pd.Timestamp(split.test_start)]
    month = before_test["flight_date"].dt.to_period("M")
    test_months = sorted(month.unique())[1:][-FOLDS:]
    if not test_months:
        raise TooFewFlights("Cross-validation needs flights of two months or more before the test days.")
    folds = []
    for test_month in test_months:
        train, test = before_test[month < test_month], before_test[month == test_month]
        labels, scores = is_delayed(test), {}
        for name in candidates:
            scores[name] = metrics.score(labels, fit_and_predict(name, train, test))
            print(f"{test_month} {name}: ROC-AUC {scores[name].roc_auc:.4f}, log-loss {scores[name].log_loss:.4f}")
        folds.append(_fold(train, test, scores))
    means = {name: round(float(np.mean([fold["scores"][name]["roc_auc"] for fold in folds])), 5) for name in candidates}
    return {"folds": folds, "mean_roc_auc": means}


def _fold(train: pd.DataFrame, test: pd.DataFrame, scores: dict[str, metrics.Scores]) -> dict[str, Any]:
    return {
        "test_start": str(test["flight_date"].min().date()),
        "test_end": str(test["flight_date"].max().date()),
        "flights": {"train": len(train), "test": len(test)},
        "scores": {name: metrics.as_dict(score) for name, score in scores.items()},
    }
