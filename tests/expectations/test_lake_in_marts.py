"""The numbers of a dataset of one's own, in the lake and in its mart: a mart that loses or changes some is stopped."""

from datetime import UTC, date, datetime
from unittest.mock import patch

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations import lake_in_marts, marts
from expectations.gate.gate import Gate
from ontime import lake
from ontime.contract import Column, Dataset
from ontime.datasets import DATASETS
from ontime.settings import settings
from ontime.warehouse import own_models

pytestmark = pytest.mark.usefixtures("data_dir")

HOUR = Column("counted_at", "timestamp[us, tz=UTC]", "Start of the hour.", required=True)


def dataset(cadence: str, *columns: Column) -> Dataset:
    return Dataset("rain", "Rain", "a test", "none", cadence, {}, (HOUR, *columns), ("counted_at",), "rain")


WIDE = dataset("month", Column("north", "int32", "Millimeters."), Column("south", "int32", "Millimeters."))
NARROW = dataset("month", Column("millimeters", "double", "Millimeters."), Column("gauge", "string", "Name."))
TABLE = dataset("once", Column("millimeters", "double", "Millimeters."))


def clean_files(contract: Dataset, rows: dict[str, list[dict]]) -> None:
    for partition, records in rows.items():
        folder = settings.candidate_changes_dir / contract.name / lake.hive_path(partition)
        folder.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(records, contract.arrow_schema()), folder / "rows.parquet")


def hour(day: str, **numbers: object) -> dict[str, object]:
    return {"counted_at": datetime.fromisoformat(day).replace(tzinfo=UTC), **numbers}


#: The last row of January is in February in UTC.
MONTHS = {
    "2024-01": [hour("2024-01-05", millimeters=0.1), hour("2024-02-01 01:00", millimeters=0.2)],
    "2024-02": [hour("2024-02-05", millimeters=None), hour("2024-02-06", millimeters=4.5)],
}
ONE_READING = "counted_at, millimeters::decimal(9, 1)::double as millimeters"
FOLDER = "make_date(year::int, month::int, 1) as month_start_date"


@pytest.fixture
def readings():
    """The batch of a dataset whose mart is a query of its clean ``files``; the second month has not changed."""

    def read(contract: Dataset, rows: dict[str, list[dict]], mart: str, name: str = "fct_rain") -> pd.DataFrame:
        DATASETS.clear()
        DATASETS.update(flights=flights, rain=contract)
        clean_files(contract, rows)
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("attach ':memory:' as warehouse")
            connection.execute("create schema warehouse.marts")
            source = lake.clean_glob("rain", settings.candidate_changes_dir)
            connection.read_parquet(source, hive_partitioning=contract.is_monthly).create_view("files")
            connection.execute(f"create table warehouse.marts.{name} as {mart}")
            months = [(date(2024, 1, 1), True), (date(2024, 2, 1), True), (date(2024, 3, 1), False)]
            connection.register("months", pd.DataFrame(months, columns=["month_start_date", "rain_changed"]))
            return lake_in_marts.readings(connection)

    flights = DATASETS["flights"]
    with patch.dict(DATASETS):  # puts all back in the order in which they were
        yield read


def passes(batch: pd.DataFrame) -> bool:
    return Gate().check(marts.READINGS, batch, ["candidate"])


def test_a_mart_with_every_value_passes(readings):
    batch = readings(NARROW, MONTHS, f"select {ONE_READING}, {FOLDER} from files")
    assert batch.to_dict("list") == {
        "dataset": ["rain"] * 4,
        "month": ["2024-01-01", "2024-01-01", "2024-02-01", "2024-02-01"],
        "reading": ["millimeters", "rows"] * 2,
        "readings_in_lake": [2, 2, 1, 2],
        "readings_in_marts": [2, 2, 1, 2],
        "difference_of_sums": [0.0] * 4,
    }
    assert passes(batch)


