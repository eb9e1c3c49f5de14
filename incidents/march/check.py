"""March counts double: flights by day, recomputed from the publisher's files, also after March is loaded again."""

from collections import Counter
from csv import DictReader
from pathlib import Path

AGGREGATES = ("agg_flights_daily", "agg_airline_daily")
#: Commits the clean month again with the same rows, as a cleaning would that finds nothing new.
LOADED_AGAIN = """
import shutil, tempfile
from dataclasses import replace
from pathlib import Path
from ontime import files, lake
clean = lake.clean_partition("flights", "2013-03")
with tempfile.TemporaryDirectory() as folder:
    copy = Path(shutil.copytree(clean.path.resolve(), Path(folder) / "month"))
    again = replace(clean, run_id=f"{clean.run_id} again", committed_at=files.now(), parquet_files=None)
    looked_up = __import__("json").loads((copy / "_lookups.json").read_text())
    quarantine = sorted((copy / "_quarantine").glob("*.parquet"))
    lake.commit_clean(again, sorted(copy.glob("*.parquet")), quarantine, looked_up=looked_up)
lake.mark_validated(lake.clean_partition("flights", "2013-03"))
"""


def flights(world) -> Counter[str]:
    """The publisher's flights by local date."""
    days = Counter()
    for month in world.incident.months_in_order:
        with world.raw("flights", month).open(newline="") as file:
            days.update(f"{month}-{int(row['day']):02d}" for row in DictReader(file))
    return days


def truth(world):
    # The condition of the delete was the first day of the month instead of the month.
    twice = sum(count for day, count in flights(world).items() if "2013-03-02" <= day <= "2013-03-31")
    return {"dataset": "flights", "months": ["2013-03"], "rows_affected": twice}


def test_days(world):
    """Every day has the flights of the publisher, in the facts and in the aggregates by day"""
    _compare(world, world.published, "")


def test_loaded_again(world):
    """March can be loaded again, and no day counts more"""
    run = world.program(LOADED_AGAIN)
    assert not run.code, f"March could not be committed again: {run.printed[-300:]}"
    for step in ("prepare", "build"):
        run = world.ontime("warehouse", step)
        assert not run.code, f"when March is loaded again, {run.sentence}"
    _compare(world, world.data / "warehouse" / "candidate.duckdb", "when March is loaded again, ")


def _compare(world, file: Path, when: str) -> None:
    expected = flights(world)
    queries = {"fct_flights": "count(*)", **dict.fromkeys(AGGREGATES, "sum(flight_count)")}
    for table, count in queries.items():
        found = dict(world.query(f"select flight_date::varchar, {count}::bigint from marts.{table} group by all", file))
        wrong = sorted(day for day in expected.keys() | found.keys() if found.get(day, 0) != expected.get(day, 0))
        assert not wrong, (
            f"{when}{len(wrong)} days of {table} differ from the publisher's files: {wrong[0]} has "
            f"{found.get(wrong[0], 0):,} flights"
        )
