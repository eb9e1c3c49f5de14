"""Checks of the incident *Ten times slower*: the plan of the job, and the rows that it rejects."""

import csv
import re

import duckdb
import pytest

#: Prints the plan of the clean and of the rejected flights. Nothing is read: a plan needs columns only.
PLANS = """
from ontime.datasets import DATASETS
from spark_jobs.engine.job import Job
from spark_jobs.engine.session import session

spark = session("local[1]")
spark.conf.set("spark.sql.adaptive.enabled", "false")  # it would hide the steps until the rows are there
job = Job.of("flights")
columns = [*job.contract.formats["nycflights13"], "malformed_line", "partition"]
rows = spark.read.schema(", ".join(f"`{name}` string" for name in columns)).csv("RAW")
for flights in job.module.clean(rows, **job.lookups):
    print("PLAN", flights._jdf.queryExecution().executedPlan().toString())
spark.stop()
"""
TIMES = ("dep_time", "sched_dep_time", "arr_time", "sched_arr_time")


def truth(world):
    return {"dataset": "flights", "months": [*world.incident.months, *world.incident.new_months], "rows_affected": 0}


@pytest.fixture(scope="session")
def plans(world):
    """The plans of clean and of rejected flights."""
    raw = world.raw("flights", world.incident.months[0])
    run = world.program(PLANS.replace("RAW", str(raw)))
    assert not run.code, f"the job cannot make a plan: {run.sentence or run.printed[-500:]}"
    return run.printed.split("PLAN ")[1:]


def test_no_python(plans):
    """No step of the plans sends rows to Python"""
    found = sorted({name for plan in plans for name in re.findall(r"\w*(?:Python|Pandas|InArrow)\w*", plan)})
    assert not found, f"the plan has {', '.join(found)}: each row is packed, sent to another process, and sent back"


def test_one_exchange(plans):
    """Each plan has one exchange, for the duplicates"""
    exchanges = [len(re.findall(r"^\W*Exchange\b", plan, re.MULTILINE)) for plan in plans]
    assert exchanges == [1, 1], f"they have {exchanges[0]} and {exchanges[1]}"


def query(sql):
    """The rows of a query on files; nothing is published in this incident."""
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()


def is_time(text):
    """Whether a text is HHMM, by the publisher's description: 0000 to 2359, and 2400 for midnight. NA is no text."""
    return text in ("", "NA") or int(text) == 2400 or (0 <= int(text) <= 2359 and int(text[-2:]) < 60)


def test_rejected(world):
    """Flights with a time that is none are in quarantine, and no others for that reason"""
    for month in (*world.incident.months, *world.incident.new_months):
        with world.raw("flights", month).open(newline="") as lines:
            expected = sum(not all(is_time(row[name]) for name in TIMES) for row in csv.DictReader(lines))
        files = world.data / "quarantine" / "flights" / f"year={month[:4]}" / f"month={month[5:]}" / "*.parquet"
        rejected = 0
        if any(files.parent.glob(files.name)):
            [(rejected,)] = query(f"select count(*) from read_parquet('{files}') where reason = 'invalid_time'")
        assert rejected == expected, (
            f"{month}: {rejected:,} flights are rejected for it, it should be about {expected:,}"
        )


def test_times(world):
    """The planned times of all other flights are those of the publisher"""
    for month in (*world.incident.months, *world.incident.new_months):
        with world.raw("flights", month).open(newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if all(is_time(row[name]) for name in TIMES)]
        expected = sum(int(row["sched_dep_time"]) // 100 * 60 + int(row["sched_dep_time"]) % 100 for row in rows)
        files = world.data / "clean" / "flights" / f"year={month[:4]}" / f"month={month[5:]}" / "*.parquet"
        [(count, minutes)] = query(
            "select count(*), sum(hour(scheduled_departure_local_at) * 60 + minute(scheduled_departure_local_at)) "
            f"from read_parquet('{files}')"
        )
        assert (count, minutes) == (len(rows), expected), (
            f"{month}: {count:,} clean flights with {minutes:,} minutes after midnight; it should be about "
            f"{len(rows):,} and {round(expected, -5):,}"
        )


def test_step(world, plans):
    """The diagnosis names the step of the plan"""
    assert world.diagnosis["step"] == "BatchEvalPython", "print the plan of the bad commit, and that of the one before"
