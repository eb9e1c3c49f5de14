"""The dbt sources and staging models have the columns that the dataset contracts declare."""

import dataclasses
import re

import duckdb
import pyarrow as pa
import pytest

from ontime.contract import Dataset
from ontime.datasets import DATASETS, MONTHLY
from ontime.settings import settings
from tests.dbt_project.dbt_in_process import Dbt

SQL = {path.stem.removeprefix("stg_lake__"): path.read_text() for path in settings.dbt_project_dir.rglob("stg_*.sql")}

#: Staging models that make rows of the clean table's columns.
UNPIVOTED = {name for name, sql in SQL.items() if re.search(r"(?m)^unpivot \(", sql)}
STAGED = sorted((SQL.keys() & DATASETS.keys()) - UNPIVOTED)

#: Contract columns that a staging model leaves out, and why.
LEFT_OUT = {"flights": {"reported_times_agree": "it measures the publisher's data: only the clean gate needs it"}}
#: Columns that the staging models of months add to the contract's; a flight's own date says its month.
ADDED = {name: ["month_start_date"] for name in MONTHLY if name != "flights"}


def staged_columns(contract: Dataset, sql: str) -> list[str]:
    """The columns that a staging model has when it reads a clean table of a contract.

    Raises ``duckdb.BinderException`` if it selects a column that the contract lacks.
    """
    table = contract.arrow_schema().empty_table()
    if contract.is_monthly:  # the folders of a month are columns too
        for name in ("year", "month"):
            table = table.append_column(name, pa.array([], pa.string()))
    query, count = re.subn(r'\{\{ source\("lake", "' + contract.name + r'"\) \}\}', "clean", sql)
    assert count == 1, f"stg_lake__{contract.name} does not read the source {contract.name}"
    with duckdb.connect() as connection:
        return connection.register("clean", table).sql(query).columns


def expected_columns(contract: Dataset) -> list[str]:
    left_out = LEFT_OUT.get(contract.name, {})
    return [name for name in contract.column_names if name not in left_out] + ADDED.get(contract.name, [])


def agree(contract: Dataset, sql: str) -> bool:
    """Whether a staging model has the expected columns, and leaves out only columns that the contract has."""
    try:
        same = staged_columns(contract, sql) == expected_columns(contract)
    except duckdb.BinderException:
        return False
    return same and LEFT_OUT.get(contract.name, {}).keys() <= set(contract.column_names)


@pytest.mark.parametrize("name", STAGED)
def test_a_staging_model_selects_the_columns_of_its_contract(name):
    assert staged_columns(DATASETS[name], SQL[name]) == expected_columns(DATASETS[name])
    assert agree(DATASETS[name], SQL[name])


def test_every_source_has_a_staging_model_and_is_a_dataset_or_the_table_of_months(project: Dbt):
    sources = {source.name for source in project.manifest.sources.values()}
    assert sources == SQL.keys()
    assert sources - DATASETS.keys() == {"months"}
    # Flights cannot be built without the datasets that they need.
    assert {"flights", *DATASETS["flights"].needs} <= sources


@pytest.mark.parametrize("name", STAGED)
def test_a_column_removed_from_the_contract_is_noticed(name):
    contract = DATASETS[name]
    for column in contract.columns:
        columns = tuple(other for other in contract.columns if other != column)
        key = tuple(part for part in contract.key if part != column.name)
        assert not agree(dataclasses.replace(contract, columns=columns, key=key), SQL[name]), column.name


@pytest.mark.parametrize("name", STAGED)
def test_a_column_removed_from_the_staging_model_is_noticed(name):
    contract = DATASETS[name]
    for column in set(contract.column_names) - LEFT_OUT.get(name, {}).keys():
        sql, count = re.subn(rf"(?m)^    {column},?\n", "", SQL[name])
        assert count == 1, column
        # A trailing comma is valid in DuckDB, so removing the last column needs no more.
        assert not agree(contract, sql), column
