# fails test_in_time: no day is on both sides, but the model is asked about days before those it learned from.
import numpy as np
import pandas as pd


def parts(flights):
    day = flights["year"] * 10000 + flights["month"] * 100 + flights["day"]
    days = np.random.default_rng(0).permutation(np.sort(day.unique()))
    test, validation = days[: len(days) // 6], days[len(days) // 6 : len(days) // 4]
    parts = pd.Series("train", index=flights.index)
    parts[day.isin(validation)] = "validation"
    parts[day.isin(test)] = "test"
    return parts
