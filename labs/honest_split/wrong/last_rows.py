# fails test_row_order: it takes the last rows of the file for the last days.
import pandas as pd


def parts(flights):
    count = len(flights)
    numbers = pd.Series(range(count), index=flights.index)
    return pd.cut(numbers, [-1, 0.75 * count, 0.83 * count, count], labels=["train", "validation", "test"]).astype(str)
