"""The fireworks are missing: the months of the pedestrians, recomputed from the publisher's files."""

from collections import Counter

import pandas as pd

SUMS_SQL = "select strftime(month_start_date, '%Y-%m'), sum({}), sum({}) from marts.{} group by all"


def counts(world) -> pd.DataFrame:
    """A row per count: ``sensor``, ``month`` of the publisher's file, ``on_clock`` (its calendar month), ``people``."""
    tables = []
    for month in world.incident.months_in_order:
        wide = pd.read_csv(world.raw("footfall", month))
        # The hours 0 to 5 of a publisher's day are on the next date.
        hours = wide["hour"].str.split(":").str[0].astype(int)
        dates = pd.to_datetime(wide["date"]) + pd.to_timedelta((hours < 6).astype(int), unit="D")
        sensors = wide.drop(columns=["date", "hour", "year"])
        long = sensors.assign(on_clock=dates.dt.strftime("%Y-%m"), month=month).melt(
            ["on_clock", "month"], var_name="sensor", value_name="people"
        )
        tables.append(long.dropna())
    return pd.concat(tables, ignore_index=True)


def lost(world) -> pd.DataFrame:
    """The counts whose calendar month has no file."""
    all_counts = counts(world)
    return all_counts[~all_counts["on_clock"].isin(world.incident.months_in_order)]


def truth(world):
    moved = counts(world).query("month != on_clock")
    months = sorted({*moved["month"], *moved["on_clock"]} & {*world.incident.months_in_order})
    return {"dataset": "footfall", "months": months, "rows_affected": len(lost(world))}


def test_hours(world):
    """Every count of the publisher is published, with its month"""
    expected = Counter(counts(world)["month"])
    found = dict(
        world.query("select strftime(month_start_date, '%Y-%m'), count(*) from marts.fct_footfall_hourly group by all")
    )
    assert found == expected, "the hours of the sensors differ from the publisher's files"


def test_months(world):
    """Each month has the people and hours of the publisher's days"""
    expected = counts(world).groupby("month")["people"].agg(["count", "sum"])
    found = {
        month: (hours, people)
        for month, hours, people in world.query(
            SUMS_SQL.format("hour_count", "pedestrian_count_sum", "agg_footfall_monthly")
        )
    }
    assert found.keys() <= {*expected.index}, (
        f"{', '.join(sorted(found.keys() - {*expected.index}))} is published, and the publisher has no file of it"
    )
    for month, (hours, people) in expected.iterrows():
        hours_found, people_found = found.get(month, (0, 0))
        assert (hours_found, people_found) == (hours, people), (
            f"{month}: {abs(people_found - people):,.0f} people and {abs(hours_found - hours):,.0f} counts "
            f"{'too many' if people_found > people else 'too few'}"
        )


def test_people_lost(world):
    """Diagnosis: how many people were lost"""
    right = int(lost(world)["people"].sum())
    given = world.diagnosis.get("people_lost", "")
    assert given != "", "people_lost is not filled in"
    assert given == right, f"{given} people are not those of the counts that are in no month"
