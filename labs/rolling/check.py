"""Checks of the lab *rolling*. The truth is computed by numpy; small made-up tables show one rule each."""

import numpy as np
import pandas as pd
import pytest

from labs.engine.years import Year

COLUMNS = ["flight_id", "departures", "mean_delay"]
HOUR = pd.Timedelta(hours=1)
RESULTS = {}


def minutes_of(numbers):
    return pd.to_timedelta(numbers, unit="min")


def with_instants(flights):
    """The table `flights` of the task, from the raw one."""
    scheduled = pd.to_datetime(flights["time_hour"]).dt.tz_localize(None) + pd.to_timedelta(
        flights["minute"], unit="min"
    )
    return pd.DataFrame(
        {
            "flight_id": np.arange(len(flights)),
            "origin": flights["origin"],
            "scheduled_at": scheduled,
            "departed_at": scheduled + minutes_of(flights["dep_delay"]),
            "delay_minutes": flights["dep_delay"],
        }
    )


def query(answer, flights):
    """The answer's table, in the order of the flights."""
    # Microseconds are what DuckDB's `timestamp` has.
    table = flights.astype(dict.fromkeys(["scheduled_at", "departed_at"], "datetime64[us]"))
    with Year("made up", {"flights": table}).database() as connection:
        table = connection.execute(answer.text).df()
    missing = [name for name in COLUMNS if name not in table]
    assert not missing, f"the result lacks the columns {', '.join(missing)}"
    table = table[COLUMNS].astype({"mean_delay": float, "departures": float})
    assert sorted(table["flight_id"]) == sorted(flights["flight_id"]), (
        f"{len(flights):,} flights give {len(table):,} rows with {table['flight_id'].nunique():,} different flights"
    )
    return table.set_index("flight_id").loc[flights["flight_id"]]


def truth(flights):
    """Departures and mean delay: sums up to the end of each window minus sums up to its beginning."""
    result = pd.DataFrame({"departures": 0.0, "mean_delay": np.nan}, index=flights["flight_id"])
    cuts = flights["scheduled_at"] - 2 * HOUR
    for origin in flights["origin"].unique():
        here = (flights["origin"] == origin).to_numpy()
        left = flights[here & flights["departed_at"].notna()].sort_values("departed_at")
        sums = np.concatenate([[0.0], left["delay_minutes"].cumsum()])
        first = left["departed_at"].searchsorted(cuts[here] - 3 * HOUR, side="left")
        end = left["departed_at"].searchsorted(cuts[here], side="right")
        result.loc[here, "departures"] = end - first
        with np.errstate(invalid="ignore"):
            result.loc[here, "mean_delay"] = (sums[end] - sums[first]) / (end - first)
    return result


def asked(answer, *others, asks="20:00"):
    """What the answer knows at JFK for a flight planned for ``asks``, after others: (planned, minutes late, origin)."""
    rows = [(asks, 0, "JFK"), *((*other, "JFK")[:3] for other in others)]
    planned = pd.to_datetime([f"2013-07-01 {clock}" for clock, *_ in rows])
    delays = pd.Series([delay for _, delay, _ in rows], dtype=float)
    flights = pd.DataFrame({"flight_id": range(len(rows)), "origin": [origin for *_, origin in rows]})
    flights["scheduled_at"] = planned
    flights["departed_at"] = flights["scheduled_at"] + minutes_of(delays)
    return tuple(query(answer, flights.assign(delay_minutes=delays)).iloc[0])


def test_cut(answer):
    """A departure counts up to the cut, two hours before the planned departure, and not a minute later"""
    counted = asked(answer, ("17:00", 60), ("17:50", 11))
    assert counted == (1, 60), (
        f"for a flight at 20:00, one that left at 18:00, 60 minutes late, is known, and one that left at 18:01 is not: "
        f"your answer counts {counted[0]:.0f} departures with a mean delay of {counted[1]:.1f}"
    )


def test_late_departure(answer):
    """A flight planned hours before the cut is not known until it has left"""
    counted = asked(answer, ("16:00", 240), ("16:30", 6))
    assert counted == (1, 6), (
        f"for a flight at 20:00, one that was planned for 16:00 and left at 20:00 is not known: your answer counts "
        f"{counted[0]:.0f} departures with a mean delay of {counted[1]:.1f} instead of one with 6"
    )


def test_three_hours(answer):
    """A departure counts from three hours before the cut, and not a minute earlier"""
    counted = asked(answer, ("14:50", 10), ("14:50", 9), ("14:00", 0), ("13:00", 140))
    assert counted == (2, 75), (
        f"for a flight at 20:00, departures from 15:00 on count: one at 15:00 was 10 minutes late, one at 15:20 140 "
        f"minutes; your answer counts {counted[0]:.0f} with a mean delay of {counted[1]:.1f}"
    )


def test_origin(answer):
    """Departures from other airports do not count"""
    counted = asked(answer, ("16:00", 30, "JFK"), ("16:00", 90, "LGA"))
    assert counted == (1, 30), f"one flight left JFK and one LGA: for JFK you count {counted[0]:.0f}"


def test_nothing_known(answer):
    """Where no flight left in these hours there are 0 departures and no mean"""
    departures, mean = asked(answer, ("16:00", None))
    assert departures == 0, f"one flight was planned and never left: you count {departures:.0f} departures"
    assert np.isnan(mean), f"without a departure the mean delay is {mean} in your answer, it should be null"


def test_every_flight(answer, year):
    """Each flight has one row, cancelled ones too"""
    flights = with_instants(year.flights.query("month == 2 and day < 11"))
    query(answer, flights)


def test_future(answer, year):
    """Whatever happens after the cut changes nothing"""
    flights = with_instants(year.flights.query("month == 7 and day < 15"))
    random = np.random.default_rng(len(flights))
    before = query(answer, flights)
    for number in random.choice(flights["flight_id"], 3):
        later = flights["departed_at"] > flights["scheduled_at"][flights.index[number]] - 2 * HOUR
        minutes = pd.Series(random.integers(1, 300, len(flights)), flights.index)
        changed = flights.assign(
            departed_at=flights["departed_at"].where(
                ~later, flights["departed_at"] + pd.to_timedelta(minutes, unit="min")
            ),
            delay_minutes=flights["delay_minutes"].where(~later, flights["delay_minutes"] + minutes),
        )
        now, then = query(answer, changed).loc[number], before.loc[number]
        assert now.equals(then), (
            f"flights that leave after the cut were made later: for one flight your mean delay goes from "
            f"{then['mean_delay']:.1f} to {now['mean_delay']:.1f} minutes"
        )


@pytest.mark.parametrize("column", ["departures", "mean_delay"])
def test_july(answer, year, column):
    """Every flight of July has the right number of departures and the right mean delay"""
    if year.name not in RESULTS:
        # A month, because a join of all pairs of flights is a right answer too, and a year of pairs takes minutes.
        flights = with_instants(year.flights.query("month == 7"))
        RESULTS[year.name] = query(answer, flights), truth(flights)
    mine, right = (table[column] for table in RESULTS[year.name])
    wrong = ((mine - right).abs() > 1e-6) | (mine.isna() != right.isna())
    assert not wrong.any(), (
        f"{wrong.sum():,} of {len(right):,} values of {column} are wrong; the mean of your column is "
        f"{mine.mean():.2f}, it should be about {right.mean():.0f}"
    )
