# fails test_ties: where many flights have the same probability, two quantiles are the same number.
import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression


def reliability(table, bins=10):
    number = pd.qcut(table["probability"], bins, labels=False, duplicates="drop")
    return table.groupby(number).agg(
        flights=("is_late", "size"), mean_probability=("probability", "mean"), late_share=("is_late", "mean")
    )


def calibration_error(table, bins=10):
    rows = reliability(table, bins)
    return float(np.average((rows["mean_probability"] - rows["late_share"]).abs(), weights=rows["flights"]))


def calibrated(validation, test):
    calibrator = IsotonicRegression(out_of_bounds="clip")
    calibrator.fit(validation["probability"], validation["is_late"])
    return calibrator.predict(test["probability"])
