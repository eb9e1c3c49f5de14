"""Damaged files: which rows go to quarantine, and which message the user gets.

Each file is a real month of flights (every fortieth row) with some damage. It passes through download, raw gate, Spark
job and clean gate, as in the `flights` DAG. The two months with bad rows are one Spark batch.
"""

from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
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

MONTH, NEXT = "2013-01", "2013-02"
Lines = list[str]


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Callable[[str], Lines]:
    """Every fortieth row of a month's file, after its header."""
    folder = tmp_path_factory.mktemp("sample")

    def sample(month: str) -> Lines:
        EmbeddedPublisher().fetch("flights", month, folder / "flights.csv")
        header, *lines = (folder / "flights.csv").read_text().splitlines()
        return [header, *lines[::40]]

    return sample


@pytest.fixture(scope="module")
def january(sample) -> Lines:
    return sample(MONTH)


def publish(folder: Path, month: str, lines: Lines) -> None:
    (folder / "flights").mkdir(exist_ok=True)
    (folder / "flights" / f"{month}.csv").write_text("\n".join(lines) + "\n")


def with_cells(header: str, line: str, cells: dict[str, str]) -> str:
    return ",".join((dict(zip(header.split(","), line.split(","), strict=True)) | cells).values())


def without_column(lines: Lines, column: str) -> Lines:
    index = lines[0].split(",").index(column)
    return [",".join(cell for at, cell in enumerate(line.split(",")) if at != index) for line in lines]


def with_unknown_airports(line: str) -> str:
    return line.replace(",IAH,", ",QQQ,").replace(",ORD,", ",QQQ,")


BAD_ROWS = {
    # why: (reason, changed cells of a good row)
    "a row of another month": ("wrong_month", {"month": "2"}),
    "a delay that is no number": ("invalid_number", {"arr_delay": "late"}),
    "an unknown airport": ("unknown_airport", {"dest": "QQQ"}),
    "an unknown carrier": ("unknown_airline", {"carrier": "ZZ"}),
    "minute 75": ("invalid_time", {"dep_time": "1275"}),
    "almost three days in the air": ("implausible_value", {"air_time": "4000"}),
    "landed before it departed": ("implausible_value", {"arr_delay": "-700"}),
    "arrived without a departure": ("implausible_value", {"dep_time": "NA", "dep_delay": "NA"}),
}


@pytest.fixture(scope="module")
def bad_lines(january) -> dict[str, tuple[str, str]]:
    """The reason and the line of every bad row; those of BAD_ROWS are the file's first lines, the others its last."""
    header, *good = january
    changed = {
        why: (reason, with_cells(header, line, cells))
        for (why, (reason, cells)), line in zip(BAD_ROWS.items(), good, strict=False)
    }
    return changed | {
        "a row twice": ("duplicate", good[len(BAD_ROWS)]),
        "last line truncated": ("malformed_line", good[-1][:40]),
    }


@pytest.fixture(scope="module")
def ingested(spark, module_data_dir, tmp_path_factory, sample, january, bad_lines) -> str:
    """Cleans January with all bad rows and a February with too many of them; returns the printed output."""
    *changed, twice, truncated = (line for _, line in bad_lines.values())
    header, *good = january
    folder = tmp_path_factory.mktemp("publisher")
    publish(folder, MONTH, [header, *changed, *good[len(changed) : -1], twice, truncated])
    publish(folder, NEXT, [with_unknown_airports(line) for line in sample(NEXT)])
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as printed:
        for dataset in ("airports", "airlines"):
            download(dataset, [ALL])
            partitions.clean(dataset, [ALL], lambda _: spark)
        patch.setattr(settings, "source", "folder")
        patch.setattr(settings, "source_dir", folder)
        download("flights", [MONTH, NEXT])
        validate_raw("flights", [MONTH, NEXT])
        partitions.clean("flights", [MONTH, NEXT], lambda _: spark)
        validate_clean("flights", [MONTH])
    return printed.getvalue()


@pytest.fixture(scope="module")
def quarantined(ingested) -> list[tuple[str, str | None, str]]:
    """Each rejected row of January: its cells joined to a line, the line that could not be split, and the reason."""
    files = lake.quarantine_partition_dir("flights", MONTH) / "*.parquet"
    rows = duckdb.sql(f"SELECT COLUMNS('raw_.*'), malformed_line, reason FROM '{files}'").fetchall()
    return [(",".join(value or "NA" for value in cells), malformed, reason) for *cells, malformed, reason in rows]


@pytest.mark.parametrize("why", [*BAD_ROWS, "a row twice"])
def test_a_bad_row_goes_whole_to_quarantine(quarantined, bad_lines, why):
    reason, line = bad_lines[why]
    assert [row for row in quarantined if row[0] == line] == [(line, None, reason)]


def test_a_truncated_last_line_goes_whole_to_quarantine(quarantined, bad_lines):
    reason, line = bad_lines["last line truncated"]
    assert [(malformed, why) for _, malformed, why in quarantined if malformed] == [(line, reason)]


def test_every_row_of_the_month_is_counted(ingested, january, quarantined):
    partition = lake.clean_partition("flights", MONTH)
    rows, clean = len(january), len(january) - 1 - len(BAD_ROWS) - 1
    assert partition.quarantined_by_reason == {
        "duplicate": 1, "implausible_value": 3, "invalid_number": 1, "invalid_time": 1, "malformed_line": 1,
        "unknown_airline": 1, "unknown_airport": 1, "wrong_month": 1,
    }  # fmt: skip
    assert (partition.rows_raw, partition.rows_clean, partition.rows_quarantined) == (rows, clean, 10)
    assert (len(quarantined), partition.is_validated) == (10, True)
    assert (
        f"flights {MONTH}: {rows} raw = {clean} clean + 10 quarantined (duplicate 1, implausible_value 3, "
        "invalid_number 1, invalid_time 1, malformed_line 1, unknown_airline 1, unknown_airport 1, wrong_month 1)"
    ) in ingested


def test_too_many_bad_rows_stop_at_the_clean_gate(ingested, sample):
    with pytest.raises(GateFailed) as failed:
        validate_clean("flights", [NEXT])
    bad = sum(line != with_unknown_airports(line) for line in sample(NEXT))
    for word in ["clean.flights", f"unknown_airport {bad}", str(settings.quarantine_dir / "flights")]:
        assert word in str(failed.value)
    partition = lake.clean_partition("flights", NEXT)
    assert (partition.rows_quarantined, partition.is_validated) == (bad, False)


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
def test_a_bad_file_stops_at_the_raw_gate(data_dir, monkeypatch, tmp_path, january, damage, expected):
    publish(tmp_path, MONTH, damage(list(january)))
    monkeypatch.setattr(settings, "source", "folder")
    monkeypatch.setattr(settings, "source_dir", tmp_path)
    download("flights", [MONTH])
    with pytest.raises(GateFailed) as failed:
        validate_raw("flights", [MONTH])
    for word in [*expected, "raw.flights", "Nothing was cleaned.\nWhat to do: ", str(settings.raw_dir / "flights")]:
        assert word in str(failed.value)
    assert lake.current_raw("flights", MONTH).path.exists()
    assert lake.clean_partitions("flights") == []
