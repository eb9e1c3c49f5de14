"""Checks of the lab *rain*. Counts by SQL; the interval by the linearised standard error clustered by day."""

import math

import numpy as np
import pandas as pd
import pytest

from labs.engine.years import real_year

DAYS = """
    select
        count(*) filter (where weather.precip > 0),
        count(*) filter (where weather.precip > 0 and flights.arr_delay >= 15),
        count(*) filter (where weather.precip = 0),
        count(*) filter (where weather.precip = 0 and flights.arr_delay >= 15)
    from flights
    inner join weather on flights.origin = weather.origin and flights.time_hour = weather.time_hour
    where flights.arr_delay is not null and weather.precip is not null
    group by flights.month, flights.day
"""
#: How much another right method, or another seed, may differ from ours.
TOLERANCE = 0.15
RESULTS = {}


def effect(answer, flights, weather):
    """The answer's three numbers."""
    numbers = answer.module.rain_effect(flights, weather)
    assert np.shape(numbers) == (3,), f"your function returns {numbers!r}, not difference, low and high"
    return tuple(map(float, numbers))


@pytest.fixture
def both(answer, year):
    """The answer's numbers, and the right difference with half the width of its interval."""
    if year.name not in RESULTS:
        with year.database() as connection:
            rainy, rainy_late, dry, dry_late = np.array(connection.execute(DAYS).fetchall()).T
        shares = rainy_late.sum() / rainy.sum(), dry_late.sum() / dry.sum()
        by_day = (rainy_late - shares[0] * rainy) / rainy.sum() - (dry_late - shares[1] * dry) / dry.sum()
        half = 1.96 * math.sqrt((by_day**2).sum())
        RESULTS[year.name] = effect(answer, year.flights, year.weather), 100 * (shares[0] - shares[1]), 100 * half
    return RESULTS[year.name]


def made_up(without=()):
    """40 days at JFK: an hour of rain (10:00 UTC) with 4 flights, 2 late, and a dry one (15:00) with 4 flights, 1 late.

    ``without``: delays of further flights at 20:00, an hour without a weather report.
    """
    real, days = real_year(), pd.date_range("2013-01-01", periods=40)
    delays = [(10, 15), (10, 90), (10, 0), (10, 14), (15, 15), (15, 0), (15, -5), (15, 14)]
    planned = [(day, hour, delay) for day in days for hour, delay in [*delays, *((20, delay) for delay in without)]]
    flights = pd.concat([real.flights.head(1)] * len(planned), ignore_index=True)
    starts = pd.Series([day + pd.Timedelta(hours=hour) for day, hour, _ in planned])
    flights = flights.assign(**when(starts), arr_delay=[delay for *_, delay in planned], origin="JFK")
    hours = pd.Series([day + pd.Timedelta(hours=hour) for day in days for hour in (9, 10, 11, 14, 15, 16)])
    weather = pd.concat([real.weather.head(1)] * len(hours), ignore_index=True)
    rain = np.where(hours.dt.hour.isin([10, 16]), 0.02, 0.0)
    return flights.astype({"arr_delay": float}), weather.assign(**when(hours), precip=rain, origin="JFK")


def when(instants):
    """The columns of an instant in UTC; no local date differs from its date in UTC."""
    local = instants - pd.Timedelta(hours=5)
    columns = {name: getattr(local.dt, name) for name in ("year", "month", "day", "hour")}
    return {**columns, "time_hour": instants.dt.strftime("%Y-%m-%dT%H:00:00Z")}


def test_hour(answer):
    """Each flight has the weather of its own hour at its origin"""
    difference, *_ = effect(answer, *made_up())
    assert difference == pytest.approx(25), (
        f"half of the flights in rain are late and a quarter of the others: your difference is {difference:.1f} points"
    )


def test_no_report(answer):
    """A flight without a weather report does not count"""
    difference, *_ = effect(answer, *made_up(without=[60, 60, 60, 60]))
    assert difference == pytest.approx(25), (
        f"with late flights in hours without a report your difference goes from 25 to {difference:.1f} points"
    )


def test_never_arrived(answer):
    """A flight that never arrived does not count"""
    flights, weather = made_up()
    cancelled = flights[flights["arr_delay"] == 0].assign(arr_delay=np.nan)
    difference, *_ = effect(answer, pd.concat([flights, cancelled], ignore_index=True), weather)
    assert difference == pytest.approx(25), (
        f"with cancelled flights added your difference goes from 25 to {difference:.1f} points"
    )


def test_same(answer):
    """The same tables give the same interval"""
    flights, weather = made_up()
    # Days that differ, or each draw would be like all others.
    flights.loc[flights["day"] % 3 == 0, "arr_delay"] += 20
    first, second = (str(effect(answer, flights.copy(), weather.copy())) for _ in range(2))
    assert first == second, f"two runs gave {first} and {second}: seed the generator"


def test_difference(both):
    """The difference of the late shares is right"""
    (mine, *_), right, _ = both
    which = ": close, but not the same flights" if abs(mine - right) < 0.5 else ""
    assert mine == pytest.approx(right, abs=1e-6), (
        f"your difference is {mine:.2f} percentage points, it should be about {round(right)}{which}"
    )


def test_width(both):
    """The interval is as wide as days, not flights, make it"""
    (_, low, high), _, half = both
    ratio = (high - low) / (2 * half)
    assert abs(ratio - 1) < TOLERANCE, (
        f"your interval is {high - low:.1f} percentage points wide, that is {ratio:.2f} of what it should be"
    )


def test_place(both):
    """The interval lies around the difference"""
    (_, low, high), right, half = both
    assert low < right < high, f"your interval from {low:.1f} to {high:.1f} does not contain the difference"
    middle = (low + high) / 2
    assert abs(middle - right) < TOLERANCE * half, (
        f"the middle of your interval is {middle:.1f}: too far from the difference"
    )
