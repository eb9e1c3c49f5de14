"""The suites of raw files and clean rows: good data passes, and each type of expectation stops some bad data."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest

from expectations.validate import GateFailed, validate_clean, validate_raw
from ontime.datasets import DATASETS
from tests.expectations.good_data import (
    MONTH,
    NAMES,
    Row,
    clean_rows,
    partition_of,
    raw_lines,
    store_good,
    store_raw_lines,
)
from tests.expectations.test_marts import MARTS_CASES
from tests.expectations.test_shared import RECONCILIATION_CASES

pytestmark = pytest.mark.usefixtures("data_dir")

Spoil = Callable[[list[str]], list[str]]


@pytest.mark.parametrize("dataset", NAMES)
def test_good_raw_and_clean_data_passes(dataset):
    store_good(dataset)
    partition = partition_of(dataset)

    raw, clean = validate_raw(dataset, [partition]), validate_clean(dataset, [partition])

    rows = len(clean_rows(dataset))
    assert {**raw, "checks_passed": 0} == {
        "checks_passed": 0,
        "checks_failed": 0,
        "partitions": 1,
        "rows": rows,
        "warnings": [],
    }
    assert {**clean, "checks_passed": 0} == {
        "checks_passed": 0,
        "checks_failed": 0,
        "partitions": 1,
        "rows": rows,
        "warnings": [],
    }
    assert raw["checks_passed"] > 3 and clean["checks_passed"] > 10


def cells(column: str, value: str) -> Spoil:
    """Replace the value of one column in every row of the file."""

    def spoil(lines: list[str]) -> list[str]:
        position = lines[0].split(",").index(column)
        rows = [line.split(",") for line in lines[1:]]
        return [lines[0], *[",".join([*row[:position], value, *row[position + 1 :]]) for row in rows]]

    return spoil


def header(old: str, new: str) -> Spoil:
    return lambda lines: [lines[0].replace(old, new), *lines[1:]]


def without(column: int) -> Spoil:
    return lambda lines: [",".join(line.split(",")[:column] + line.split(",")[column + 1 :]) for line in lines]


COLUMNS = "expect_table_columns_to_match_ordered_list()"
RAW_CASES = [
    # dataset, how the file is spoilt, the failed expectation, texts of the message
    pytest.param("flights", without(5), COLUMNS, ["missing columns: dep_delay"], id="a column is missing"),
    pytest.param(
        "flights",
        lambda lines: [f"{lines[0]},wheels_off", *[f"{line},1" for line in lines[1:]]],
        COLUMNS,
        ["unexpected columns: wheels_off"],
        id="a new column",
    ),
    pytest.param(
        "flights",
        header("dep_delay", "departure_delay"),
        COLUMNS,
        ["missing columns: dep_delay", "unexpected columns: departure_delay"],
        id="a renamed column",
    ),
    pytest.param(
        "airlines",
        header("carrier,name", "name,carrier"),
        COLUMNS,
        ["same columns in another order: name, carrier"],
        id="columns in another order, so values would end up in the wrong column",
    ),
    pytest.param("weather", lambda _: [], COLUMNS, ["The file is empty: it has no header line."], id="an empty file"),
    pytest.param(
        "flights",
        lambda _: ["<!DOCTYPE html>", "<html><body>Service unavailable</body></html>"],
        COLUMNS,
        ["The file begins with '<!DOCTYPE html>': it is a web page, not a table."],
        id="the server sent an error page",
    ),
    pytest.param(
        "airports",
        lambda lines: lines[:1],
        "expect_table_row_count_to_be_between()",
        ["observed: 0"],
        id="only a header",
    ),
    pytest.param(
        "flights",
        lambda lines: [*lines[:100], *[f"{line},too,many" for line in lines[100:]]],
        "expect_table_row_count_to_be_between()",
        ["min_value=118", "observed: 99"],
        id="more than one line in twenty is unreadable",
    ),
    pytest.param(
        "flights",
        cells("month", "2"),
        "expect_column_values_to_be_in_set(month)",
        ["observed: 124 of 124 values unexpected, such as 2", "row 0: year=2013, month=2, day=1"],
        id="the server sent another month",
    ),
    pytest.param(
        "weather",
        cells("year", "2012"),
        "expect_column_values_to_be_in_set(year)",
        ["such as 2012"],
        id="the server sent another year",
    ),
    pytest.param(
        "flights",
        lambda lines: lines[: 1 + 4 * 17],
        "expect_column_unique_value_count_to_be_between(day)",
        ["min_value=29", "observed: 17", "the file was cut short"],
        id="the file ends in the middle of the month",
    ),
    pytest.param(
        "flights",
        cells("carrier", "NA"),
        "expect_column_values_to_not_be_null(carrier)",
        ["observed: 124 of 124 values unexpected", "carrier=null"],
        id="a key column is empty",
    ),
    pytest.param(
        "flights",
        cells("dep_delay", "late"),
        "expect_column_values_to_match_regex(dep_delay)",
        ["such as late", "row 4: year=2013, month=1, day=2"],
        id="delays are not numbers",
    ),
    pytest.param(
        "airports",
        lambda lines: [lines[0], *[f"EWR{line[3:]}" for line in lines[1:]]],
        "expect_column_values_to_be_unique(faa)",
        ["40 of 40 values unexpected, such as EWR"],
        id="one airport many times",
    ),
]


@pytest.mark.parametrize(("dataset", "spoil", "expectation", "message"), RAW_CASES)
def test_a_bad_raw_file_fails_the_gate(dataset, spoil, expectation, message):
    store_raw_lines(dataset, spoil(raw_lines(dataset)))

    with pytest.raises(GateFailed) as failed:
        validate_raw(dataset, [partition_of(dataset)])

    for text in [f"raw.{dataset} {partition_of(dataset)}: ", f"  {expectation}", *message, "What to do: "]:
        assert text in str(failed.value)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda lines: [*lines, '2013,1,"31'], id="a quote that is never closed"),
        pytest.param(
            lambda lines: [*lines[:9], '2013,1,"31,x', *lines[9:]], id="an open quote in the middle of the file"
        ),
        pytest.param(lambda lines: [*lines, "2013,1,31,1,2,3"], id="a line cut short"),
        pytest.param(lambda lines: [*lines, f"{lines[1]},extra"], id="a line too long"),
        pytest.param(lambda lines: [*lines, lines[1].replace("2013,1,", "2013,2,")], id="a stray row of another month"),
        pytest.param(lambda lines: [*lines, lines[1].replace("UA", "")], id="a row without a carrier"),
        pytest.param(lambda lines: [*lines, lines[1]], id="a duplicate row"),
    ],
)
def test_a_single_bad_line_passes_because_spark_quarantines_it(spoil):
    store_raw_lines("flights", spoil(raw_lines("flights")))

    assert validate_raw("flights", [MONTH])["checks_failed"] == 0


def value(column: str, new: object) -> Callable[[list[Row]], object]:
    """Replace the value of one column in the fourth row."""
    return lambda rows: rows[3].update({column: new})


def everywhere(column: str, new: object) -> Callable[[list[Row]], object]:
    """Replace the value of one column in every row."""
    return lambda rows: [row.update({column: new}) for row in rows]


def three_days_late(rows: list[Row]) -> None:
    rows[3]["scheduled_arrival_at"] = datetime(2013, 2, 4, tzinfo=UTC)


def lands_before_departure(rows: list[Row]) -> None:
    rows[3]["scheduled_arrival_at"] = rows[3]["scheduled_departure_at"] - timedelta(hours=1)


CLEAN_CASES = [
    pytest.param(
        "flights",
        lambda rows: rows.append(rows[3]),
        "expect_compound_columns_to_be_unique(scheduled_departure_local_at, airline_code, flight_number, "
        "origin_airport_code, destination_airport_code, flight_date)",
        ["observed: 2 of 125 values unexpected", "row 3: flight_date=2013-01-01", "row 124: flight_date=2013-01-01"],
        id="the same flight twice",
    ),
    pytest.param(
        "flights",
        value("airline_code", None),
        "expect_column_values_to_not_be_null(airline_code)",
        ["observed: 1 of 124 values unexpected", "airline_code=null, flight_number=1503"],
        id="a flight without an airline",
    ),
    pytest.param(
        "flights",
        value("origin_airport_code", "Newark"),
        "expect_column_values_to_match_regex(origin_airport_code)",
        ["such as Newark"],
        id="an airport name in place of its code",
    ),
    pytest.param(
        "flights",
        value("flight_date", date(2013, 2, 1)),
        "expect_column_values_to_be_between(flight_date)",
        ["min_value=2013-01-01", "max_value=2013-01-31", "flight_date=2013-02-01"],
        id="a flight in another month",
    ),
    pytest.param(
        "flights",
        three_days_late,
        "expect_column_values_to_be_between(scheduled_arrival_at)",
        ["scheduled_arrival_at=2013-02-04 00:00:00+00:00"],
        id="an instant far from its month",
    ),
    pytest.param(
        "flights",
        value("air_time_minutes", 4000),
        "expect_column_values_to_be_between(air_time_minutes)",
        ["such as 4000"],
        id="three days in the air",
    ),
    pytest.param(
        "flights",
        lands_before_departure,
        "expect_column_pair_values_a_to_be_greater_than_b(scheduled_arrival_at, scheduled_departure_at)",
        ["a time zone or a date was read wrongly", "row 3: "],
        id="arrival before departure",
    ),
    pytest.param(
        "flights",
        lambda rows: [row.update(reported_times_agree=False) for row in rows[:2]],
        "expect_column_values_to_be_in_set(reported_times_agree)",
        ["observed: 2 of 124 values unexpected, such as False"],
        id="clock times that contradict the delays",
    ),
    pytest.param(
        "flights",
        everywhere("is_cancelled", True),
        "expect_column_mean_to_be_between(is_cancelled)",
        ["observed: 1.0"],
        id="every flight cancelled",
    ),
    pytest.param(
        "weather",
        value("temperature_celsius", 102.2),
        "expect_column_values_to_be_between(temperature_celsius)",
        ["such as 102.2", "row 3: airport_code=EWR, observed_at=2013-01-02 10:00:00+00:00"],
        id="Fahrenheit in a Celsius column",
    ),
    pytest.param(
        "weather",
        everywhere("dew_point_celsius", 10.0),
        "expect_column_pair_values_a_to_be_greater_than_b(temperature_celsius, dew_point_celsius)",
        ["93 of 93 values unexpected"],
        id="dew points above the temperature",
    ),
    pytest.param(
        "weather",
        everywhere("implausible_values", ["pressure_hectopascals", "visibility_kilometers"]),
        "expect_column_value_lengths_to_equal(implausible_values)",
        ["such as pressure_hectopascals, visibility_kilometers"],
        id="a station without any plausible reading",
    ),
    pytest.param(
        "airports",
        value("time_zone", "-5"),
        "expect_column_values_to_match_regex(time_zone)",
        ["wrong for half of the year", "time_zone=-5"],
        id="an offset in place of a time zone",
    ),
    pytest.param(
        "airlines",
        value("airline_code", "A1"),
        "expect_column_values_to_be_unique(airline_code)",
        ["2 of 10 values unexpected, such as A1"],
        id="two airlines with one code",
    ),
    pytest.param(
        "airlines",
        value("airline_name", "x" * 101),
        "expect_column_value_lengths_to_be_between(airline_name)",
        ["1 of 10 values unexpected"],
        id="a name of 101 letters",
    ),
    pytest.param(
        "aircraft",
        value("manufactured_year", 2913),
        "expect_column_values_to_be_between(manufactured_year)",
        ["such as 2913"],
        id="an aircraft of the future",
    ),
]


@pytest.mark.parametrize(("dataset", "spoil", "expectation", "message"), CLEAN_CASES)
def test_bad_clean_rows_fail_the_gate(dataset, spoil, expectation, message):
    store_good(dataset, spoil=spoil)

    with pytest.raises(GateFailed) as failed:
        validate_clean(dataset, [partition_of(dataset)])

    for text in [f"clean.{dataset} {partition_of(dataset)}: 1 of ", f"  {expectation}", *message, "What to do: "]:
        assert text in str(failed.value)


def test_every_type_of_expectation_has_a_failing_case():
    from expectations import marts, shared

    suites = [marts.MONTHS, marts.RELATIONS]
    for name in NAMES:
        module = import_module(f"expectations.{name}")
        shape, reconciliation = shared.shape_suite(DATASETS[name]), shared.reconciliation_suite(DATASETS[name])
        suites += [*module.RAW.values(), module.CLEAN, shape, reconciliation]
    used = {expectation.expectation_type for suite in suites for expectation in suite.expectations}

    names = [case.values[2] for case in (*RAW_CASES, *CLEAN_CASES)]
    names += [case.values[1] for case in (*RECONCILIATION_CASES, *MARTS_CASES)]
    assert used == {name.split("(")[0] for name in names}
