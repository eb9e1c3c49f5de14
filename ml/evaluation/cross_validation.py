"""Rolling-origin cross-validation: would the candidates have done as well in other months?

Each fold trains on all months before one and tests on that month (Tashman, International Journal
of Forecasting 2000). The sealed test days are in no fold.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ml.evaluation import metrics
from ml.evaluation.split import Split, TooFewFlights, is_delayed

FOLDS = 4

#: Fits a new candidate of this name on flights; gives its probabilities for others.
FitAndPredict = Callable[[str, pd.DataFrame, pd.DataFrame], np.ndarray]


def rolling_origin(
    flights: pd.DataFrame, split: Split, candidates: list[str], fit_and_predict: FitAndPredict
) -> dict[str, Any]:
    """Scores of each candidate in each of the last ``FOLDS`` months before the test.

    ``flights``: those that arrived. Gives ``folds`` (test_start, test_end, flights trained on and tested,
    scores by candidate), oldest first, and ``mean_roc_auc`` by candidate. Raises
    :class:`ml.evaluation.split.TooFewFlights` when no month has one before it.
    """
    open_flights = flights[flights["flight_date"] < pd.Timestamp(split.test_start)]
    month = open_flights["flight_date"].dt.to_period("M")
    tested = sorted(month.unique())[1:][-FOLDS:]
    if not tested:
        raise TooFewFlights("Cross-validation needs flights of two months or more before the test days.")
    folds: list[dict[str, Any]] = []
    for last in tested:
        train, test = open_flights[month < last], open_flights[month == last]
        labels, scores = is_delayed(test), {}
        for name in candidates:
            found = metrics.score(labels, fit_and_predict(name, train, test))
            scores[name] = metrics.as_dict(found)
            print(f"{last} {name}: ROC-AUC {found.roc_auc:.4f}, log-loss {found.log_loss:.4f}")
        folds.append(
            {
                "test_start": str(test["flight_date"].min().date()),
                "test_end": str(test["flight_date"].max().date()),
                "flights": {"train": len(train), "test": len(test)},
                "scores": scores,
            }
        )
    means = {name: round(float(np.mean([fold["scores"][name]["roc_auc"] for fold in folds])), 5) for name in candidates}
    return {"folds": folds, "mean_roc_auc": means}
