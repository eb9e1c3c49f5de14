# fails test_calibrated: scores that go from 0 to 1 look like probabilities, but nobody has counted late flights.
import numpy as np


def reliability(table, bins=10):
    table = table.sort_values("probability", kind="stable")
    pieces = np.array_split(np.arange(len(table)), bins)
    number = np.repeat(range(bins), [len(piece) for piece in pieces])
    return table.groupby(number).agg(
        flights=("is_late", "size"), mean_probability=("probability", "mean"), late_share=("is_late", "mean")
    )


def calibration_error(table, bins=10):
    rows = reliability(table, bins)
    return float(np.average((rows["mean_probability"] - rows["late_share"]).abs(), weights=rows["flights"]))


def calibrated(validation, test):
    lowest, highest = validation["probability"].min(), validation["probability"].max()
    return ((test["probability"] - lowest) / (highest - lowest)).clip(0, 1).to_numpy()
