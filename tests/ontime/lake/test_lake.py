import gzip
import os
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from ontime import files, lake


def downloaded_file(folder: Path, content: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "airlines.csv"
    path.write_text(content)
    return path


def parquet(path: Path, *values: int) -> Path:
    rows = ", ".join(f"({value})" for value in values)
    duckdb.sql(f"COPY (SELECT * FROM (VALUES {rows}) AS t(value)) TO '{path}'")
    return path


def values(pattern: str) -> list[int]:
    return sorted(row[0] for row in duckdb.sql(f"SELECT value FROM '{pattern}'").fetchall())


def commit(month: str, clean: list[int], quarantined: list[int], rows_raw: int | None = None) -> None:
    staging = lake.staging_dir("flights")
    lake.commit_clean(
        lake.CleanPartition(
            dataset="flights",
            partition=month,
            raw_sha256="raw",
            job_sha256="job",
            rows_raw=len(clean) + len(quarantined) if rows_raw is None else rows_raw,
            rows_clean=len(clean),
            rows_quarantined=len(quarantined),
        ),
        [parquet(staging / "clean.parquet", *clean)],
        [parquet(staging / "quarantine.parquet", *quarantined)] if quarantined else [],
    )


# -- raw -------------------------------------------------------------------------
def test_a_raw_file_is_stored_with_its_manifest(data_dir, tmp_path):
    stored = lake.store_raw(
        "airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United\nAA,American\n"), "here"
    )
    assert (stored.row_count, stored.size_bytes, stored.source) == (2, 35, "here")
    assert stored.path.read_text() == "carrier,name\nUA,United\nAA,American\n"
    assert lake.current_raw("airlines", "all") == stored


def test_the_same_bytes_are_not_stored_twice(data_dir, tmp_path):
    first = lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United\n"), "here")
    second = lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United\n"), "there")
    assert second == replace(first, source="there")
    assert [path.name for path in first.path.parent.glob("*.csv")] == [first.file_name]


def test_a_republished_file_becomes_a_new_version_beside_the_old(data_dir, tmp_path):
    old = lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United\n"), "here")
    new = lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United Air Lines\n"), "here")
    assert lake.current_raw("airlines", "all") == new
    assert old.path.read_text() == "carrier,name\nUA,United\n"


def test_an_earlier_file_published_again_becomes_current(data_dir, tmp_path):
    old = lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United\n"), "here")
    lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United Air Lines\n"), "here")
    lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United\n"), "here")
    assert lake.current_raw("airlines", "all").sha256 == old.sha256


def test_a_raw_file_changed_after_its_download_is_refused(data_dir, tmp_path):
    stored = lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United\n"), "here")
    stored.path.write_text("carrier,name\nUA,Untied\n")
    with pytest.raises(lake.CorruptRawFile, match="run the download again"):
        lake.current_raw("airlines", "all")


def test_a_new_download_repairs_a_changed_raw_file(data_dir, tmp_path):
    stored = lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United\n"), "here")
    stored.path.write_text("broken")
    lake.store_raw("airlines", "all", downloaded_file(tmp_path, "carrier,name\nUA,United\n"), "here")
    assert lake.current_raw("airlines", "all").path.read_text() == "carrier,name\nUA,United\n"


def test_a_missing_raw_partition_says_how_to_get_it(data_dir):
    with pytest.raises(lake.MissingPartition, match="ontime download flights --from 2013-01"):
        lake.current_raw("flights", "2013-01")


@pytest.mark.parametrize(
    ("content", "rows", "why"),
    [
        ("", 0, "zero bytes"),
        ("a,b\n", 0, "a header alone"),
        ("a,b\n1,2\n3,4\n", 2, "two lines"),
        ("a,b\n1,2\n3,", 2, "a truncated last line counts"),
        ("a,b\n1,2\n\n\n", 1, "blank lines do not count"),
    ],
)
def test_count_rows(tmp_path, content, rows, why):
    path = tmp_path / "file.csv"
    path.write_text(content)
    assert lake.count_rows(path) == rows, why


def test_a_gzip_file_is_kept_compressed_and_named_gz(data_dir, tmp_path):
    packed = gzip.compress(b"carrier,name\nUA,United\n")
    (tmp_path / "airlines.csv").write_bytes(packed)
    stored = lake.store_raw("airlines", "all", tmp_path / "airlines.csv", "here")
    assert (stored.path.read_bytes(), stored.row_count) == (packed, 1)
    assert stored.file_name.endswith(".csv.gz")
    with lake.open_raw(stored.path) as file:
        assert file.read() == b"carrier,name\nUA,United\n"


