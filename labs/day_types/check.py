"""Checks of the lab *day_types*. Profiles are computed in SQL; types are compared with types from many other starts."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

PARTS = ["morning", "midday", "afternoon", "evening"]
COLUMNS = [*PARTS, "root_cancelled"]

PROFILES = """
    with flights as (
        select
            make_date(year, month, day)::timestamp as date,
            dep_time is null as never_left,
            coalesce(dep_delay >= 15, true) as is_bad,
            case
                when hour < 10 then 'morning' when hour < 14 then 'midday' when hour < 18 then 'afternoon'
                else 'evening'
            end as part
        from raw
    )
    select
        date,
        avg(is_bad::int) filter (part = 'morning') as morning,
        avg(is_bad::int) filter (part = 'midday') as midday,
        avg(is_bad::int) filter (part = 'afternoon') as afternoon,
        avg(is_bad::int) filter (part = 'evening') as evening,
        sqrt(avg(never_left::int)) as root_cancelled
    from flights group by date
    having count(distinct part) = 4
    order by date
"""


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """A few hundred days: more threads would only wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def flights(year):
    columns = ["year", "month", "day", "hour", "time_hour", "origin", "sched_dep_time", "dep_time", "dep_delay"]
    return year.flights[columns]


@pytest.fixture(scope="module")
def types(answer, flights):
    """The answer's types of the year."""
    return checked(answer.module.day_types(flights.copy()), profiles(flights).index)


@pytest.fixture(scope="module")
def half(flights):
    """The flights of January to June."""
    return flights[flights["month"] <= 6]


def profiles(flights):
    columns = flights[["year", "month", "day", "hour", "dep_time", "dep_delay"]]
    with duckdb.connect() as connection:
        return connection.register("raw", columns).sql(PROFILES).df().set_index("date")


def checked(types, days):
    """The answer's types, by day."""
    index = pd.DatetimeIndex(types.index)
    assert sorted(index) == sorted(days), f"your types are of {len(types)} days, and there are {len(days)}"
    assert types.notna().all(), f"{types.isna().sum()} of {len(types)} days have no type"
    return types.set_axis(index).reindex(days)


def division(days, count):
    """Types of these profiles from 40 starts, and the sum of squared distances from their centres."""
    scaled = scale(days)
    fitted = KMeans(count, n_init=40, random_state=12).fit(scaled)
    return fitted.labels_, fitted.inertia_


def scale(days):
    return ((days - days.mean()) / days.std(ddof=0)).to_numpy()


def largest_count(days):
    """The largest number of types of which each has at least 5 % of the days."""
    return max(count for count in range(2, 7) if np.bincount(division(days, count)[0]).min() >= 0.05 * len(days))


def test_profiles(answer, flights):
    """Each day has the right share of bad flights in four parts of the day, and the root of the cancelled share"""
    truth, result = profiles(flights), answer.module.profiles(flights.copy())
    assert sorted(result.columns) == sorted(COLUMNS), f"your columns are {', '.join(map(str, result.columns))}"
    assert len(result) == len(truth), f"your profiles have {len(result)} days, and the flights have {len(truth)}"
    assert list(pd.DatetimeIndex(result.index)) == list(truth.index), (
        "the index of your profiles is not the days, ascending"
    )
    for name in COLUMNS:
        differ = ~np.isclose(result[name].astype(float).to_numpy(), truth[name].to_numpy())
        direction = "too low" if result[name].mean() < truth[name].mean() else "too high"
        assert not differ.any(), (
            f"{name} is another on {differ.sum()} of {len(truth)} days; "
            f"your mean is {result[name].mean():.3f}, {direction}"
        )


def test_gap(answer, flights):
    """A day without flights in the evening has no profile"""
    march = flights[(flights["month"] == 3) & ~((flights["day"] == 5) & (flights["hour"] >= 18))]
    days = [day.day for day in pd.DatetimeIndex(answer.module.profiles(march.copy()).index)]
    assert 5 not in days, "5 March has a profile when its evening is taken out"
    expected = march["day"].nunique() - 1
    assert len(days) == expected, f"without the evening of one day, March has {len(days)} profiles: it has about 30"


def test_count(answer, types, flights, half):
    """There are as many types as the rule allows, in a year and in half a year"""
    types_of_half = checked(answer.module.day_types(half.copy()), profiles(half).index)
    for name, grouping, table in (("the year", types, flights), ("January to June", types_of_half, half)):
        sizes, right = grouping.value_counts(), largest_count(profiles(table))
        assert len(sizes) == right, (
            f"{name}: the smallest of your {len(sizes)} types has {sizes.min()} of {len(grouping)} days; by the rule "
            f"there are {'more' if len(sizes) < right else 'fewer'} types"
        )


def test_types(types, flights):
    """Days are together that are alike when every column counts the same"""
    scaled = scale(profiles(flights))
    labels, least = division(profiles(flights), types.nunique())
    distances = sum(((scaled[types == name] - scaled[types == name].mean(axis=0)) ** 2).sum() for name in set(types))
    agreement = adjusted_rand_score(labels, types)
    assert distances < 1.02 * least, (
        f"the squared distances from the centres of your types are {distances / least - 1:.0%} larger than possible; "
        f"your types agree with those of scaled profiles by {agreement:.2f} (adjusted Rand index; 1 is the same)"
    )


def test_order(types, flights):
    """Type 0 are the calmest days, the last type the worst"""
    shares = profiles(flights)[PARTS].mean(axis=1).groupby(types.to_numpy()).mean()
    listed = ", ".join(f"{number}: {share:.0%}" for number, share in shares.items())
    assert list(shares.index) == list(range(len(shares))), f"your types are called {list(shares.index)}"
    assert shares.is_monotonic_increasing, f"the mean bad shares of your types are {listed}: they should rise"


def test_stable(answer, types, flights):
    """The same flights in another order have the same types"""
    worst = 1.0
    for seed in range(2):
        shuffled = flights.sample(frac=1, random_state=seed)
        again = checked(answer.module.day_types(shuffled), types.index)
        worst = min(worst, adjusted_rand_score(types, again))
    assert worst > 0.99, (
        f"with the rows in another order, your types agree by {worst:.2f} (adjusted Rand index) with the first ones"
    )
