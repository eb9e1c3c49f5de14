"""How probable is it that a flight arrives late?"""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

CATEGORIES = ["carrier", "origin", "dest", "hour"]
NUMBERS = ["distance", "temp", "wind_speed", "precip", "visib", "pressure"]


def model() -> Pipeline:
    """The preparation of ``CATEGORIES`` and ``NUMBERS``, then a logistic regression; unfitted."""
    prepare = ColumnTransformer(
        [
            ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
        ]
    )
    return make_pipeline(prepare, LogisticRegression(max_iter=500))


def probabilities(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """The probability of ``is_late`` for each row of ``test``, by a model fitted on ``train``."""
    columns = CATEGORIES + NUMBERS
    return model().fit(train[columns], train["is_late"]).predict_proba(test[columns])[:, 1]