@pytest.mark.parametrize(
    ("mart", "wrong"),
    [
        pytest.param(
            f"select {ONE_READING}, date_trunc('month', counted_at)::date as month_start_date from files",
            [
                *[("2024-01-01", "millimeters", 2, 1, -0.2), ("2024-01-01", "rows", 2, 1, 0.0)],
                *[("2024-02-01", "millimeters", 1, 2, 0.2), ("2024-02-01", "rows", 2, 3, 0.0)],
            ],
            id="the month of the clock",
        ),
        pytest.param(
            f"select {ONE_READING}, {FOLDER} from files where month(counted_at) = month::int",
            [("2024-01-01", "millimeters", 2, 1, -0.2), ("2024-01-01", "rows", 2, 1, 0.0)],
            id="rows lost at the end of a month",
        ),
        pytest.param(
            f"select {ONE_READING}, {FOLDER} from files union all select {ONE_READING}, {FOLDER} from files "
            "where millimeters is null",
            [("2024-02-01", "rows", 2, 3, 0.0)],
            id="a doubled row without a value",
        ),
        pytest.param(
            f"select counted_at, coalesce(millimeters, 0) as millimeters, {FOLDER} from files",
            [("2024-02-01", "millimeters", 1, 2, 0.0)],
            id="a missing value as 0",
        ),
        pytest.param(
            f"select counted_at, round(millimeters)::int as millimeters, {FOLDER} from files",
            [("2024-01-01", "millimeters", 2, 2, -0.3), ("2024-02-01", "millimeters", 1, 1, 0.5)],
            id="rounded",
        ),
    ],
)
def test_a_mart_that_loses_or_changes_values_is_stopped(readings, mart, wrong):
    batch = readings(NARROW, MONTHS, mart)
    differs = (batch["readings_in_lake"] != batch["readings_in_marts"]) | (batch["difference_of_sums"] != 0)
    assert [row[1:] for row in batch[differs].itertuples(index=False, name=None)] == wrong
    assert not passes(batch)


@pytest.mark.parametrize(
    ("lost", "difference"), [pytest.param("", 0.0, id="all"), pytest.param("where name <> 'south'", -13.0, id="lost")]
)
def test_an_unpivoted_mart_has_the_values_of_all_columns_together(readings, lost, difference):
    rows = {"2024-01": [hour("2024-01-05", north=1, south=6), hour("2024-01-06", north=None, south=7)]}
    mart = (
        f"select counted_at, name as gauge, value as millimeters, month_start_date from "
        f"(unpivot (select counted_at, north, south, {FOLDER} from files) on north, south) {lost}"
    )
    batch = readings(WIDE, rows, mart)
    assert batch[["reading", "readings_in_lake", "difference_of_sums"]].to_numpy().tolist() == [
        ["millimeters", 3, difference]
    ]
    assert passes(batch) == (not lost)


@pytest.mark.parametrize(
    ("south", "missing"),
    [
        pytest.param(None, 0, id="no number, so no row is missing"),
        pytest.param(0, 1, id="0 is a number"),
    ],
)
def test_an_unpivoted_mart_needs_no_row_for_a_row_without_numbers(monkeypatch, south, missing):
    rows = {"2024-01": [hour("2024-01-05", north=1, south=6), hour("2024-01-06", north=None, south=south)]}
    monkeypatch.setitem(DATASETS, "rain", WIDE)
    clean_files(WIDE, rows)
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("create schema warehouse.marts")
        connection.execute(
            "create table warehouse.marts.fct_rain as select timestamptz '2024-01-05 00:00+00' as counted_at, "
            "unnest([1, 6]) as millimeters"
        )
        batch = lake_in_marts.missing_rows(connection, pd.DataFrame({"dataset": ["rain"], "row_count": [2]}))
    assert batch[["partition", "rows_not_in_mart"]].to_numpy().tolist() == [["all", 0], ["2024-01", missing]]


@pytest.mark.parametrize(
    ("owner", "mart"),
    [
        pytest.param("weather", None, id="another dataset's alone"),
        pytest.param("rain", "fct_hours", id="its own"),
        pytest.param(None, "fct_hours", id="no dataset's alone"),
    ],
)
def test_the_mart_of_another_dataset_is_not_taken_for_its_own(monkeypatch, owner, mart):
    monkeypatch.setattr(own_models, "tables", lambda dataset: {"fct_hours"} if dataset == owner else set())
    monkeypatch.setitem(DATASETS, "rain", NARROW)
    clean_files(NARROW, {"2024-01": [hour("2024-01-05", millimeters=1.0)]})
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("create schema warehouse.marts")
        connection.execute("create table warehouse.marts.fct_hours as select timestamptz '2024-01-05' as counted_at")
        batch = lake_in_marts.missing_rows(connection, pd.DataFrame({"dataset": ["rain"], "row_count": [1]}))
    assert batch["mart"].unique().tolist() == [mart]


@pytest.mark.parametrize(("mart", "compared"), [("fct_rain", 2), ("dim_rain", 0)])
def test_a_table_without_months_is_compared_with_its_own_mart(readings, mart, compared):
    batch = readings(TABLE, {"all": MONTHS["2024-01"]}, "select * from files limit 1", mart)
    assert len(batch) == compared
    assert passes(batch) == (not compared)
