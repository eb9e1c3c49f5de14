"""Types of days: KMeans on the profile of each origin and day, with measures of how reliable the types are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.preprocessing import StandardScaler

from analysis.flights import PARTS_OF_DAY, NotEnoughData
from analysis.origin_days import BAD_SHARES, PROFILE
from ml.evaluation.uncertainty import RANDOM_STATE

#: Four is the finest division whose types can be described in words. The report also shows other numbers of types.
TYPES = 4
COMPARED = range(2, 7)
RESAMPLES = 25

#: From the best days to the worst.
NAMES = ("calm", "ordinary", "afternoon collapse", "all-day meltdown")


@dataclass(frozen=True)
class DayType:
    """The days of one type. Shares are means over these days; ``days_by_month`` counts them (``2013-01`` → days)."""

    name: str
    days: int
    bad_shares: dict[str, float]
    cancelled_share: float
    severe_weather_share: float
    days_by_month: dict[str, int]


@dataclass(frozen=True)
class Division:
    """How well a number of types divides the days.

    ``silhouette`` is 1 if the types are far apart and 0 if they touch (Rousseeuw 1987). ``stability`` is the mean
    adjusted Rand index between these types and the types of resampled dates: 1 means the same types, 0 no more
    agreement than by chance (Hubert & Arabie 1985; Hennig 2007).
    """

    types: int
    silhouette: float
    stability: float


@dataclass(frozen=True)
class DayTypes:
    """``types`` from the best to the worst; ``names``: the type of each row of the input."""

    types: tuple[DayType, ...]
    divisions: tuple[Division, ...]
    names: pd.Series


def day_types(days: pd.DataFrame) -> DayTypes:
    """The types of the days of :func:`analysis.origin_days.origin_days`.

    Raises :class:`NotEnoughData` if there are fewer different days than types.
    """
    if len(days[PROFILE].drop_duplicates()) < max(COMPARED):
        raise NotEnoughData("The days hardly differ, so they have no types.")
    profiles = StandardScaler().fit_transform(days[PROFILE])
    divisions = tuple(_division(profiles, days["flight_date"], count) for count in COMPARED)
    labels = _fit(profiles, TYPES).labels_
    means = days.groupby(labels)[BAD_SHARES].mean()
    names = pd.Series(labels, index=days.index).map(_names(means))
    return DayTypes(tuple(_type(name, days[names == name]) for name in NAMES), divisions, names)


def _names(bad_shares: pd.DataFrame) -> dict[int, str]:
    """A name for each label, given its mean bad share in each part of the day.

    The best and the worst mean over the day are calm and meltdown. Of the other two, the collapse is the one that
    worsens more from morning to evening.
    """
    overall = bad_shares.mean(axis=1)
    best, worst = overall.idxmin(), overall.idxmax()
    middle = bad_shares.drop([best, worst])
    collapse = (middle[BAD_SHARES[-1]] - middle[BAD_SHARES[0]]).idxmax()
    [ordinary] = middle.index.difference([collapse])
    return dict(zip((best, ordinary, collapse, worst), NAMES, strict=True))


def _type(name: str, days: pd.DataFrame) -> DayType:
    months = days["flight_date"].dt.strftime("%Y-%m").value_counts().sort_index()
    return DayType(
        name,
        len(days),
        {part: float(days[column].mean()) for part, column in zip(PARTS_OF_DAY, BAD_SHARES, strict=True)},
        float(days["cancelled_share"].mean()),
        float(days["is_severe"].mean()),
        {str(month): int(count) for month, count in months.items()},
    )


def _division(profiles: np.ndarray, dates: pd.Series, count: int) -> Division:
    labels = _fit(profiles, count).labels_
    # Origins share the weather of a date, so we resample dates with all of their origins.
    rows_of_date = list(pd.Series(range(len(dates))).groupby(dates.to_numpy()).apply(np.array))
    random = np.random.default_rng(RANDOM_STATE)
    agreement = []
    for _ in range(RESAMPLES):
        resampled_dates = random.integers(len(rows_of_date), size=len(rows_of_date))
        rows = np.concatenate([rows_of_date[date] for date in resampled_dates])
        agreement.append(adjusted_rand_score(labels, _fit(profiles[rows], count).predict(profiles)))
    return Division(count, float(silhouette_score(profiles, labels)), float(np.mean(agreement)))


def _fit(profiles: np.ndarray, count: int) -> KMeans:
    return KMeans(count, n_init=5, random_state=RANDOM_STATE).fit(profiles)
