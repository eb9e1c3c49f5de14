"""A gate reports every failure, also of a check that could not be computed."""

import pandas as pd
import pytest
from great_expectations import ExpectationSuite
from great_expectations.expectations import ExpectColumnValuesToBeBetween

from expectations.gate.failure import GateFailed
from expectations.gate.gate import Gate

pytestmark = pytest.mark.usefixtures("data_dir")

POSITIVE = ExpectationSuite("raw.flights", [ExpectColumnValuesToBeBetween(column="distance_miles", min_value=1)])


def test_an_expectation_that_cannot_be_computed_fails_and_says_why():
    gate = Gate()

    assert gate.check(POSITIVE, pd.DataFrame({"distance_miles": ["far"]}), ["2013-01"]) is False
    with pytest.raises(GateFailed, match=r"(?s)between\(distance_miles\).*could not be checked: .*same type"):
        gate.close(partitions=1, rows=1, consequence="None.", advice="none")


def test_the_counts_cover_every_check():
    gate = Gate()
    for month in ("2013-01", "2013-02"):
        assert gate.check(POSITIVE, pd.DataFrame({"distance_miles": [1, 2]}), [month]) is True

    counts = gate.close(partitions=2, rows=4, consequence="None.", advice="none")
    assert counts == {"checks_passed": 2, "checks_failed": 0, "partitions": 2, "rows": 4, "warnings": []}


def test_every_failure_is_in_the_message():
    gate = Gate()
    for month, distance in (("2013-01", -1), ("2013-02", 5), ("2013-03", -3)):
        gate.check(POSITIVE, pd.DataFrame({"distance_miles": [distance]}), [month])

    with pytest.raises(GateFailed) as failed:
        gate.close(partitions=3, rows=3, consequence="Nothing was cleaned.", advice="none")
    for text in ("raw.flights 2013-01: ", "raw.flights 2013-03: ", "Nothing was cleaned.\nWhat to do: none"):
        assert text in str(failed.value)
    assert "2013-02" not in str(failed.value)
