"""The candidates: models that compete in every training, by name.

A candidate is a function that returns an unfitted scikit-learn classifier. The training fits it on a frame with the
columns of :data:`ml.features.catalog.FEATURES`. To add one, write the function, add it to ``CANDIDATES``, and allow
the types that its file contains in :data:`ml.registry.artifacts.TRUSTED_TYPES`.

The neural network competes only where PyTorch is installed (``pip install torch==2.13.0``).
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from ml.features.catalog import CATEGORICAL, NUMERIC

RANDOM_STATE = 20130101

#: What trees see for a missing number. Their own handling of missing values fails on a column without any value.
MISSING_NUMBER = -9999.0

#: Settings of :func:`hist_gradient_boosting`; :mod:`analysis.leaks` measures leaks with the same.
HIST_GRADIENT_BOOSTING: dict[str, Any] = {
    # Small trees: larger ones overfit, which shows in later months.
    "learning_rate": 0.1,
    "max_iter": 150,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 500,
    # Early stopping holds out random flights, whose score says nothing about later months.
    "early_stopping": False,
    "random_state": RANDOM_STATE,
}
TORCH_IS_INSTALLED = find_spec("torch") is not None


def _lightgbm_loads() -> bool:
    try:
        import lightgbm  # noqa: F401
    except OSError:
        # LightGBM's wheel needs the system's OpenMP: Debian's libgomp1, Fedora's libgomp, Homebrew's libomp.
        return False
    return True


LIGHTGBM_LOADS = _lightgbm_loads()


class OriginHourClimatology(ClassifierMixin, BaseEstimator):
    """Predicts the delayed share of the flight's origin and hour in the training period.

    Additive smoothing: every origin and hour gets ``smoothing_flights`` extra flights with the overall share. An
    origin and hour without training flights gets the overall share.
    """

    def __init__(self, smoothing_flights: float = 100.0) -> None:
        self.smoothing_flights = smoothing_flights

    def fit(self, flights: pd.DataFrame, is_delayed: np.ndarray) -> "OriginHourClimatology":
        self.classes_ = np.array([False, True])
        self.overall_share_ = float(np.mean(is_delayed))
        groups = pd.Series(is_delayed, dtype=float).groupby(self._group(flights))
        smoothed = (groups.sum() + self.smoothing_flights * self.overall_share_) / (
            groups.count() + self.smoothing_flights
        )
        self.shares_ = {str(group): float(share) for group, share in smoothed.items()}
        return self

    def predict_proba(self, flights: pd.DataFrame) -> np.ndarray:
        share = pd.Series(self._group(flights)).map(self.shares_).fillna(self.overall_share_).to_numpy()
        return np.column_stack([1 - share, share])

    @staticmethod
    def _group(flights: pd.DataFrame) -> np.ndarray:
        origin = flights["origin_airport_code"].astype(str)
        return (origin + " " + flights["scheduled_departure_hour"].astype(str)).to_numpy()


def base_rate() -> BaseEstimator:
    """Predicts the training period's delayed share for every flight: the baseline that any model must beat."""
    return DummyClassifier(strategy="prior")


def logistic_regression() -> BaseEstimator:
    """A linear model with one weight per category and per standardised number; missing numbers become the mean."""
    numbers = Pipeline([("fill", SimpleImputer(keep_empty_features=True)), ("scale", StandardScaler())])
    prepare = ColumnTransformer(
        [
            ("categories", OneHotEncoder(handle_unknown="ignore", min_frequency=50, dtype=np.float32), CATEGORICAL),
            ("numbers", numbers, NUMERIC),
        ]
    )
    return Pipeline([("prepare", prepare), ("model", LogisticRegression(C=0.1, solver="newton-cholesky"))])


def hist_gradient_boosting() -> BaseEstimator:
    """Scikit-learn's boosted trees with native categories."""
    # A column may have at most 255 categories, so the encoder merges the rarest of a column with more.
    categories = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=254, dtype=np.float32
    )
    numbers = SimpleImputer(strategy="constant", fill_value=MISSING_NUMBER, keep_empty_features=True)
    prepare = ColumnTransformer([("categories", categories, CATEGORICAL), ("numbers", numbers, NUMERIC)])
    model = HistGradientBoostingClassifier(**HIST_GRADIENT_BOOSTING, categorical_features=list(range(len(CATEGORICAL))))
    return Pipeline([("prepare", prepare), ("model", model)])


def lightgbm() -> BaseEstimator:
    """More and larger trees than :func:`hist_gradient_boosting`, each on half of the features, with slow learning."""
    from ml.candidates.lightgbm_trees import LightGBMTrees

    return LightGBMTrees(CATEGORICAL, random_state=RANDOM_STATE)


def embedding_mlp() -> BaseEstimator:
    """A neural network that learns a vector for each category."""
    from ml.candidates.embedding_mlp import EmbeddingMLP

    return EmbeddingMLP(CATEGORICAL, random_state=RANDOM_STATE)


CANDIDATES: dict[str, Callable[[], BaseEstimator]] = {
    "base_rate": base_rate,
    "climatology": OriginHourClimatology,
    "logistic_regression": logistic_regression,
    "hist_gradient_boosting": hist_gradient_boosting,
    **({"lightgbm": lightgbm} if LIGHTGBM_LOADS else {}),
    **({"embedding_mlp": embedding_mlp} if TORCH_IS_INSTALLED else {}),
}
