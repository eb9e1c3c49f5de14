"""Damaged files: which rows go to quarantine, and which message the user gets.

Each case damages one real month of flights (every fortieth row of January 2013) and runs it through download, raw gate,
Spark job and clean gate, as the `flights` DAG does.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from expectations.validate import GateFailed, validate_clean, validate_raw
from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources.download import download
from ontime.sources.embedded import EmbeddedPublisher
from spark_jobs.engine import partitions

MONTH = "2013-01"
Lines = list[str]


@pytest.fixture(scope="session")
def january(tmp_path_factory) -> Lines:
    file = tmp_path_factory.mktemp("january") / "flights.csv"
    EmbeddedPublisher().fetch("flights", MONTH, file)
    header, *lines = file.read_text().splitlines()
    return [header, *lines[::40]]


@pytest.fixture(scope="module")
def reference(spark, tmp_path_factory) -> Path:
    """A lake with the airports and airlines that the flights job needs."""
    folder = tmp_path_factory.mktemp("reference")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", folder)
        for dataset in ("airports", "airlines"):
            download(dataset, [ALL])
            partitions.clean(dataset, [ALL], lambda _: spark)
    return folder


@pytest.fixture
def ingest(
    spark, reference, data_dir, tmp_path, monkeypatch, january, capsys
) -> Callable[[Callable[[Lines], Lines]], str]:
    """Run a damaged January through the steps; returns the printed output."""
    shutil.copytree(reference, data_dir, symlinks=True)
    monkeypatch.setattr(settings, "source", "folder")
    monkeypatch.setattr(settings, "source_dir", tmp_path)
    (tmp_path / "flights").mkdir()

    def run(damage: Callable[[Lines], Lines], end: str = "\n") -> str:
        (tmp_path / "flights" / f"{MONTH}.csv").write_text("\n".join(damage(list(january))) + end)
        download("flights", [MONTH])
        validate_raw("flights", [MONTH])
        partitions.clean("flights", [MONTH], lambda _: spark)
        validate_clean("flights", [MONTH])
        return capsys.readouterr().out

    return run


def with_cell(lines: Lines, number: int, column: str, value: str) -> Lines:
    cells = lines[number].split(",")
    cells[lines[0].split(",").index(column)] = value
    return [*lines[:number], ",".join(cells), *lines[number + 1 :]]


def without_column(lines: Lines, column: str) -> Lines:
    index = lines[0].split(",").index(column)
    return [",".join(cell for at, cell in enumerate(line.split(",")) if at != index) for line in lines]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda lines: [*lines[:-1], lines[-1][:40]], "malformed_line", id="last line truncated"),
        pytest.param(lambda lines: with_cell(lines, 5, "month", "2"), "wrong_month", id="a row of another month"),
        pytest.param(lambda lines: [*lines, lines[7]], "duplicate", id="a row twice"),
        pytest.param(
            lambda lines: with_cell(lines, 9, "arr_delay", "late"), "invalid_number", id="a delay that is no number"
        ),
        pytest.param(lambda lines: with_cell(lines, 9, "dest", "QQQ"), "unknown_airport", id="an unknown airport"),
        pytest.param(lambda lines: with_cell(lines, 9, "carrier", "ZZ"), "unknown_airline", id="an unknown carrier"),
        pytest.param(lambda lines: with_cell(lines, 9, "dep_time", "1275"), "invalid_time", id="minute 75"),
        pytest.param(
            lambda lines: with_cell(lines, 9, "air_time", "4000"),
            "implausible_value",
            id="almost three days in the air",
        ),
        pytest.param(
            lambda lines: with_cell(lines, 9, "arr_delay", "-700"), "implausible_value", id="landed before it departed"
        ),
        pytest.param(
            lambda lines: with_cell(with_cell(lines, 9, "dep_time", "NA"), 9, "dep_delay", "NA"),
            "implausible_value",
            id="arrived without a departure",
        ),
    ],
)
def test_a_bad_row_goes_whole_to_quarantine(ingest, january, damage, reason):
    printed = ingest(damage)
    [partition] = lake.clean_partitions("flights")
    assert partition.quarantined_by_reason == {reason: 1}
    assert partition.rows_clean == len(damage(list(january))) - 2
    assert f"1 quarantined ({reason} 1)" in printed
    files = lake.quarantine_partition_dir("flights", MONTH) / "*.parquet"
    [row] = duckdb.sql(f"SELECT COLUMNS('raw_.*'), malformed_line FROM '{files}'").fetchall()
    [bad] = set(damage(list(january))) - set(january) or {january[7]}
    assert bad.replace("NA", "") == ",".join(value or "" for value in row[:-1]) or bad == row[-1]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        pytest.param(
            lambda lines: without_column(lines, "arr_delay"), ["missing columns: arr_delay"], id="a missing column"
        ),
        pytest.param(lambda lines: [f"{line},x" for line in lines], ["unexpected columns: x"], id="an extra column"),
        pytest.param(
            lambda lines: [lines[0].replace("arr_delay", "delay_at_arrival"), *lines[1:]],
            ["missing columns: arr_delay", "unexpected columns: delay_at_arrival"],
            id="a renamed column",
        ),
        pytest.param(lambda lines: [lines[0]], ["expect_table_row_count_to_be_between"], id="a header without rows"),
        pytest.param(lambda lines: [], ["The file is empty"], id="an empty file"),
        pytest.param(
            lambda lines: [lines[0], *(line.replace("2013,1,", "2013,2,", 1) for line in lines[1:])],
            ["expect_column_values_to_be_in_set(month)"],
            id="another month's file",
        ),
        pytest.param(
            lambda lines: lines[:300],
            ["expect_column_unique_value_count_to_be_between(day)"],
            id="a file cut off in the middle of the month",
        ),
    ],
)
def test_a_bad_file_stops_at_the_raw_gate(ingest, damage, expected):
    with pytest.raises(GateFailed) as failed:
        ingest(damage)
    for word in [*expected, "raw.flights", "Nothing was cleaned.\nWhat to do: ", str(settings.raw_dir / "flights")]:
        assert word in str(failed.value)
    assert lake.current_raw("flights", MONTH).path.exists()
    assert lake.clean_partitions("flights") == []


def test_too_many_bad_rows_stop_at_the_clean_gate(ingest, january):
    with pytest.raises(GateFailed) as failed:
        ingest(lambda lines: [line.replace(",IAH,", ",QQQ,").replace(",ORD,", ",QQQ,") for line in lines])
    bad = sum(",IAH," in line or ",ORD," in line for line in january)
    for word in ["clean.flights", f"unknown_airport {bad}", str(settings.quarantine_dir / "flights")]:
        assert word in str(failed.value)
    [partition] = lake.clean_partitions("flights")
    assert (partition.rows_quarantined, partition.is_validated) == (bad, False)
