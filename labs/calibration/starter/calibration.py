"""Do probabilities mean what they say?"""

import numpy as np
import pandas as pd


def reliability(table: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Per bin of equal count: ``flights``, ``mean_probability`` and ``late_share``."""
    raise NotImplementedError


def calibration_error(table: pd.DataFrame, bins: int = 10) -> float:
    """Mean over the flights of |mean probability − late share| of their bin."""
    raise NotImplementedError


def calibrated(validation: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """New probabilities for ``test``, by a calibrator fitted on ``validation``."""
    raise NotImplementedError
