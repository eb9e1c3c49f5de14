"""LightGBM's boosted trees as a scikit-learn classifier, stored in LightGBM's own text format."""

from collections.abc import Sequence

import lightgbm
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin


class LightGBMTrees(ClassifierMixin, BaseEstimator):
    """Leaf-wise boosted trees with native categories (Ke et al., NeurIPS 2017).

    ``categorical``: the columns that are categories; all others are numbers and may have missing values. With one
    thread and a fixed order of sums, the same flights give the same bytes.
    """

    def __init__(
        self,
        categorical: Sequence[str] = (),
        trees: int = 250,
        learning_rate: float = 0.05,
        leaves: int = 31,
        leaf_flights: int = 200,
        feature_share: float = 0.5,
        random_state: int = 0,
    ) -> None:
        self.categorical = categorical
        self.trees = trees
        self.learning_rate = learning_rate
        self.leaves = leaves
        self.leaf_flights = leaf_flights
        self.feature_share = feature_share
        self.random_state = random_state

    def fit(self, flights: pd.DataFrame, is_delayed: np.ndarray) -> "LightGBMTrees":
        parameters = {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.leaf_flights,
            "feature_fraction": self.feature_share,
            "seed": self.random_state,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }
        categories = flights.astype(dict.fromkeys(self.categorical, "category"))
        training = lightgbm.Dataset(categories, label=is_delayed, params=parameters)
        self.booster_ = lightgbm.train(parameters, training, self.trees)
        self.classes_ = np.array([False, True])
        return self

    def predict_proba(self, flights: pd.DataFrame) -> np.ndarray:
        categories = flights.astype(dict.fromkeys(self.categorical, "category"))
        # The booster remembers the categories it was trained on and treats any other as missing.
        share = np.asarray(self.booster_.predict(categories, num_threads=1))
        return np.column_stack([1 - share, share])

    def to_bytes(self) -> bytes:
        """The fitted trees in LightGBM's text format, after a first line with the categorical columns."""
        return (" ".join(self.categorical) + "\n" + self.booster_.model_to_string()).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "LightGBMTrees":
        """The trees that :meth:`to_bytes` wrote, ready to predict."""
        categorical, text = content.decode().split("\n", 1)
        model = cls(categorical.split())
        model.booster_ = lightgbm.Booster(model_str=text)
        model.classes_ = np.array([False, True])
        return model
