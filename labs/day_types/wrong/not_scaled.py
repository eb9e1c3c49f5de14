# fails test_types: the share of cancelled flights varies less than the other columns, and hardly counts.
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

PARTS = ["morning", "midday", "afternoon", "evening"]
COUNTS = range(2, 7)
SMALLEST_SHARE = 0.05


def profiles(flights):
    day = pd.to_datetime(flights[["year", "month", "day"]])
    part = pd.cut(flights["hour"], [-1, 9, 13, 17, 23], labels=PARTS).astype(str)
    never_left = flights["dep_time"].isna()
    is_bad = (flights["dep_delay"] >= 15) | never_left
    shares = is_bad.groupby([day, part]).mean().unstack()[PARTS].dropna()
    return shares.assign(root_cancelled=np.sqrt(never_left.groupby(day).mean()))


def day_types(flights):
    days = profiles(flights)
    divisions = [KMeans(count, n_init=20, random_state=0).fit_predict(days) for count in COUNTS]
    labels = [labels for labels in divisions if np.bincount(labels).min() >= SMALLEST_SHARE * len(days)][-1]
    rank = days[PARTS].mean(axis=1).groupby(labels).mean().rank().astype(int) - 1
    return pd.Series(labels, index=days.index).map(rank)
