"""Checks of the lab *clock*. The publisher's own ``dep_delay`` is the truth; the answer does not get it."""

import pandas as pd


def delays(answer, flights):
    """The answer's series, and the publisher's."""
    result = answer.module.departure_delay_minutes(flights.drop(columns=["dep_delay", "arr_delay"]))
    assert isinstance(result, pd.Series), f"your function returns a {type(result).__name__}, not a pandas Series"
    return result, flights["dep_delay"]


def few(planned_and_left):
    return pd.DataFrame(planned_and_left, columns=["sched_dep_time", "dep_time"]).assign(dep_delay=0, arr_delay=0)


def test_hour(answer):
    """Two minutes from 5:59 to 6:01 are two minutes"""
    result, _ = delays(answer, few([(559, 601)]))
    assert result.tolist() == [2], f"from 5:59 to 6:01 your answer counts {result.iloc[0]} minutes"


def test_early(answer):
    """A flight that leaves early has a negative delay"""
    result, _ = delays(answer, few([(600, 555), (5, 2357)]))
    assert result.iloc[0] == -5, f"planned for 6:00 and left at 5:55 is {result.iloc[0]} in your answer"
    assert result.iloc[1] == -8, (
        f"planned for 0:05 and left at 23:57, before midnight, is {result.iloc[1]} in your answer"
    )


def test_midnight(answer, year):
    """A flight that leaves after midnight is late, not a day early"""
    flights = year.flights
    over_midnight = flights[(flights["dep_delay"] > 0) & (flights["dep_time"] % 2400 < flights["sched_dep_time"])]
    result, truth = delays(answer, over_midnight)
    wrong = (result != truth).sum()
    assert wrong == 0, f"{wrong:,} of {len(truth):,} flights that left after midnight have a wrong delay"


def test_half_a_day(answer, year):
    """A flight can be more than twelve hours late"""
    flights = year.flights
    result, truth = delays(answer, flights[flights["dep_delay"] > 720])
    assert result.tolist() == truth.tolist(), (
        f"flights that are more than 12 hours late have delays of {result.min():.0f} minutes and more in your answer"
    )


def test_never_left(answer, year):
    """A flight that never left has no delay"""
    flights = year.flights
    result, _ = delays(answer, flights[flights["dep_time"].isna()])
    assert result.isna().all(), (
        f"{result.notna().sum():,} cancelled flights have a delay in your answer: use NaN, not 0"
    )


def test_year(answer, year):
    """Every flight has the delay that the publisher computed, under the index of its row"""
    flights = year.flights.sample(frac=1, random_state=1)
    result, truth = delays(answer, flights)
    assert result.index.equals(truth.index), "the index of your series is not that of the flights"
    wrong = (result != truth) & ~(result.isna() & truth.isna())
    assert not wrong.any(), (
        f"{wrong.sum():,} of {len(truth):,} flights have another delay; your mean is {result.mean():.2f} minutes, "
        f"it should be about {round(truth.mean())}"
    )
