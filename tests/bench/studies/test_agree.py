"""Every difference between two tables is reported."""

import pyarrow as pa
import pytest

from bench.studies.agree import differences

EXPECTED = pa.table({"flight_number": pa.array([1, 2], pa.int32()), "is_cancelled": [True, None]})


def test_equal_tables_have_no_differences():
    assert differences(EXPECTED, EXPECTED) == []


@pytest.mark.parametrize(
    ("actual", "message"),
    [
        pytest.param(EXPECTED.slice(1), "1 rows, not 2", id="missing row"),
        pytest.param(
            EXPECTED.rename_columns(["number", "is_cancelled"]),
            "columns ['number', 'is_cancelled'], not",
            id="other column",
        ),
        pytest.param(
            EXPECTED.set_column(1, "is_cancelled", pa.array([True, False])),
            "is_cancelled: 1 rows, the first is row 1 with False, not None",
            id="other value",
        ),
    ],
)
def test_a_missing_row_another_column_or_another_value_is_a_difference(actual, message):
    [line] = differences(EXPECTED, actual)
    assert line.startswith(message)
