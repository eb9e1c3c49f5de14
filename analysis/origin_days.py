"""One row for each origin and day: how its flights went, part of day by part of day, and the weather they had."""

from datetime import timedelta

import numpy as np
import pandas as pd

from analysis.flights import PARTS_OF_DAY, NothingToTell

#: Share of flights, scheduled in that part of the day, that did not arrive within 15 minutes of their schedule.
BAD_SHARES = [f"{part}_bad_share" for part in PARTS_OF_DAY]
#: What a day is told apart by. The square root brings a day of 5 % cancelled nearer to one of 80 %.
PROFILE = [*BAD_SHARES, "root_cancelled_share"]

FEWEST_ORIGIN_DAYS = 50

#: Severe weather by its kind: column, and from which value on it is severe (up to which, for visibility).
#: One mile of visibility; 40 knots, from which the National Weather Service advises against travel.
SEVERE_AT_LEAST = {
    "snow or ice": ("frozen_precipitation_millimeters", 0.1),
    "heavy precipitation": ("precipitation_millimeters", 10.0),
    "strong gusts": ("wind_gust_meters_per_second", 20.6),
}
SEVERE_AT_MOST = {"low visibility": ("visibility_kilometers", 1.61)}

_KEY = ["origin_airport_code", "flight_date"]


def origin_days(flights: pd.DataFrame) -> pd.DataFrame:
    """A row for each origin and local day, without those on which a part of the day had no flight.

    Columns: ``flights``; ``bad_share`` (late, cancelled or diverted) of all and by part of day; ``cancelled_share``
    and its root; the weather of the hours with departures; ``severe_weather``, its kinds in words, empty where
    there was none; ``is_severe``, and ``was_severe_before``, on the day before.
    Raises :class:`NothingToTell` when too few days are left.
    """
    judged = flights.assign(is_bad=flights["is_arrival_delayed"].ne(0))
    parts = (
        judged.pivot_table(index=_KEY, columns="part_of_day", values="is_bad", aggfunc="mean", observed=False)
        .reindex(columns=list(PARTS_OF_DAY))
        .set_axis(BAD_SHARES, axis="columns")
    )
    shares = judged.groupby(_KEY).agg(
        flights=("is_bad", "size"), bad_share=("is_bad", "mean"), cancelled_share=("is_cancelled", "mean")
    )
    days = shares.join(parts).join(_weather(flights)).dropna(subset=BAD_SHARES)
    if len(days) < FEWEST_ORIGIN_DAYS:
        raise NothingToTell(
            f"There are {len(days)} days of an origin with flights in every part of the day; "
            f"to divide them needs {FEWEST_ORIGIN_DAYS}."
        )
    return days.assign(
        root_cancelled_share=np.sqrt(days["cancelled_share"]),
        # A day without any report of the weather is none with severe weather.
        severe_weather=days["severe_weather"].fillna(""),
        is_severe=days["is_severe"].eq(True),
        was_severe_before=days["was_severe_before"].eq(True),
    ).reset_index()


def _weather(flights: pd.DataFrame) -> pd.DataFrame:
    """Of the hours with departures: precipitation, the frozen part of it, least visibility, strongest gust."""
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
