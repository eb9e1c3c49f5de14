# fails test_order: KMeans numbers its types as it finds them.
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

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
    scaled = StandardScaler().fit_transform(days)
    divisions = [KMeans(count, n_init=20, random_state=4).fit_predict(scaled) for count in COUNTS]
    labels = [labels for labels in divisions if np.bincount(labels).min() >= SMALLEST_SHARE * len(days)][-1]
    return pd.Series(labels, index=days.index)
