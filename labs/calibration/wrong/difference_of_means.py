# fails test_error: over all flights, too high here and too low there cancel out.
import numpy as np
from sklearn.isotonic import IsotonicRegression


def reliability(table, bins=10):
    table = table.sort_values("probability", kind="stable")
    pieces = np.array_split(np.arange(len(table)), bins)
    number = np.repeat(range(bins), [len(piece) for piece in pieces])
    return table.groupby(number).agg(
        flights=("is_late", "size"), mean_probability=("probability", "mean"), late_share=("is_late", "mean")
    )


def calibration_error(table, bins=10):
    return float(abs(table["probability"].mean() - table["is_late"].mean()))


def calibrated(validation, test):
    calibrator = IsotonicRegression(out_of_bounds="clip")
    calibrator.fit(validation["probability"], validation["is_late"])
    return calibrator.predict(test["probability"])
