# fails test_reliability: bins of equal width, of which some have hardly any flights.
import numpy as np
from sklearn.isotonic import IsotonicRegression


def reliability(table, bins=10):
    number = np.minimum((table["probability"] * bins).astype(int), bins - 1)
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
