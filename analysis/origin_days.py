"""One row per origin and day: the share of bad flights in each part of the day, and the weather."""

from datetime import timedelta

import numpy as np
import pandas as pd

from analysis.flights import PARTS_OF_DAY, NotEnoughData

#: Share of the flights scheduled in each part of the day that were late (15 minutes or more), cancelled or diverted.
BAD_SHARES = [f"{part}_bad_share" for part in PARTS_OF_DAY]
#: The columns that day types and unusual days are computed from. The square root brings a day with 5 % of its flights
#: cancelled closer to one with 80 %.
PROFILE = [*BAD_SHARES, "root_cancelled_share"]

FEWEST_ORIGIN_DAYS = 50

#: By kind of severe weather: the column and its limit. Weather is severe from the limit on (visibility: up to it). The
#: limit for gusts is 40 knots, at which the National Weather Service advises against travel; for visibility, one mile.
SEVERE_AT_LEAST = {
    "snow or ice": ("frozen_precipitation_millimeters", 0.1),
    "heavy precipitation": ("precipitation_millimeters", 10.0),
    "strong gusts": ("wind_gust_meters_per_second", 20.6),
}
SEVERE_AT_MOST = {"low visibility": ("visibility_kilometers", 1.61)}

_KEY = ["origin_airport_code", "flight_date"]


def origin_days(flights: pd.DataFrame) -> pd.DataFrame:
    """One row per origin and local day that has flights in every part of the day.

    Columns: the key; ``flights``; ``bad_share`` (late, cancelled or diverted) of all flights and of each part of the
    day; ``cancelled_share`` and its square root; the weather in the hours with departures; ``severe_weather``, its
    kinds as text, empty if there was none; ``is_severe``; ``was_severe_before``, on the day before.
    Raises :class:`NotEnoughData` if fewer than ``FEWEST_ORIGIN_DAYS`` rows remain.
    """
    days = _shares(flights.assign(is_bad=flights["is_arrival_delayed"].ne(0))).join(_weather(flights))
    if len(days) < FEWEST_ORIGIN_DAYS:
        raise NotEnoughData(
            f"There are {len(days)} days of an origin with flights in every part of the day; "
            f"finding types of days needs {FEWEST_ORIGIN_DAYS}."
        )
    return days.assign(
        root_cancelled_share=np.sqrt(days["cancelled_share"]),
        # Without any weather report, a day counts as one without severe weather.
        severe_weather=days["severe_weather"].fillna(""),
        is_severe=days["is_severe"].eq(True),
        was_severe_before=days["was_severe_before"].eq(True),
    ).reset_index()


def _shares(flights: pd.DataFrame) -> pd.DataFrame:
    """Number of flights and shares per origin and day, without days that lack flights in some part of the day."""
    parts = (
        flights.pivot_table(index=_KEY, columns="part_of_day", values="is_bad", aggfunc="mean", observed=False)
        .reindex(columns=list(PARTS_OF_DAY))
        .set_axis(BAD_SHARES, axis="columns")
    )
    shares = flights.groupby(_KEY).agg(
        flights=("is_bad", "size"), bad_share=("is_bad", "mean"), cancelled_share=("is_cancelled", "mean")
    )
    return shares.join(parts).dropna(subset=BAD_SHARES)


def _weather(flights: pd.DataFrame) -> pd.DataFrame:
    """Per origin and day, over the hours with departures: total and frozen precipitation, lowest visibility, strongest
    gust, and whether that is severe.
    """
    hours = flights.dropna(subset=["weather_key"]).drop_duplicates([*_KEY, "weather_key"])
    is_freezing = hours["temperature_celsius"] <= 0
    weather = (
        hours.assign(frozen_precipitation_millimeters=hours["precipitation_millimeters"].where(is_freezing, 0))
        .groupby(_KEY)
        .agg(
            precipitation_millimeters=("precipitation_millimeters", "sum"),
            frozen_precipitation_millimeters=("frozen_precipitation_millimeters", "sum"),
            visibility_kilometers=("visibility_kilometers", "min"),
            wind_gust_meters_per_second=("wind_gust_meters_per_second", "max"),
        )
    )
    kinds = {kind: weather[column] >= limit for kind, (column, limit) in SEVERE_AT_LEAST.items()}
    kinds |= {kind: weather[column] <= limit for kind, (column, limit) in SEVERE_AT_MOST.items()}
    severe = pd.DataFrame(kinds)
    weather["severe_weather"] = [", ".join(severe.columns[row]) for row in severe.to_numpy()]
    weather["is_severe"] = severe.any(axis="columns")
    day_before = weather.index.map(lambda key: (key[0], key[1] - timedelta(days=1)))
    weather["was_severe_before"] = weather["is_severe"].reindex(day_before, fill_value=False).to_numpy()
    return weather
