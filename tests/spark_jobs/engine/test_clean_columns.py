"""Types and bounds of clean columns in Spark."""

from dataclasses import replace
from typing import get_args

import pytest
from pyspark.sql import functions as F

from ontime.contract import Bounds, Column, ColumnType
from ontime.datasets import DATASETS
from spark_jobs.engine.clean_columns import SPARK_TYPES, clean_columns, out_of_bounds


def contract_with(*columns):
    return replace(DATASETS["airlines"], columns=columns, key=())


def test_every_contract_type_has_a_spark_type():
    assert set(SPARK_TYPES) == set(get_args(ColumnType))


def test_values_are_cast_to_the_contracts_types(spark):
    contract = contract_with(Column("seats", "int32", "Seats."), Column("weight", "double", "Weight."))
    rows = spark.sql("SELECT 1.5F AS weight, 3L AS seats").select(*clean_columns(contract))
    assert (rows.dtypes, tuple(rows.first())) == ([("seats", "int"), ("weight", "double")], (3, 1.5))


def test_a_cast_to_the_same_type_is_not_in_the_plan(spark):
    contract = contract_with(
        Column("number", "int32", "A number."),
        Column("names", "list<string>", "Names."),
        Column("day", "date32[day]", ""),
    )
    rows = spark.sql("SELECT int(id) AS number, array(string(id)) AS names, current_date() AS day FROM range(3)")
    plain, typed = (
        str(frame._jdf.queryExecution().optimizedPlan())
        for frame in (rows.select("number", "names", "day"), rows.select(*clean_columns(contract)))
    )
    assert typed.count("cast(") == plain.count("cast(") == 2


@pytest.mark.parametrize(
    ("bounds", "value", "expected"),
    [
        pytest.param(Bounds(1, 5, ""), 1, False, id="the lowest value"),
        pytest.param(Bounds(1, 5, ""), 5, False, id="the highest value"),
        pytest.param(Bounds(1, 5, ""), 0, True, id="too low"),
        pytest.param(Bounds(1, 5, ""), 6, True, id="too high"),
        pytest.param(Bounds(1, 5, ""), None, None, id="no value"),
        pytest.param(Bounds(1, 5, ""), float("nan"), True, id="not a number"),
        pytest.param(Bounds(None, 5, ""), -1000, False, id="no lower bound"),
        pytest.param(Bounds(None, 5, ""), 6, True, id="no lower bound, too high"),
        pytest.param(Bounds(1, None, ""), 1000, False, id="no upper bound"),
        pytest.param(Bounds(1, None, ""), 0, True, id="no upper bound, too low"),
        pytest.param(Bounds(1915, "this year", ""), 2013, False, id="a year"),
        pytest.param(Bounds(1915, "this year", ""), 2900, True, id="a year to come"),
    ],
)
def test_a_value_outside_its_bounds_is_noticed(spark, bounds, value, expected):
    contract = contract_with(Column("number", "double", "A number.", bounds=bounds))
    conditions = out_of_bounds(contract, {"number": F.lit(value).cast("double")})
    assert spark.range(1).select(conditions["number"].alias("is_outside")).first().is_outside is expected


def test_bounds_that_allow_exceptions_have_no_condition():
    contract = contract_with(Column("number", "double", "A number.", bounds=Bounds(1, 5, "", share=0.99)))
    assert out_of_bounds(contract, {}) == {}


def test_a_bounded_column_without_a_value_is_an_error(spark):
    with pytest.raises(KeyError, match="number"):
        out_of_bounds(contract_with(Column("number", "double", "A number.", bounds=Bounds(1, 5, ""))), {})
