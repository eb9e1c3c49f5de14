# fails test_winter: November and December are the last months only of a year that ends in December.
import pandas as pd


def parts(flights):
    parts = pd.Series("train", index=flights.index)
    parts[flights["month"] == 10] = "validation"
    parts[flights["month"] >= 11] = "test"
    return parts
