# fails test_count: the silhouette prefers two types, good days and bad ones.
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

PARTS = ["morning", "midday", "afternoon", "evening"]
COUNTS = range(2, 7)


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
    divisions = [KMeans(count, n_init=20, random_state=0).fit_predict(scaled) for count in COUNTS]
    labels = max(divisions, key=lambda labels: silhouette_score(scaled, labels))
    rank = days[PARTS].mean(axis=1).groupby(labels).mean().rank().astype(int) - 1
    return pd.Series(labels, index=days.index).map(rank)
