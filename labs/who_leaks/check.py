"""Checks of the lab *who_leaks*: features that leak or do not, by how they are made here."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

HORIZON = pd.Timedelta(hours=2)


@pytest.fixture(scope="module")
def week(year):
    """The week of the example, from the lab's own copy of it."""
    spec = importlib.util.spec_from_file_location("example", Path(__file__).parent / "starter" / "example.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    return example.week(year)


@pytest.fixture(scope="module")
def named(answer, week):
    """The names that the answer accuses, of all features at once."""
    return set(answer.module.leaking(build, week.copy()))


def build(flights):
    """The features of all checks, in the order of ``flights``."""
    assert len(flights), "your answer builds features of a table without rows"
    return pd.DataFrame({name: np.asarray(feature(flights)) for name, feature in FEATURES.items()}, index=flights.index)


def until(flights, kind, at, hours):
    """Mean delay of the flights of the same origin that left (or arrived) in the hours up to an instant."""
    known_at, minutes = f"{kind}ed_at", {"depart": "departure", "arriv": "arrival"}[kind] + "_delay_minutes"
    means = pd.Series(np.nan, index=flights.index)
    for origin, rows in flights.groupby("origin").groups.items():
        events = flights[flights["origin"] == origin].dropna(subset=known_at).sort_values(known_at, kind="stable")
        times, sums = events[known_at].to_numpy(), np.append(0, events[minutes].fillna(0).cumsum())
        last = np.searchsorted(times, at[rows].to_numpy(), side="right")
        first = np.searchsorted(times, (at[rows] - pd.Timedelta(hours=hours)).to_numpy(), side="right")
        count = last - first
        means[rows] = np.where(count > 0, (sums[last] - sums[first]) / np.maximum(count, 1), np.nan)
    return means


def cut(flights):
    return flights["scheduled_at"] - HORIZON


def scheduled_beside(flights):
    """How many flights leave the same airport in the same hour, according to the schedule."""
    return flights.groupby(["origin", flights["scheduled_at"].dt.floor("h")])["flight"].transform("size")


def until_next(flights):
    """Minutes until the airline's next flight from the origin, by schedule; -1 for its last one."""
    ordered = flights.sort_values(["scheduled_at", "flight"])
    following = ordered.groupby(["carrier", "origin"])["scheduled_at"].shift(-1)
    minutes = (following - ordered["scheduled_at"]).dt.total_seconds() / 60
    return minutes.fillna(-1).reindex(flights.index)


def overdue(flights):
    """How many flights of the origin should have left by the cut, and have not."""
    count = pd.Series(0, index=flights.index)
    for _, group in flights.groupby("origin"):
        for column, sign in (("scheduled_at", 1), ("departed_at", -1)):
            times = np.sort(group[column].dropna().to_numpy())
            count[group.index] += sign * np.searchsorted(times, cut(group).to_numpy(), side="right")
    return count


def last_arrival_was_late(flights):
    """Of the last flight of the airline that had arrived at the cut: text, missing if there is none."""
    arrivals = flights.dropna(subset=["arrived_at", "arrival_delay_minutes"])
    arrivals = arrivals.sort_values("arrived_at", kind="stable")
    asked = flights.assign(cut=cut(flights)).sort_values("cut")[["cut", "carrier"]]
    delays = arrivals[["arrived_at", "carrier", "arrival_delay_minutes"]]
    last_delays = pd.merge_asof(asked, delays, left_on="cut", right_on="arrived_at", by="carrier")[
        "arrival_delay_minutes"
    ]
    text = pd.Series(np.where(last_delays >= 15, "late", "on time")).where(last_delays.notna())
    return pd.Series(text.to_numpy(), index=asked.index).reindex(flights.index)


def mean_of(column, *groups):
    def feature(flights):
        keys = [flights["scheduled_at"].dt.date if name == "day" else flights[name] for name in groups]
        return flights[column].groupby(keys).transform("mean")

    return feature


def rolling(flights):
    """Mean delay of the origin's 20 flights before this one in the schedule."""
    ordered = flights.sort_values(["scheduled_at", "carrier", "flight"])
    delays = ordered.groupby("origin")["departure_delay_minutes"]
    return delays.transform(lambda group: group.shift().rolling(20, min_periods=1).mean()).reindex(flights.index)


def cancelled_beside(flights):
    """How many flights of the same origin and hour never leave."""
    never = flights["departed_at"].isna()
    return never.groupby([flights["origin"], flights["scheduled_at"].dt.floor("h")]).transform("sum")


SCHEDULE = {
    "airline": lambda flights: flights["carrier"],
    "flights_in_the_same_hour": scheduled_beside,
    "minutes_to_the_airlines_next_flight": until_next,
}
KNOWN = {
    "departure_delay_of_the_last_3_hours": lambda flights: until(flights, "depart", cut(flights), 3).fillna(0),
    "arrival_delay_of_the_last_12_hours": lambda flights: until(flights, "arriv", cut(flights), 12).fillna(0),
    "flights_overdue": overdue,
}
WITH_GAPS = {
    "departure_delay_of_the_last_10_minutes": lambda flights: until(flights, "depart", cut(flights), 1 / 6),
    "last_arrival_of_the_airline": last_arrival_was_late,
}
OWN = {
    "left_late": lambda flights: flights["departure_delay_minutes"] > 15,
    "minutes_late": lambda flights: flights["arrival_delay_minutes"],
}
OTHERS = {
    "arrival_delay_of_the_day": mean_of("arrival_delay_minutes", "origin", "day"),
    "mean_delay_to_the_destination": mean_of("arrival_delay_minutes", "dest"),
    "delay_of_the_last_20_flights": rolling,
    "cancelled_in_the_same_hour": cancelled_beside,
}
TOO_LATE = {
    "departure_delay_until_an_hour_before": lambda flights: until(flights, "depart", cut(flights) + HORIZON / 2, 3),
    "arrival_delay_until_an_hour_before": lambda flights: until(flights, "arriv", cut(flights) + HORIZON / 2, 12),
}
FEATURES = SCHEDULE | KNOWN | WITH_GAPS | OWN | OTHERS | TOO_LATE


def missed(named, leaks):
    names = sorted(set(leaks) - named)
    return f"not found: {', '.join(names)}" if names else ""


def accused(named, honest):
    names = sorted(set(honest) & named)
    return f"wrongly accused: {', '.join(names)}" if names else ""


def test_own_outcome(named):
    """It finds features that are the flight's own outcome"""
    assert not missed(named, OWN), missed(named, OWN)


def test_other_flights(named):
    """It finds features that use outcomes of other flights, be it a mean, an order or a count"""
    assert not missed(named, OTHERS), missed(named, OTHERS)


def test_two_hours(named):
    """It finds features that look an hour further than the prediction may"""
    assert not missed(named, TOO_LATE), missed(named, TOO_LATE)


def test_schedule(named):
    """It does not accuse the schedule, also not that of later flights"""
    assert not accused(named, SCHEDULE), accused(named, SCHEDULE)


def test_known(named):
    """It does not accuse features that use what was known two hours before departure"""
    assert not accused(named, KNOWN), accused(named, KNOWN)


def test_missing(named):
    """It does not accuse an honest feature that has missing values"""
    assert not accused(named, WITH_GAPS), accused(named, WITH_GAPS)


def test_names(named):
    """It returns names of features"""
    unknown = sorted(map(str, named - set(FEATURES)))
    assert not unknown, f"your answer names {', '.join(unknown[:5])}, and there are no such features"


def test_unchanged(answer, week):
    """It leaves the flights as they were"""
    given = week.head(600).copy()
    answer.module.leaking(lambda flights: flights[["carrier"]], given)
    assert given.equals(week.head(600)), "the table `flights` is not the same after your function has run: use a copy"
