"""Checks of the lab *turnaround*: Spark's result against pandas, and what stands in the plan."""

import re
from dataclasses import dataclass

import pandas as pd
import pytest

COLUMNS = ["flight_id", "tail_number", "planned_at", "departed_at", "landed_at"]
#: The months of a year that are used, and into how many files they are written: Spark reads each in a task of its own.
MONTHS, FILES = (5, 6, 7), 4


@dataclass
class Outcome:
    """The input, the answer's rows as pandas has them, each with the task that wrote it, and the plan."""

    flights: pd.DataFrame
    rows: pd.DataFrame
    plan: str


_outcomes: dict[str, Outcome] = {}


@pytest.fixture(scope="session")
def spark():
    from spark_jobs.engine.session import session

    spark = session("local[2]")
    # Adaptive execution would join small tasks, and hide the plan until the rows are there.
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    spark.conf.set("spark.sql.files.maxPartitionBytes", "1m")
    yield spark
    spark.stop()


@pytest.fixture
def outcome(answer, year, spark, tmp_path):
    """What the answer makes of a year; it runs once for each."""
    from pyspark.sql import functions as F

    if year.name not in _outcomes:
        flights = flights_of(year)
        (tmp_path / "in").mkdir()
        for number in range(FILES):
            part = flights.iloc[number::FILES]
            part.to_parquet(tmp_path / "in" / f"{number}.parquet", index=False, coerce_timestamps="us")
        result = answer.module.turnarounds(spark.read.parquet(str(tmp_path / "in")))
        plan = result._jdf.queryExecution().executedPlan().toString()
        result.withColumn("task", F.spark_partition_id()).write.parquet(str(tmp_path / "out"))
        _outcomes[year.name] = Outcome(flights, pd.read_parquet(tmp_path / "out"), plan)
    return _outcomes[year.name]


def flights_of(year):
    """Some months as the task describes them. The airline with most flights reports no tail numbers."""
    raw = year.flights[lambda flights: flights["month"].isin(MONTHS)].sample(frac=1, random_state=1)
    planned_at = pd.to_datetime(raw["time_hour"], utc=True) + pd.to_timedelta(raw["minute"], "min")
    departed_at = planned_at + pd.to_timedelta(raw["dep_delay"], "min")
    is_known = raw["carrier"] != raw["carrier"].mode()[0]
    flights = raw.assign(
        flight_id=range(len(raw)),
        tail_number=raw["tailnum"].where(is_known),
        planned_at=planned_at,
        departed_at=departed_at,
        landed_at=departed_at + pd.to_timedelta(raw["air_time"], "min"),
    )
    return flights[COLUMNS].reset_index(drop=True)


def truth_of(flights):
    """The right minutes by flight, without aircraft that have two departures in the same minute."""
    left = flights.dropna(subset=["tail_number", "departed_at"]).sort_values(["tail_number", "departed_at"])
    unclear = left[left.duplicated(["tail_number", "departed_at"])]["tail_number"]
    left = left[~left["tail_number"].isin(unclear)]
    next_departure = left.groupby("tail_number")["departed_at"].shift(-1)
    left["minutes"] = (next_departure - left["landed_at"]).dt.total_seconds() / 60
    return left.set_index("flight_id")["minutes"]


def test_rows(outcome):
    """All flights and columns are there, once, with one more column"""
    expected = [*COLUMNS, "turnaround_minutes"]
    columns = [column for column in outcome.rows.columns if column != "task"]
    assert sorted(columns) == sorted(expected), f"your columns are {', '.join(columns)}"
    assert len(outcome.rows) == len(outcome.flights), (
        f"your result has {len(outcome.rows):,} rows, for {len(outcome.flights):,} flights"
    )
    assert outcome.rows["flight_id"].is_unique, "some flights are in your result twice, and others are missing"


def test_minutes(outcome):
    """Each flight has the minutes from its landing to the next departure of its aircraft"""
    truth = truth_of(outcome.flights)
    yours = outcome.rows.set_index("flight_id")["turnaround_minutes"].reindex(truth.index)
    wrong = ~((yours - truth).abs() < 0.01) & ~(yours.isna() & truth.isna())
    assert not wrong.any(), (
        f"{wrong.sum():,} of {len(truth):,} flights have other minutes ({yours[wrong].isna().sum():,} of them null in "
        f"your result); your median is {yours.median():.0f} minutes, it should be about {round(truth.median(), -2):.0f}"
    )


def test_unknown_aircraft(outcome):
    """A flight without a tail number has no next departure"""
    unknown = outcome.rows[outcome.rows["tail_number"].isna()]
    filled = unknown["turnaround_minutes"].notna().sum()
    assert len(unknown), "your result has no flight without a tail number"
    assert filled == 0, f"{filled:,} of {len(unknown):,} flights without a tail number have minutes in your result"


def test_never_left(outcome):
    """A cancelled flight, and one that has not landed, have no minutes"""
    rows = outcome.rows[outcome.rows["landed_at"].isna()]
    filled = rows["turnaround_minutes"].notna().sum()
    assert filled == 0, f"{filled:,} flights that have not landed have minutes in your result"


def test_one_exchange(outcome):
    """The plan has one exchange"""
    exchanges = re.findall(r"\b(?:Broadcast|Reused)?Exchange\b.*", outcome.plan)
    listed = "; ".join(exchange[:70] for exchange in exchanges)
    assert len(exchanges) == 1, f"your plan has {len(exchanges)} exchanges ({listed or 'and so no window by aircraft'})"


def test_no_python(outcome):
    """The plan has no Python step, and begins with the rows that it was given"""
    python = re.findall(r"\w*(?:Python|Pandas|InArrow|InBatch)\w*", outcome.plan)
    assert not python, f"your plan has the step {python[0]}, which sends rows to a Python process"
    assert "FileScan parquet" in outcome.plan, "the rows of your result did not stay in Spark on their way"


def test_no_giant_group(outcome):
    """The flights without a tail number are spread over several tasks"""
    unknown = outcome.rows[outcome.rows["tail_number"].isna()]
    share = unknown["task"].value_counts(normalize=True).max()
    assert share < 0.8, (
        f"one task has {share:.0%} of the {len(unknown):,} flights without a tail number: "
        "for the window they are one huge group"
    )
