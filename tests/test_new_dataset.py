"""A seventh dataset costs new files only: a contract, a Spark job and a suite, in a copy of the code.

Flights are published while the new dataset is absent; then it passes its own gates, and the next warehouse is made from
it too.
"""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ontime.datasets import DATASETS
from ontime.sources.embedded import EmbeddedPublisher
from tests.code_copy import Copy

pytestmark = [pytest.mark.more, pytest.mark.timeout(1800)]

MONTH = "2013-01"
#: Everything that a dataset needs. The last reading is below the lower bound.
NEW_FILES = {
    "ontime/datasets/pedestrians.py": '''
"""Hourly counts of pedestrians by sensor."""

from ontime.contract import Bounds, Column, Dataset

DATASET = Dataset(
    name="pedestrians",
    title="Pedestrian counts",
    source="made up for a test",
    license="none",
    cadence="month",
    formats={"counts": ("year", "month", "day", "hour", "sensor", "count")},
    columns=(
        Column("counted_at", "timestamp[us, tz=UTC]", "Start of the hour.", required=True),
        Column("sensor_name", "string", "Name of the sensor.", required=True),
        Column("pedestrian_count", "int32", "People.", "people", True, Bounds(0, 100_000, "a full stadium")),
    ),
    key=("counted_at", "sensor_name"),
    dag="pedestrians",
)
''',
    "spark_jobs/pedestrians.py": '''
"""Pedestrian counts: one row per sensor and hour."""

from pyspark.sql import functions as F

from ontime.datasets.pedestrians import DATASET
from spark_jobs.engine.clean_columns import out_of_bounds
from spark_jobs.engine.raw_columns import RawColumns, any_of, as_published, format_name
from spark_jobs.engine.rules import apply_rules, is_malformed, split_good_and_bad

MAPPINGS = {"counts": as_published(DATASET.formats["counts"])}


def clean(rows):
    raw = RawColumns(MAPPINGS[format_name(rows, DATASET)])
    numbers = {name: raw.whole_number(name) for name in ("year", "month", "day", "hour", "count")}
    day = F.make_date(numbers["year"], numbers["month"], numbers["day"])
    counted_at = F.timestamp_add("HOUR", numbers["hour"], day.cast("timestamp"))
    columns = {"counted_at": counted_at, "sensor_name": raw["sensor"], "pedestrian_count": numbers["count"]}
    counts = apply_rules(
        rows,
        raw,
        columns,
        {
            "malformed_line": is_malformed(),
            "invalid_number": raw.any_unreadable(numbers),
            "implausible_value": any_of(out_of_bounds(DATASET, columns).values()),
        },
    )
    return split_good_and_bad(counts, DATASET)
''',
    "expectations/pedestrians.py": '''
"""Suites of the pedestrian counts."""

from expectations.shared import contract_suite, raw_suites, required
from ontime.datasets.pedestrians import DATASET

RAW = raw_suites(DATASET, {"counts": required("sensor", "count")})
CLEAN = contract_suite(DATASET)
''',
}


@pytest.fixture(scope="module")
def published_files(tmp_path_factory) -> Path:
    """The source folder: the embedded month with every fortieth flight, and a month of pedestrian counts."""
    folder = tmp_path_factory.mktemp("publisher")
    for name in ("flights", *DATASETS["flights"].needs):
        [partition] = DATASETS[name].partitions([MONTH])
        (folder / name).mkdir()
        EmbeddedPublisher().fetch(name, partition, folder / name / f"{partition}.csv")
    flights = folder / "flights" / f"{MONTH}.csv"
    header, *lines = flights.read_text().splitlines(keepends=True)
    flights.write_text("".join([header, *lines[::40]]))
    counts = [f"2013,1,{day},{hour},harbour,{day * hour}" for day in range(1, 32) for hour in range(24)]
    (folder / "pedestrians").mkdir()
    (folder / "pedestrians" / f"{MONTH}.csv").write_text(
        "\n".join(["year,month,day,hour,sensor,count", *counts, "2013,1,31,23,market,-1", ""])
    )
    return folder


@pytest.fixture(scope="module")
def copy(tmp_path_factory, published_files) -> Copy:
    """A copy of the code with the new files; no existing file is touched."""
    source = {"ONTIME_SOURCE": "folder", "ONTIME_SOURCE_DIR": str(published_files)}
    copy = Copy(tmp_path_factory.mktemp("copy"), environment=source)
    for name, content in NEW_FILES.items():
        assert not (copy.folder / name).exists()
        (copy.folder / name).write_text(content.lstrip())
    return copy


@pytest.fixture(scope="module")
def flights_published(copy) -> int:
    """Flights in a warehouse published while the new dataset is absent."""
    copy.publish("airports airlines aircraft", f"flights weather --from {MONTH}")
    return copy.query("SELECT count(*) FROM marts.fct_flights")[0][0]


def test_flights_are_published_while_the_new_dataset_is_absent(flights_published):
    assert flights_published == 27_004 // 40 + 1


def test_the_new_dataset_passes_its_gates_and_is_part_of_the_next_warehouse(copy, flights_published):
    copy.publish(f"pedestrians --from {MONTH}")
    month = copy.data / "clean" / "pedestrians" / "year=2013" / "month=01"
    totals = duckdb.sql(f"SELECT count(*), sum(pedestrian_count), max(epoch(counted_at)) FROM '{month}/*.parquet'")
    last_hour = datetime(2013, 1, 31, 23, tzinfo=UTC).timestamp()
    assert totals.fetchall() == [(31 * 24, sum(range(1, 32)) * sum(range(24)), last_hour)]
    rejected = duckdb.sql(f"SELECT raw_count, reason FROM '{month}/_quarantine/*.parquet'").fetchall()
    assert rejected == [("-1", "implausible_value")]
    assert "pedestrians 2013-01" in copy.ontime(f"check raw pedestrians --from {MONTH}")
    versions = sorted((copy.data / "warehouse" / "versions" / "ontime").glob("*.json"))
    assert ["pedestrians/2013-01" in version.read_text() for version in versions] == [False, True]
