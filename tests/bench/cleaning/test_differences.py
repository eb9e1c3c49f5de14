"""A disagreement is seen, and told."""

import pyarrow as pa
import pytest

from bench.studies.agree import differences

EXPECTED = pa.table({"flight_number": pa.array([1, 2], pa.int32()), "is_cancelled": [True, None]})


def test_the_same_rows():
    assert differences(EXPECTED, EXPECTED) == []


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (EXPECTED.slice(1), "1 rows, not 2"),
        (EXPECTED.rename_columns(["number", "is_cancelled"]), "columns ['number', 'is_cancelled'], not"),
        (
            EXPECTED.set_column(1, "is_cancelled", pa.array([True, False])),
            "is_cancelled: 1 rows, the first is row 1 with False, not None",
        ),
    ],
)
def test_another_row_column_or_value(found, told):
    [line] = differences(EXPECTED, found)
    assert line.startswith(told)
