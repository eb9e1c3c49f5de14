"""Types of days and unusual days, on made-up days of known types."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.day_types import NAMES, DayTypes, day_types
from analysis.flights import NotEnoughData
from analysis.origin_days import BAD_SHARES, PROFILE, origin_days
from analysis.unusual_days import unusual_days

HOURS = {"morning": 8, "midday": 12, "afternoon": 15, "evening": 20}
LATE, CANCELLED = {"arrival_delay_minutes": 30.0}, {"arrival_delay_minutes": None, "is_cancelled": True}
DIVERTED = {"arrival_delay_minutes": None}


@pytest.fixture(scope="module")
def kinds() -> pd.DataFrame:
    """Profiles of 100 days of four kinds at two origins, with a little noise."""
    random = np.random.default_rng(1)
    planted = {
        "calm": (50, (0.05, 0.05, 0.1, 0.1), 0.0),
        "ordinary": (30, (0.2, 0.25, 0.3, 0.35), 0.01),
        "afternoon collapse": (15, (0.1, 0.2, 0.8, 0.9), 0.05),
        "all-day meltdown": (5, (0.8, 0.8, 0.9, 0.9), 0.4),
    }
    rows = []
    for kind, (count, bad, cancelled) in planted.items():
        for _ in range(2 * count):
            rows.append({"kind": kind, "cancelled_share": cancelled, "bad_share": np.mean(bad)})
            rows[-1] |= {name: share + random.normal(0, 0.02) for name, share in zip(BAD_SHARES, bad, strict=True)}
    days = pd.DataFrame(rows)
    dates = pd.date_range("2013-01-01", periods=len(days) // 2)
    return days.assign(
        origin_airport_code=np.tile(["EWR", "JFK"], len(dates)),
        flight_date=np.repeat(dates, 2),
        flights=300,
        root_cancelled_share=np.sqrt(days["cancelled_share"]),
        is_severe=days["kind"] == "all-day meltdown",
        was_severe_before=False,
        severe_weather=np.where(days["kind"] == "all-day meltdown", "snow or ice", ""),
        precipitation_millimeters=1.0,
        visibility_kilometers=16.0,
        wind_gust_meters_per_second=np.nan,
    )


# -- the profile -------------------------------------------------------------------
def test_flights_are_counted_by_part_of_the_day_and_weather_by_hour(made):
    dates = pd.date_range("2013-01-01", periods=50)
    quiet = [(1, {"flight_date": date, "scheduled_departure_hour": hour}) for date in dates for hour in HOURS.values()]
    snow = {"precipitation_millimeters": 2.0, "temperature_celsius": -1.0, "visibility_kilometers": 0.8}
    rain = {"precipitation_millimeters": 3.0, "temperature_celsius": 4.0, "wind_gust_meters_per_second": 12.0}
    day = {"flight_date": "2013-01-02", "origin_airport_code": "JFK"}
    stormy = [
        (2, {"scheduled_departure_hour": 9, "weather_key": "9"} | snow | LATE),
        (1, {"scheduled_departure_hour": 9, "weather_key": "9"} | snow),
        (1, {"scheduled_departure_hour": 10, "weather_key": "10"} | rain | CANCELLED),
        (1, {"scheduled_departure_hour": 14, "weather_key": "14"}),
        (1, {"scheduled_departure_hour": 14, "weather_key": "14"} | DIVERTED),
        (2, {"scheduled_departure_hour": 18, "weather_key": None}),
    ]
    after = [(1, day | {"flight_date": "2013-01-03", "scheduled_departure_hour": hour}) for hour in HOURS.values()]
    # This day has no flight in the evening, so it is left out.
    half = [(1, day | {"flight_date": "2013-01-04", "scheduled_departure_hour": hour}) for hour in (8, 12, 15)]
    result = origin_days(made(*quiet, *[(count, day | columns) for count, columns in stormy], *after, *half))
    assert len(result) == 52
    storm, next_day = (row for _, row in result[result["origin_airport_code"] == "JFK"].iterrows())
    assert storm["flights"] == 8
    assert list(storm[BAD_SHARES]) == pytest.approx([2 / 3, 1, 1 / 2, 0])
    assert (storm["bad_share"], storm["cancelled_share"]) == (4 / 8, 1 / 8)
    assert storm["root_cancelled_share"] ** 2 == pytest.approx(1 / 8)
    # Three flights at nine o'clock share one hour of snow.
    assert storm["precipitation_millimeters"] == 5
    assert storm["frozen_precipitation_millimeters"] == 2
    assert (storm["visibility_kilometers"], storm["wind_gust_meters_per_second"]) == (0.8, 12)
    assert (storm["severe_weather"], storm["is_severe"]) == ("snow or ice, low visibility", True)
    assert (storm["was_severe_before"], next_day["was_severe_before"], next_day["is_severe"]) == (False, True, False)
    assert not result[PROFILE].isna().any(axis=None)


def test_too_few_days_give_no_types(made):
    with pytest.raises(NotEnoughData, match="There are 0 days"):
        origin_days(made((5, {})))


# -- types -------------------------------------------------------------------------
@pytest.fixture(scope="module")
def result(kinds) -> DayTypes:
    return day_types(kinds)


def test_planted_types_are_recovered_and_named(kinds, result):
    assert list(result.names) == list(kinds["kind"])
    assert [(kind.name, kind.days) for kind in result.types] == list(zip(NAMES, (100, 60, 30, 10), strict=True))
    for kind in result.types:
        days = kinds[kinds["kind"] == kind.name]
        assert list(kind.bad_shares.values()) == pytest.approx(days[BAD_SHARES].mean().tolist())
    assert [kind.severe_weather_share for kind in result.types] == [0, 0, 0, 1]
    assert result.types[0].days_by_month == {"2013-01": 62, "2013-02": 38}


def test_the_planted_number_of_types_fits_best(result):
    divisions = {division.types: division for division in result.divisions}
    assert list(divisions) == [2, 3, 4, 5, 6]
    assert divisions[4].stability > 0.98
    assert divisions[4].silhouette > 0.8
    assert max(divisions.values(), key=lambda division: division.silhouette).types == 4
    assert divisions[6].stability < 0.9


def test_the_same_days_give_the_same_types(kinds, result):
    repeated = day_types(kinds)
    assert (repeated.types, repeated.divisions) == (result.types, result.divisions)


def test_equal_days_have_no_types(kinds):
    with pytest.raises(NotEnoughData, match="hardly differ"):
        day_types(kinds.assign(**dict.fromkeys(PROFILE, 0.1)))


# -- unusual days ------------------------------------------------------------------
def test_unusual_days_are_marked_and_described(kinds):
    calm = kinds[kinds["kind"] == "calm"].reset_index(drop=True)
    disaster = dict.fromkeys(BAD_SHARES, 0.9) | {"cancelled_share": 0.81, "root_cancelled_share": 0.9}
    disaster |= {"midday_bad_share": 1.0, "severe_weather": "low visibility", "is_severe": True}
    calm.loc[[7, 8], list(disaster)] = list(disaster.values())
    calm.loc[8, ["is_severe", "severe_weather", "was_severe_before"]] = [False, "", True]
    result = unusual_days(calm)
    # 2 % of 100
    assert (len(result.days), result.origin_days, result.dates) == (2, 100, 2)
    first, second = result.days
    assert (first.day.isoformat(), first.origin, first.cancelled_share) == ("2013-01-04", "JFK", 0.81)
    assert (first.worst_part, first.severe_weather, first.wind_gust_meters_per_second) == (
        "midday",
        "low visibility",
        None,
    )
    assert (second.day.isoformat(), second.severe_weather, second.was_severe_before) == ("2013-01-05", "", True)
    assert (result.severe_share, result.severe_share_of_all) == (0.5, 0.01)
    assert (result.lingering_share, result.lingering_share_of_all) == (1.0, 0.02)
    assert dataclasses.asdict(unusual_days(calm)) == dataclasses.asdict(result)
