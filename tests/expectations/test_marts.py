"""The gate of the marts: a candidate warehouse that differs from the lake, or is implausible, fails."""

import duckdb
import pytest

from expectations.validate import GateFailed, validate_marts
from ontime import warehouse
from ontime.settings import settings
from tests.expectations.good_data import build_candidate, store_all
from tests.ontime.warehouse.made import prove

pytestmark = pytest.mark.usefixtures("data_dir")


def test_good_marts_pass():
    store_all("2013-01", "2013-02")
    build_candidate()

    counts = validate_marts()

    assert counts["checks_failed"] == 0
    assert (counts["partitions"], counts["rows"]) == (2, 59 * 4)


def test_in_months_that_this_build_did_not_change_only_rows_are_counted():
    store_all("2013-01", "2013-02")
    build_candidate()
    validate_marts()
    warehouse.publish_candidate()
    store_all("2013-02")

    # January's sums were compared when it was built, so an impossible figure in it passes now.
    with duckdb.connect(str(settings.warehouse_candidate)) as candidate:
        candidate.execute("update marts.fct_flights set distance_miles = 0 where month(flight_date) = 1")
        prove(candidate)
    validate_marts()

    with duckdb.connect(str(settings.warehouse_candidate)) as candidate:
        candidate.execute("delete from marts.fct_flights where flight_date = '2013-01-05'")
    with pytest.raises(GateFailed, match="row 0: month=2013-01, flights_in_lake=124, flights_in_marts=120"):
        validate_marts()


MARTS_CASES = [
    pytest.param(
        ["delete from marts.fct_flights where flight_date = '2013-01-05'"],
        "expect_column_pair_values_to_be_equal(flights_in_lake, flights_in_marts)",
        ["row 0: month=2013-01, flights_in_lake=124, flights_in_marts=120"],
        id="lost flights",
    ),
    pytest.param(
        ["update marts.fct_flights set departure_delay_minutes = 3 where flight_number = 1500"],
        "expect_column_pair_values_to_be_equal(departure_delay_minutes_in_lake, departure_delay_minutes_in_marts)",
        ["departure_delay_minutes_in_lake=248, departure_delay_minutes_in_marts=279"],
        id="changed delays",
    ),
    pytest.param(
        ["update marts.fct_flights set carrier_delay_minutes = 0, weather_delay_minutes = carrier_delay_minutes"],
        "expect_column_pair_values_to_be_equal(weather_delay_minutes_in_lake, weather_delay_minutes_in_marts)",
        ["weather_delay_minutes_in_lake=0, weather_delay_minutes_in_marts=620"],
        id="causes exchanged",
    ),
    pytest.param(
        [
            "insert into marts.fct_flights by name "
            "select * replace (flight_date + 59 as flight_date) from marts.fct_flights"
        ],
        "expect_column_values_to_be_in_set(months_since_previous)",
        ["months_since_previous=2", "A month is missing"],
        id="a gap between two months",
    ),
    pytest.param(
        ["update marts.fct_flights set is_arrival_delayed = true"],
        "expect_column_values_to_be_between(arrival_delayed_share)",
        ["arrival_delayed_share=1.0"],
        id="every flight is late",
    ),
    pytest.param(
        ["update marts.fct_flights set weather_key = null where day(flight_date) > 20"],
        "expect_column_values_to_be_between(weather_match_share)",
        ["such as 0.645", "hours in another time zone"],
        id="flights without weather",
    ),
    pytest.param(
        ["update marts.fct_flights set origin_airport_code = 'XYZ', weather_key = null"],
        "expect_column_values_to_not_be_null(weather_match_share)",
        ["No airport of the month has weather"],
        id="no weather at all",
    ),
    pytest.param(
        ["update marts.fct_flights set flight_date = '2213-01-01' where flight_number = 1500"],
        "expect_column_max_to_be_between(last_flight_date)",
        ["observed: 2213-01-01", "A flight in the future."],
        id="a flight in the future",
    ),
    pytest.param(
        ["delete from marts.dim_airlines"],
        "expect_column_values_to_be_between(rows_in_marts)",
        ["relation=dim_airlines, rows_in_marts=0, rows_expected=10"],
        id="an empty dimension",
    ),
    pytest.param(
        ["insert into marts.fct_weather_hourly select * from marts.fct_weather_hourly limit 1"],
        "expect_column_pair_values_to_be_equal(rows_in_marts, rows_expected)",
        ["relation=fct_weather_hourly, rows_in_marts=94, rows_expected=93"],
        id="an hour of weather is doubled",
    ),
    pytest.param(
        [
            "update marts.fct_flights set weather_key = 'EWR_2013-01-02T10Z' "
            "where flight_number = 1500 and flight_date = '2013-01-01'"
        ],
        "expect_column_values_to_be_in_set(flights_with_another_hour)",
        ["month=2013-01, flights=124, flights_with_another_hour=1"],
        id="a flight with the weather of the next day",
    ),
    pytest.param(
        [
            "update marts.fct_weather_hourly set temperature_celsius = temperature_celsius + 1 "
            "where airport_code = 'JFK'"
        ],
        "expect_column_values_to_be_between(difference_of_sums)",
        ["reading=temperature_celsius, readings_in_lake=93, readings_in_marts=93, difference_of_sums=31.0"],
        id="a station measures a degree too much",
    ),
    pytest.param(
        ["update marts.fct_weather_hourly set temperature_celsius = null where airport_code = 'JFK'"],
        "expect_column_pair_values_to_be_equal(readings_in_lake, readings_in_marts)",
        ["reading=temperature_celsius, readings_in_lake=93, readings_in_marts=62"],
        id="a station without temperatures",
    ),
    pytest.param(
        ["update marts.dim_airlines set airline_code = 'ZZ' where airline_code = 'A3'"],
        "expect_column_values_to_be_in_set(rows_not_in_mart)",
        ["dataset=airlines, partition=all, mart=dim_airlines, rows_in_lake=10, rows_not_in_mart=1"],
        id="an airline with another code",
    ),
]


@pytest.mark.parametrize(("spoil", "expectation", "message"), MARTS_CASES)
def test_bad_marts_fail_the_gate(spoil, expectation, message):
    store_all("2013-01")
    build_candidate(*spoil)

    with pytest.raises(GateFailed) as failed:
        validate_marts()

    for text in [f"  {expectation}", *message, "The published warehouse is unchanged."]:
        assert text in str(failed.value)


def test_a_missing_mart_fails_with_its_name():
    store_all("2013-01")
    build_candidate("drop table marts.fct_flights")

    with pytest.raises(GateFailed, match=r"(?s)cannot be read: .*fct_flights.*What to do: "):
        validate_marts()


def test_the_gate_closes_the_candidate():
    store_all("2013-01")
    candidate = build_candidate()
    validate_marts()

    with duckdb.connect(str(candidate)) as writer:
        writer.execute("create table marts.written_after as select 1 as one")
        assert writer.execute("select one from marts.written_after").fetchall() == [(1,)]
