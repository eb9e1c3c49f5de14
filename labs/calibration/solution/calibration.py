"""Do probabilities mean what they say?"""

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression


def reliability(table: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Per bin of equal count: ``flights``, ``mean_probability`` and ``late_share``."""
    table = table.sort_values("probability", kind="stable")
    pieces = np.array_split(np.arange(len(table)), bins)
    number = np.repeat(range(bins), [len(piece) for piece in pieces])
    return table.groupby(number).agg(
        flights=("is_late", "size"), mean_probability=("probability", "mean"), late_share=("is_late", "mean")
    )


def calibration_error(table: pd.DataFrame, bins: int = 10) -> float:
    """Mean over the flights of |mean probability − late share| of their bin."""
    rows = reliability(table, bins)
    return float(np.average((rows["mean_probability"] - rows["late_share"]).abs(), weights=rows["flights"]))


def calibrated(validation: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """New probabilities for ``test``, by a calibrator fitted on ``validation``."""
    calibrator = IsotonicRegression(out_of_bounds="clip")
    calibrator.fit(validation["probability"], validation["is_late"])
    return calibrator.predict(test["probability"])
