"""Rain matters less: the weather of each flight, recomputed from the publisher's files."""

from functools import cache

import pandas as pd
import pytest

FLIGHTS_SQL = """
select
    flight_key, strftime(flight_date, '%Y-%m') as month, flights.weather_key, arrival_delay_minutes,
    precipitation_millimeters
from marts.fct_flights as flights
left join marts.fct_weather_hourly as hours on flights.weather_key = hours.weather_key
"""


@cache
def publishers(world) -> pd.DataFrame:
    """A row per flight: its key, its month, the key of its weather, and that of the same hour on clocks (or null)."""
    months = world.incident.months_in_order
    flights = pd.concat([pd.read_csv(world.raw("flights", month)) for month in months], ignore_index=True)
    weather = pd.concat([pd.read_csv(world.raw("weather", month)) for month in months], ignore_index=True)
    observed = {*(weather["origin"] + "_" + weather["time_hour"].str[:13] + "Z")}
    days = pd.to_datetime(flights[["year", "month", "day"]]).dt.strftime("%Y-%m-%d")
    clock = flights["sched_dep_time"].astype(str).str.zfill(4)
    # The publisher gives the scheduled hour in UTC too.
    right = flights["origin"] + "_" + flights["time_hour"].str[:13] + "Z"
    on_clocks = flights["origin"] + "_" + days + "T" + clock.str[:2] + "Z"
    name = flights["carrier"] + flights["flight"].astype(str) + "_" + flights["origin"] + "-" + flights["dest"]
    return pd.DataFrame(
        {
            "flight_key": days + "_" + name + "_" + clock,
            "month": days.str[:7],
            "expected": right.where(right.isin(observed), None),
            "on_clocks": on_clocks.where(on_clocks.isin(observed), None),
        }
    )


def truth(world):
    flights = publishers(world)
    wrong = flights[flights["expected"].fillna("") != flights["on_clocks"].fillna("")]
    return {"dataset": "flights", "months": sorted(wrong["month"].unique()), "rows_affected": len(wrong)}


@pytest.fixture(scope="session")
def compared(world) -> pd.DataFrame:
    """The published flights beside the publisher's."""
    columns = ["flight_key", "month", "weather_key", "delay", "rain"]
    published = pd.DataFrame(world.query(FLIGHTS_SQL), columns=columns)
    return publishers(world).merge(published.drop(columns="month"), on="flight_key", how="outer", indicator=True)


def test_flights(world, compared):
    """Every flight of the publisher is published, once"""
    missing = compared.loc[compared["_merge"] == "left_only", "month"].value_counts()
    assert missing.empty, f"{missing.sum():,} flights are not published, of {', '.join(sorted(missing.index))}"
    assert len(compared) == len(publishers(world)), "more flights are published than the publisher has"


def test_weather(compared):
    """Each flight has the weather of its hour, in summer time and in winter time"""
    both = compared[compared["_merge"] == "both"]
    wrong = both[both["expected"].fillna("") != both["weather_key"].fillna("")]
    assert wrong.empty, (
        f"{len(wrong):,} flights have another hour's weather, of {', '.join(sorted(wrong['month'].unique()))}; "
        f"for example {wrong['flight_key'].iloc[-1]} has {wrong['weather_key'].iloc[-1]}"
    )


def test_rain(world, compared):
    """Rain costs as many minutes as the publisher's files say"""
    months = world.incident.months_in_order
    weather = pd.concat([pd.read_csv(world.raw("weather", month)) for month in months])
    rain = dict(zip(weather["origin"] + "_" + weather["time_hour"].str[:13] + "Z", weather["precip"], strict=True))
    measured, published = (
        _minutes(compared["delay"], values) for values in (compared["expected"].map(rain), compared["rain"])
    )
    assert abs(measured - published) < 1e-6, (
        f"{published:.0f} minutes later in rain, by what is published; the files say something else"
    )


def _minutes(delay: pd.Series, rain: pd.Series) -> float:
    return delay[rain > 0].mean() - delay[rain == 0].mean()
