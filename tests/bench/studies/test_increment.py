"""Months are made from real ones, and the page shows the cost of adding one."""

from datetime import UTC, date, datetime

import duckdb
import pytest

from bench.studies.increment import Increment, commit, table
from bench.studies.measure import Cost
from ontime import lake
from ontime.settings import settings

pytestmark = pytest.mark.more


@pytest.fixture
def real(data_dir):
    """A clean lake with one flight of January 2013."""
    folder = data_dir / "real" / "flights" / "year=2013" / "month=01"
    folder.mkdir(parents=True)
    duckdb.sql(
        "SELECT DATE '2013-01-31' AS flight_date, TIMESTAMPTZ '2013-02-01 04:59:00+00' AS scheduled_departure_at, "
        "TIMESTAMP '2013-01-31 23:59:00' AS scheduled_departure_local_at, 15 AS arrival_delay_minutes"
    ).write_parquet(str(folder / "part-00000.parquet"))
    return data_dir / "real"


def test_a_month_is_the_real_month_moved_by_years(real):
    commit(real, "flights", "2020-01")
    [partition] = lake.clean_partitions("flights")
    assert (partition.partition, partition.rows_clean, partition.is_validated) == ("2020-01", 1, True)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        moved = connection.read_parquet(lake.clean_glob("flights"), hive_partitioning=False)
        assert moved.fetchall() == [
            (date(2020, 1, 31), datetime(2020, 2, 1, 4, 59, tzinfo=UTC), datetime(2020, 1, 31, 23, 59), 15)
        ]
        assert [str(kind) for kind in moved.types] == ["DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "INTEGER"]
    assert settings.clean_dir in partition.path.parents


def test_the_table_has_ratios_to_the_first_row():
    measured = [
        Increment(12, 336_776, added=Cost(20.0, 30.0, 0), rebuilt=Cost(25.0, 40.0, 0)),
        Increment(120, 3_367_760, added=Cost(24.0, 33.0, 0), rebuilt=Cost(50.0, 80.0, 0)),
    ]
    assert table(measured).splitlines()[2:] == [
        "| 12 | 336,776 | 20.0 | 1.00 | 30.0 | 1.00 | 25.0 | 40.0 |",
        "| 120 | 3,367,760 | 24.0 | 1.20 | 33.0 | 1.10 | 50.0 | 80.0 |",
    ]