# -- clean and quarantine --------------------------------------------------------
def test_a_commit_publishes_clean_rows_rejected_rows_and_counts(data_dir):
    commit("2013-01", [1, 2], [9])
    assert values(lake.clean_glob("flights")) == [1, 2]
    assert values(f"{lake.quarantine_partition_dir('flights', '2013-01')}/*.parquet") == [9]
    assert lake.clean_partition("flights", "2013-01").rows_quarantined == 1


def test_a_second_commit_replaces_the_partition_and_no_other(data_dir):
    commit("2013-01", [1], [])
    commit("2013-02", [2], [])
    commit("2013-01", [3, 4], [9])
    assert values(lake.clean_glob("flights")) == [2, 3, 4]
    assert [partition.partition for partition in lake.clean_partitions("flights")] == ["2013-01", "2013-02"]


def test_lost_rows_stop_the_commit(data_dir):
    commit("2013-01", [1], [])
    with pytest.raises(lake.RowsLost, match=r"5 raw rows became 1 clean \+ 1 quarantined\. Nothing was committed"):
        commit("2013-01", [2], [9], rows_raw=5)
    assert values(lake.clean_glob("flights")) == [1]


def test_a_commit_killed_just_before_its_swap_leaves_the_old_partition(data_dir, monkeypatch):
    commit("2013-01", [1], [8])

    def killed(link, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "point_link", killed)
    with pytest.raises(KeyboardInterrupt):
        commit("2013-01", [2, 3], [])
    assert values(lake.clean_glob("flights")) == [1]
    assert values(f"{lake.quarantine_partition_dir('flights', '2013-01')}/*.parquet") == [8]
    assert lake.clean_partition("flights", "2013-01").rows_raw == 2


def test_a_commit_killed_at_every_file_operation_leaves_old_or_new(data_dir, monkeypatch):
    replace, survived = os.replace, 0
    for allowed in range(20):
        commit("2013-01", [1], [8])
        calls = iter(range(allowed))

        def killed_after(source, target, calls=calls):
            if next(calls, None) is None:
                raise KeyboardInterrupt
            replace(source, target)

        monkeypatch.setattr(os, "replace", killed_after)
        try:
            commit("2013-01", [2, 3], [])
            survived += 1
        except KeyboardInterrupt:
            pass
        monkeypatch.setattr(os, "replace", replace)
        manifest = lake.clean_partition("flights", "2013-01")
        clean = values(lake.clean_glob("flights"))
        rejected = list(lake.quarantine_partition_dir("flights", "2013-01").glob("*.parquet"))
        assert (clean, len(rejected)) in [([1], 1), ([2, 3], 0)]
        assert (manifest.rows_clean, manifest.rows_quarantined) == (len(clean), len(rejected))
    assert 0 < survived < 20


def test_a_reader_with_the_old_partition_open_can_finish(data_dir):
    commit("2013-01", [1], [])
    old = lake.clean_partition_dir("flights", "2013-01").resolve()
    commit("2013-01", [2], [])
    assert values(f"{old}/*.parquet") == [1]
    commit("2013-01", [3], [])
    assert not old.exists()


def test_a_reference_table_is_one_partition(data_dir):
    staging = lake.staging_dir("airlines")
    partition = lake.CleanPartition("airlines", "all", "raw", "job", 2, 2, 0)
    lake.commit_clean(partition, [parquet(staging / "a.parquet", 1, 2)], [])
    assert values(lake.clean_glob("airlines")) == [1, 2]
    assert lake.clean_partitions("airlines") == [partition]


def test_a_commit_is_validated_until_the_next(data_dir):
    commit("2013-01", [1], [])
    first = lake.clean_partition("flights", "2013-01")
    assert not first.is_validated
    lake.mark_validated(first)
    assert first.is_validated
    commit("2013-01", [2], [])
    lake.mark_validated(first)
    assert not lake.clean_partition("flights", "2013-01").is_validated


def test_the_fingerprint_changes_with_every_commit(data_dir):
    commit("2013-01", [1], [])
    before = lake.fingerprint()
    assert lake.fingerprint() == before
    commit("2013-01", [1], [])
    assert lake.fingerprint() != before


def test_rows_are_counted_over_all_months(data_dir):
    commit("2013-01", [1, 2], [3])
    commit("2013-02", [4], [])
    [flights] = lake.row_counts()  # of the other datasets nothing is clean
    assert (flights.dataset, flights.raw, flights.clean, flights.quarantined) == ("flights", 4, 3, 1)
