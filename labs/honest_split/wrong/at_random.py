# fails test_no_day_on_both_sides: it splits flights as if each had a day of its own.
import pandas as pd
from sklearn.model_selection import train_test_split


def parts(flights):
    parts = pd.Series("train", index=flights.index)
    rest, test = train_test_split(flights.index, test_size=0.17, random_state=0)
    _, validation = train_test_split(rest, test_size=0.1, random_state=0)
    parts[validation] = "validation"
    parts[test] = "test"
    return parts
