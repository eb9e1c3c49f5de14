"""Which months a build makes again, and what dbt reads for it."""

from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from ontime import lake
from ontime.datasets import DATASETS
from ontime.settings import settings
from ontime.warehouse import changes

COMMITS = {
    **{f"{dataset}/2013-{month:02d}": "a" for dataset in ("flights", "weather") for month in range(1, 7)},
    **{f"{dataset}/all": "a" for dataset in ("airports", "airlines", "aircraft")},
}


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in COMMITS.items() if key != name}


@pytest.mark.parametrize(
    ("before", "flights", "weather"),
    [
        pytest.param(COMMITS, set(), set(), id="nothing has changed"),
        pytest.param(without("flights/2013-06"), {"2013-06"}, set(), id="a month has come"),
        pytest.param({**COMMITS, "weather/2013-03": "b"}, set(), {"2013-03"}, id="a month has come again"),
        pytest.param({**COMMITS, "flights/2013-07": "a"}, {"2013-07"}, set(), id="a month has gone"),
        pytest.param({**COMMITS, "airlines/all": "b"}, set(), set(), id="a table is no month"),
        pytest.param({}, *[{f"2013-0{month}" for month in range(1, 7)}] * 2, id="nothing is published"),
    ],
)
def test_changed_months_are_found(before, flights, weather):
    changed = changes.between(before, COMMITS).changed
    assert {name: months for name, months in changed.items() if months} == {
        name: months for name, months in {"flights": flights, "weather": weather}.items() if months
    }


@pytest.mark.parametrize(
    ("before", "flights", "weather"),
    [
        pytest.param(COMMITS, "", "", id="nothing has changed"),
        pytest.param({**COMMITS, "flights/2013-03": "b"}, "3", "", id="flights: their month"),
        pytest.param(
            {**COMMITS, "weather/2013-03": "b"}, "234", "3", id="weather: flights of the months beside it too"
        ),
        pytest.param(without("weather/2013-06"), "56", "6", id="weather of the last month"),
        pytest.param(
            {**COMMITS, "weather/2013-07": "a"}, "6", "", id="weather after the last month of flights is gone"
        ),
    ],
)
def test_only_the_months_to_build_are_linked(data_dir, before, flights, weather):
    snapshot = data_dir / "snapshot"
    for name in COMMITS:
        (snapshot / name.split("/")[0] / lake.hive_path(name.split("/")[1])).mkdir(parents=True)
    root = settings.candidate_changes_dir
    changes.between(before, COMMITS).lay_out(snapshot, root)

    def linked(dataset: str) -> str:
        return "".join(sorted(path.name[-1] for path in (root / dataset).glob("year=2013/month=*")))

    assert (linked("flights"), linked("weather")) == (flights, weather)
    assert (root / "airports").resolve() == snapshot / "airports"


def test_a_dataset_that_has_not_arrived_is_an_empty_table_with_its_columns(data_dir):
    changes.between({}, {"flights/2013-01": "a"}).lay_out(data_dir / "snapshot", settings.candidate_changes_dir)
    for name, dataset in DATASETS.items():
        [file] = (settings.candidate_changes_dir / name).rglob("*.parquet")
        assert pyarrow.parquet.read_schema(file) == dataset.arrow_schema()
        assert pyarrow.parquet.read_metadata(file).num_rows == 0


def test_the_table_of_months(data_dir):
    before = {**without("flights/2013-06"), "weather/2013-07": "a"}
    commits = {name: "a" for name in COMMITS if name >= "flights/2013-05" and not name.startswith("weather/2013-0")}
    commits |= {"weather/2013-05": "b", "weather/2013-06": "a"}
    snapshot = Path(data_dir / "snapshot")
    changes.between({name: before[name] for name in before if name[-2:] in ("05", "06", "07")}, commits).lay_out(
        snapshot, settings.candidate_changes_dir
    )
    file = settings.candidate_changes_dir / "months" / "months.parquet"
    assert duckdb.sql(
        f"SELECT month_start_date::text, has_flights, flights_changed, weather_changed FROM '{file}'"
    ).fetchall() == [
        ("2013-05-01", True, False, True),
        ("2013-06-01", True, True, False),
        ("2013-07-01", False, False, True),
    ]
