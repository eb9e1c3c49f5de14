"""The raw gate on a month of the Bureau of Transportation Statistics."""

import gzip

import pytest

from expectations.validate import GateFailed, validate_raw
from ontime import lake
from ontime.settings import settings
from tests.published import bts

pytestmark = [pytest.mark.more, pytest.mark.usefixtures("data_dir")]

ROWS = bts.sample_rows()


def store(content: bytes) -> None:
    fetched = settings.data_dir / "fetched.csv"
    fetched.parent.mkdir(parents=True, exist_ok=True)
    fetched.write_bytes(gzip.compress(content))
    lake.store_raw("flights", bts.MONTH, fetched, "test")


def test_the_real_rows_pass():
    store(bts.table())
    checked = validate_raw("flights", [bts.MONTH])
    assert (checked["checks_failed"], checked["rows"]) == (0, 100)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(
            bts.table().replace(b'"ArrDelay",', b'"Arr_Delay",', 1),
            ["missing columns: ArrDelay", "unexpected columns: Arr_Delay"],
            id="a renamed column is measured by this format",
        ),
        pytest.param(
            bts.table([row | {"Month": "11"} for row in ROWS]),
            ["expect_column_values_to_be_in_set(Month)", "such as 11"],
            id="another month",
        ),
        pytest.param(
            bts.table([row for row in ROWS if int(row["DayofMonth"]) < 20]),
            ["expect_column_unique_value_count_to_be_between(DayofMonth)", "observed: 19"],
            id="cut short",
        ),
        pytest.param(
            bts.table([row | {"ArrDelay": "late"} for row in ROWS]),
            ["expect_column_values_to_match_regex(ArrDelay)", "such as late"],
            id="delays in words",
        ),
        pytest.param(
            bts.table([row | {"Cancelled": "2.00"} for row in ROWS]),
            ["expect_column_values_to_match_regex(Cancelled)"],
            id="neither cancelled nor not",
        ),
        pytest.param(
            bts.table([row | {"DestAirportID": ""} for row in ROWS]),
            ["expect_column_values_to_not_be_null(DestAirportID)"],
            id="airports without numbers",
        ),
    ],
)
def test_a_bad_month_stops_at_the_gate(content, told):
    store(content)
    with pytest.raises(GateFailed) as failed:
        validate_raw("flights", [bts.MONTH])
    for words in ["raw.flights 2020-12: ", *told]:
        assert words in str(failed.value)
