"""From raw files to committed partitions, in a lake of the test's own.

Four months of flights are cleaned in one batch. The tests read what it committed, or change a copy.
"""

import shutil
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.sources.download import download
from spark_jobs.engine import partitions
from spark_jobs.submit import BAD_INPUT

#: The clean rows of each embedded dataset, in June 2013 if it is monthly.
CLEAN_ROWS = {"airports": 1453, "airlines": 16, "aircraft": 3322, "flights": 28243, "weather": 2160}
MONTHLY = ("flights", "weather")
HEADER = ",".join(DATASETS["flights"].formats["nycflights13"])
GOOD = "2013,{month},{day},1000,1000,0,1110,1110,0,AA,1,N1,JFK,BOS,40,187,10,0,2013-01-01T15:00:00Z"


@pytest.fixture(scope="module")
def run(spark):
    """A function that cleans partitions of a dataset, or its only table."""

    def run(dataset: str, *names: str, **options) -> list[lake.CleanPartition]:
        return partitions.clean(dataset, names or [ALL], lambda _: spark, **options)

    return run


def store(dataset: str, partition: str, lines: list[str], folder: Path, end: str = "\n") -> lake.RawFile:
    file = folder / "download.csv"
    file.write_text("\n".join(lines) + end)
    return lake.store_raw(dataset, partition, file, "a test")


def content(dataset: str, partition: str) -> tuple[pa.Table, pa.Table | None]:
    folder = lake.clean_partition_dir(dataset, partition)
    (clean,) = folder.glob("*.parquet")
    quarantine = list((folder / "_quarantine").glob("*.parquet"))
    tables = [pyarrow.parquet.ParquetFile(file).read() for file in (clean, *quarantine)]
    return tables[0], tables[1] if quarantine else None


