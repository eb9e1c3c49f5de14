"""Reasons for rejecting a row come from a closed list."""

import pytest
from pyspark.sql import functions as F

from spark_jobs.engine.raw_columns import RawColumns
from spark_jobs.engine.rules import apply_rules


@pytest.fixture
def rows(spark):
    return spark.sql("SELECT 'x' AS name, string(NULL) AS malformed_line, 'all' AS partition")


def test_the_first_reason_of_the_list_counts(rows):
    rules = {"duplicate": F.lit(True), "invalid_time": F.lit(True), "missing_value": F.lit(False)}
    assert apply_rules(rows, RawColumns({}), {}, rules).first().reason == "invalid_time"


def test_a_row_that_breaks_no_rule_has_no_reason(rows):
    assert apply_rules(rows, RawColumns({}), {}, {"invalid_time": F.lit(False)}).first().reason is None


def test_an_unknown_reason_is_an_error(rows):
    with pytest.raises(ValueError, match="too_ugly"):
        apply_rules(rows, RawColumns({}), {}, {"too_ugly": F.lit(True)})
