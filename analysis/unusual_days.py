"""Unusual days: IsolationForest on the profile of each origin and day, and what the weather was like on them."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sklearn.ensemble import IsolationForest

from analysis.origin_days import BAD_SHARES, PROFILE
from ml.evaluation.uncertainty import RANDOM_STATE

SHARE = 0.02
TREES = 100


@dataclass(frozen=True)
class UnusualDay:
    """One day at one origin. Weather is None if none was reported; ``severe_weather`` is empty if there was none."""

    day: date
    origin: str
    flights: int
    bad_share: float
    cancelled_share: float
    worst_part: str
    severe_weather: str
    was_severe_before: bool
    precipitation_millimeters: float | None
    visibility_kilometers: float | None
    wind_gust_meters_per_second: float | None


@dataclass(frozen=True)
class UnusualDays:
    """The unusual days by date, and the share with severe weather among them and among all days.

    ``lingering``: with severe weather on the day or on the day before.
    """

    days: tuple[UnusualDay, ...]
    origin_days: int
    dates: int
    severe_share: float
    severe_share_of_all: float
    lingering_share: float
    lingering_share_of_all: float


def unusual_days(days: pd.DataFrame) -> UnusualDays:
    """The two percent of :func:`analysis.origin_days.origin_days` that need the fewest random cuts to isolate.

    Method: Liu, Ting & Zhou 2008. The forest sees only how the flights went, not the weather.
    """
    forest = IsolationForest(n_estimators=TREES, contamination=SHARE, random_state=RANDOM_STATE)
    is_unusual = forest.fit_predict(days[PROFILE].to_numpy()) == -1
    is_severe, lingers = days["is_severe"], days["is_severe"] | days["was_severe_before"]
    unusual = days[is_unusual].sort_values(["flight_date", "origin_airport_code"])
    return UnusualDays(
        tuple(_unusual_day(day) for _, day in unusual.iterrows()),
        origin_days=len(days),
        dates=unusual["flight_date"].nunique(),
        severe_share=float(is_severe[is_unusual].mean()),
        severe_share_of_all=float(is_severe.mean()),
        lingering_share=float(lingers[is_unusual].mean()),
        lingering_share_of_all=float(lingers.mean()),
    )


def _unusual_day(day: pd.Series) -> UnusualDay:
    def number(name: str) -> float | None:
        return None if pd.isna(day[name]) else float(day[name])

    return UnusualDay(
        day=day["flight_date"].date(),
        origin=day["origin_airport_code"],
        flights=int(day["flights"]),
        bad_share=float(day["bad_share"]),
        cancelled_share=float(day["cancelled_share"]),
        worst_part=str(day[BAD_SHARES].astype(float).idxmax()).removesuffix("_bad_share"),
        severe_weather=day["severe_weather"],
        was_severe_before=bool(day["was_severe_before"]),
        precipitation_millimeters=number("precipitation_millimeters"),
        visibility_kilometers=number("visibility_kilometers"),
        wind_gust_meters_per_second=number("wind_gust_meters_per_second"),
    )