def types(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    """Names and types without nullability, which Spark writes as it infers it."""
    return [
        (field.name, pa.list_(field.type.value_type) if pa.types.is_list(field.type) else field.type)
        for field in schema
    ]


def good(day: int, month: int = 1) -> str:
    return GOOD.format(month=month, day=day)


BAD = {
    "unknown_airport": good(2).replace("BOS", "XXX"),
    "unknown_airline": good(3).replace(",AA,", ",??,"),
    "invalid_number": good(4).replace("1110,0,AA", "1110,late,AA"),
    "wrong_month": good(5, month=2),
    "duplicate": good(1),
    "missing_value": good(6).replace("BOS", ""),
    "invalid_time": good(32),
    "malformed_line": good(7)[:40],  # the download broke off
}
MONTHS = {
    "2013-01": [HEADER, good(1), *BAD.values()],
    "2013-02": [HEADER, good(1, month=2), good(2, month=2) + ",more"],
    "2013-03": [HEADER, good(1, month=3), good(2, month=3), "a line"],
    "2013-04": [HEADER, good(1, month=4), "a line"],
}


@pytest.fixture(scope="module")
def printed(run, module_data_dir, tmp_path_factory) -> str:
    """Makes a lake with clean airports, airlines and MONTHS; returns what the cleaning printed."""
    folder = tmp_path_factory.mktemp("publisher")
    with redirect_stdout(StringIO()) as printed:
        for dataset in ("airports", "airlines"):
            download(dataset, [ALL])
            run(dataset)
        for month, lines in MONTHS.items():
            store("flights", month, lines, folder, end="")
        run("flights", *MONTHS)
    return printed.getvalue()


@pytest.fixture
def copy(printed, module_data_dir, data_dir) -> Path:
    """The test's own copy of that lake."""
    return shutil.copytree(module_data_dir, data_dir, symlinks=True)


def test_bad_rows_are_quarantined_whole(printed):
    summary = "flights 2013-01: 9 raw = 1 clean + 8 quarantined (duplicate 1, invalid_number 1, invalid_time 1, "
    assert summary in printed
    assert lake.clean_partition("flights", "2013-01").quarantined_by_reason == dict.fromkeys(sorted(BAD), 1)

    clean, rejected = content("flights", "2013-01")
    assert clean.num_rows == 1
    rows = {row.pop("reason"): row for row in rejected.to_pylist()}
    assert rows.pop("malformed_line")["malformed_line"] == BAD["malformed_line"]
    published = {
        reason: ",".join(row[f"raw_{name}"] or "" for name in HEADER.split(",")) for reason, row in rows.items()
    }
    assert published == {reason: line for reason, line in BAD.items() if reason != "malformed_line"}


def test_a_line_with_an_extra_cell_is_malformed(printed):
    _, rejected = content("flights", "2013-02")
    assert rejected["reason"].to_pylist() == ["malformed_line"]
    assert rejected["malformed_line"].to_pylist() == [good(2, month=2) + ",more"]


def test_each_month_keeps_its_own_rows(printed):
    committed = lake.clean_partitions("flights")
    assert {p.partition: p.rows_clean for p in committed} == {
        "2013-01": 1, "2013-02": 1, "2013-03": 2, "2013-04": 1,
    }  # fmt: skip
    assert [p.quarantined_by_reason for p in committed[2:]] == [{"malformed_line": 1}] * 2
    assert {month: set(content("flights", month)[0]["flight_date"].to_pylist()) for month in MONTHS} == {
        "2013-01": {date(2013, 1, 1)},
        "2013-02": {date(2013, 2, 1)},
        "2013-03": {date(2013, 3, 1), date(2013, 3, 2)},
        "2013-04": {date(2013, 4, 1)},
    }


def test_embedded_tables_become_clean_partitions(run, printed, copy, capsys):
    month = "2013-06"
    download("aircraft", [ALL])
    run("aircraft")
    for dataset in MONTHLY:
        download(dataset, [month])
        run(dataset, month, run_id="first")
    output = capsys.readouterr().out
    assert (
        "airports all: 1,458 raw = 1,453 clean + 5 quarantined (implausible_position 2, missing_time_zone 3)" in printed
    )
    assert "flights 2013-06: 28,243 raw = 28,243 clean + 0 quarantined" in output
    assert "weather 2013-06: 2,160 raw = 2,160 clean + 0 quarantined" in output

    assert {dataset: lake.clean_partitions(dataset)[-1].rows_clean for dataset in CLEAN_ROWS} == CLEAN_ROWS
    committed = lake.clean_partition("flights", month)
    assert (committed.run_id, committed.raw_sha256) == ("first", lake.current_raw("flights", month).sha256)
    _, rejected = content("airports", ALL)
    assert dict(zip(rejected["raw_faa"].to_pylist(), rejected["reason"].to_pylist(), strict=True)) == {
        "DVT": "implausible_position",
        "MYF": "implausible_position",
        "EEN": "missing_time_zone",
        "LRO": "missing_time_zone",
        "YAK": "missing_time_zone",
    }

    before = {dataset: content(dataset, month) for dataset in MONTHLY}
    assert run("flights", month) == []
    assert "1 of 1 partitions are up to date" in capsys.readouterr().out
    assert lake.clean_partition("flights", month) == committed
    for dataset in MONTHLY:
        run(dataset, month, reprocess=True, run_id="second")
    assert lake.clean_partition("flights", month).run_id == "second"
    assert {dataset: content(dataset, month) for dataset in MONTHLY} == before
    assert list((copy / "clean" / ".staging").iterdir()) == []
    for dataset in CLEAN_ROWS:
        partition = month if dataset in MONTHLY else ALL
        assert types(content(dataset, partition)[0].schema) == types(DATASETS[dataset].arrow_schema())


@pytest.mark.parametrize(
    ("why", "lines", "reason"),
    [
        ("a missing column", [HEADER.replace(",dest", ""), "x"], "Missing: dest. Unexpected: none"),
        ("an extra column", [HEADER + ",gate", "x"], "Missing: none. Unexpected: gate"),
        ("a renamed column", [HEADER.replace("dest", "destination"), "x"], "Missing: dest. Unexpected: destination"),
        ("an empty file", [""], "Missing: year, month"),
        ("a header alone", [HEADER], "0 raw = 0 clean"),
        ("another month's file", [HEADER, good(1, month=3)], "(wrong_month 1)"),
    ],
)
def test_a_bad_file_is_refused_and_the_old_partition_stays(run, copy, tmp_path, why, lines, reason):
    before = lake.clean_partition("flights", "2013-01")
    store("flights", "2013-01", lines, tmp_path)
    with pytest.raises(BAD_INPUT) as refusal:
        run("flights", "2013-01")
    assert reason in str(refusal.value), why
    assert "Nothing was committed" in str(refusal.value)
    assert lake.clean_partition("flights", "2013-01") == before
    assert list((copy / "clean" / ".staging").iterdir()) == []


def test_a_failed_job_leaves_the_old_partition(run, copy, monkeypatch):
    before = lake.clean_partition("flights", "2013-01")
    monkeypatch.setattr(partitions, "_summary", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("flights", "2013-01", reprocess=True)
    assert lake.clean_partition("flights", "2013-01") == before
    assert list((copy / "clean" / ".staging").iterdir()) == []


def test_months_that_are_up_to_date_start_no_session(copy, tmp_path):
    def no_spark(rows):
        raise AssertionError(f"a session was started for {rows} rows")

    assert partitions.clean("flights", ["2013-01"], no_spark) == []
    store("flights", "2013-01", [HEADER, good(2)], tmp_path)
    with pytest.raises(AssertionError, match="a session was started for 1 rows"):
        partitions.clean("flights", ["2013-01"], no_spark)


def test_a_missing_partition_is_named(run, data_dir):
    with pytest.raises(lake.MissingPartition, match="`ontime clean airports airlines`"):
        run("flights", "2013-01")
    with pytest.raises(lake.MissingPartition, match="No raw weather for 2013-01: download it first"):
        run("weather", "2013-01")
