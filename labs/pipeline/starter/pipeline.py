"""How probable is it that a flight arrives late?"""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

CATEGORIES = ["carrier", "origin", "dest", "hour"]
NUMBERS = ["distance", "temp", "wind_speed", "precip", "visib", "pressure"]


def model() -> Pipeline:
    """The preparation of ``CATEGORIES`` and ``NUMBERS``, then a logistic regression; unfitted."""
    raise NotImplementedError


def probabilities(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """The probability of ``is_late`` for each row of ``test``, by a model fitted on ``train``."""
    raise NotImplementedError
