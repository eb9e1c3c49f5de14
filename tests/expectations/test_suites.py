"""Every suite passes on good data, and every type of expectation in it stops some bad data."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import duckdb
import pyarrow as pa
import pytest

from expectations.validate import GateFailed, validate_clean, validate_marts, validate_raw
from ontime import lake, warehouse
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.settings import settings
from tests.expectations.good_data import (
    MONTH,
    SCHEMAS,
    Row,
    build_candidate,
    clean_rows,
    partition_of,
    raw_lines,
    store_clean,
    store_good,
    store_raw,
    store_raw_lines,
)

pytestmark = pytest.mark.usefixtures("data_dir")

Spoil = Callable[[list[str]], list[str]]


@pytest.mark.parametrize("dataset", DATASETS)
def test_good_raw_and_clean_data_passes(dataset):
    store_good(dataset)
    partition = partition_of(dataset)

    raw, clean = validate_raw(dataset, [partition]), validate_clean(dataset, [partition])

    rows = len(clean_rows(dataset))
    assert {**raw, "checks_passed": 0} == {"checks_passed": 0, "checks_failed": 0, "partitions": 1, "rows": rows}
    assert {**clean, "checks_passed": 0} == {"checks_passed": 0, "checks_failed": 0, "partitions": 1, "rows": rows}
    assert raw["checks_passed"] > 3 and clean["checks_passed"] > 10


def cells(column: str, value: str) -> Spoil:
    """Every row of the file with another value in one column."""

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
    # dataset, what is spoilt, the failed expectation, what the message says of it
    pytest.param("flights", without(5), COLUMNS, ["missing columns: dep_delay"], id="a column is missing"),
    pytest.param(
        "flights",
        lambda lines: [f"{lines[0]},wheels_off", *[f"{line},1" for line in lines[1:]]],
        COLUMNS,
        ["unexpected columns: wheels_off"],
        id="a column is new",
    ),
    pytest.param(
        "flights",
        header("dep_delay", "departure_delay"),
        COLUMNS,
        ["missing columns: dep_delay", "unexpected columns: departure_delay"],
        id="a column has another name",
    ),
    pytest.param(
        "airlines",
        header("carrier,name", "name,carrier"),
        COLUMNS,
        ["same columns in another order: name, carrier"],
        id="columns in another order would be read as each other",
    ),
    pytest.param("weather", lambda _: [], COLUMNS, ["The file is empty: it has no header line."], id="zero bytes"),
    pytest.param(
        "flights",
        lambda _: ["<!DOCTYPE html>", "<html><body>Service unavailable</body></html>"],
        COLUMNS,
        ["The file begins with '<!DOCTYPE html>': it is a web page, not a table."],
        id="an error page was delivered",
    ),
    pytest.param(
        "airports",
        lambda lines: lines[:1],
        "expect_table_row_count_to_be_between()",
        ["observed: 0"],
        id="a header and nothing else",
    ),
    pytest.param(
        "flights",
        lambda lines: [*lines[:100], *[f"{line},too,many" for line in lines[100:]]],
        "expect_table_row_count_to_be_between()",
        ["min_value=118", "observed: 99"],
        id="more than one line in twenty cannot be read",
    ),
    pytest.param(
        "flights",
        cells("month", "2"),
        "expect_column_values_to_be_in_set(month)",
        ["observed: 124 of 124 values unexpected, such as 2", "row 0: year=2013, month=2, day=1"],
        id="another month was delivered",
    ),
    pytest.param(
        "weather",
        cells("year", "2012"),
        "expect_column_values_to_be_in_set(year)",
        ["such as 2012"],
        id="another year was delivered",
    ),
    pytest.param(
        "flights",
        lambda lines: lines[: 1 + 4 * 17],
        "expect_column_unique_value_count_to_be_between(day)",
        ["min_value=29", "observed: 17", "a file that was cut short"],
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


@pytest.mark.parametrize(("dataset", "spoil", "expectation", "said"), RAW_CASES)
def test_bad_raw_file_stops_at_the_gate(dataset, spoil, expectation, said):
    store_raw_lines(dataset, spoil(raw_lines(dataset)))

    with pytest.raises(GateFailed) as failed:
        validate_raw(dataset, [partition_of(dataset)])

    for text in [f"raw.{dataset} {partition_of(dataset)}: ", f"  {expectation}", *said, "What to do: "]:
        assert text in str(failed.value)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda lines: [*lines, '2013,1,"31'], id="a quote that never closes"),
        pytest.param(lambda lines: [*lines[:9], '2013,1,"31,x', *lines[9:]], id="an open quote amid the file"),
        pytest.param(lambda lines: [*lines, "2013,1,31,1,2,3"], id="a line cut short"),
        pytest.param(lambda lines: [*lines, f"{lines[1]},extra"], id="a line too long"),
        pytest.param(lambda lines: [*lines, lines[1].replace("2013,1,", "2013,2,")], id="a stray row of another month"),
        pytest.param(lambda lines: [*lines, lines[1].replace("UA", "")], id="a row without a carrier"),
        pytest.param(lambda lines: [*lines, lines[1]], id="a duplicate row"),
    ],
)
def test_a_single_bad_line_is_left_to_the_cleaning(spoil):
    store_raw_lines("flights", spoil(raw_lines("flights")))

    assert validate_raw("flights", [MONTH])["checks_failed"] == 0


def test_bytes_that_are_no_text_are_a_clear_failure():
    store_raw("flights", bytes(range(256)) * 40)

    with pytest.raises(GateFailed, match="missing columns: year, month, day"):
        validate_raw("flights", [MONTH])


def test_every_month_is_checked_before_the_gate_raises():
    for month in ("2013-01", "2013-02", "2013-03"):
        lines = raw_lines("flights", month)
        store_raw_lines("flights", lines if month == "2013-02" else lines[:1], month)

    with pytest.raises(GateFailed) as failed:
        validate_raw("flights", ["2013-01", "2013-02", "2013-03"])

    assert "raw.flights 2013-01: " in str(failed.value)
    assert "raw.flights 2013-02" not in str(failed.value)
    assert "raw.flights 2013-03: " in str(failed.value)


def value(column: str, new: object) -> Callable[[list[Row]], object]:
    """The fourth row with another value in one column."""
    return lambda rows: rows[3].update({column: new})


def everywhere(column: str, new: object) -> Callable[[list[Row]], object]:
    return lambda rows: [row.update({column: new}) for row in rows]


def three_days_late(rows: list[Row]) -> None:
    rows[3]["scheduled_arrival_at"] = datetime(2013, 2, 4, tzinfo=UTC)


def lands_before_departure(rows: list[Row]) -> None:
    rows[3]["scheduled_arrival_at"] = rows[3]["scheduled_departure_at"] - timedelta(hours=1)


CLEAN_CASES = [
    pytest.param(
        "flights",
        lambda rows: rows.append(rows[3]),
        "expect_compound_columns_to_be_unique(flight_date, airline_code, flight_number, origin_airport_code, "
        "destination_airport_code, scheduled_departure_local_at)",
        ["observed: 2 of 125 values unexpected", "row 3: flight_date=2013-01-01", "row 124: flight_date=2013-01-01"],
        id="the same flight twice",
    ),
    pytest.param(
        "flights",
        value("airline_code", None),
        "expect_column_values_to_not_be_null(airline_code)",
        ["observed: 1 of 124 values unexpected", "airline_code=null, flight_number=1503"],
        id="a flight of nobody",
    ),
    pytest.param(
        "flights",
        value("origin_airport_code", "Newark"),
        "expect_column_values_to_match_regex(origin_airport_code)",
        ["such as Newark"],
        id="an airport by its name",
    ),
    pytest.param(
        "flights",
        value("flight_date", date(2013, 2, 1)),
        "expect_column_values_to_be_between(flight_date)",
        ["min_value=2013-01-01", "max_value=2013-01-31", "flight_date=2013-02-01"],
        id="a flight of another month",
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
        id="landing before departure",
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
        ["such as 102.2", "row 3: airport_code=EWR, observed_at=2013-01-02 06:00:00+00:00"],
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
        id="a station whose every reading was nulled",
    ),
    pytest.param(
        "airports",
        value("time_zone", "-5"),
        "expect_column_values_to_match_regex(time_zone)",
        ["wrong for half of the year", "time_zone=-5"],
        id="an offset in place of a zone",
    ),
    pytest.param(
        "airlines",
        value("airline_code", "A1"),
        "expect_column_values_to_be_unique(airline_code)",
        ["2 of 10 values unexpected, such as A1"],
        id="two airlines of one code",
    ),
    pytest.param(
        "airlines",
        value("airline_name", "x" * 101),
        "expect_column_value_lengths_to_be_between(airline_name)",
        ["1 of 10 values unexpected"],
        id="a name of a hundred letters and one",
    ),
    pytest.param(
        "aircraft",
        value("manufactured_year", 2913),
        "expect_column_values_to_be_between(manufactured_year)",
        ["such as 2913"],
        id="an aircraft of the future",
    ),
]


@pytest.mark.parametrize(("dataset", "spoil", "expectation", "said"), CLEAN_CASES)
def test_bad_clean_rows_stop_at_the_gate(dataset, spoil, expectation, said):
    store_good(dataset, spoil=spoil)

    with pytest.raises(GateFailed) as failed:
        validate_clean(dataset, [partition_of(dataset)])

    for text in [f"clean.{dataset} {partition_of(dataset)}: 1 of ", f"  {expectation}", *said, "What to do: "]:
        assert text in str(failed.value)


def test_a_column_of_another_type_is_named_with_both_types():
    store_raw_lines("flights", raw_lines("flights"))
    store_good("flights")
    table = pa.Table.from_pylist(clean_rows("flights"), SCHEMAS["flights"])
    position = table.schema.get_field_index("distance_miles")
    store_clean("flights", table.set_column(position, "distance_miles", table["distance_miles"].cast(pa.float64())))

    with pytest.raises(GateFailed) as failed:
        validate_clean("flights", [MONTH])

    assert "clean.flights.shape 2013-01: 1 of 1 checks failed" in str(failed.value)
    assert "missing columns: distance_miles int32" in str(failed.value)
    assert "unexpected columns: distance_miles double" in str(failed.value)


BOOKS_CASES = [
    pytest.param(
        {"quarantined": {"duplicate": 5, "invalid_time": 4}},
        "expect_column_values_to_be_between(wrong_percent)",
        [
            "quarantined_by_reason=duplicate 5; invalid_time 4",
            "quarantine_files=",
            "quarantine/flights/year=2013/month=01",
        ],
        id="more than one row in twenty was rejected",
    ),
    pytest.param(
        {"rows_raw": 130, "rows_clean": 130},
        "expect_column_pair_values_to_be_equal(rows_clean, rows_clean_in_manifest)",
        ["rows_clean=124, rows_clean_in_manifest=130"],
        id="the manifest counts rows that no file has",
    ),
    pytest.param(
        {"quarantined": {"duplicate": 2}},
        "expect_column_pair_values_to_be_equal(rows_raw, rows_clean_and_quarantined)",
        ["rows_raw=124, rows_clean_and_quarantined=126"],
        id="more rows came out than went in",
    ),
    pytest.param(
        {"quarantined": {"duplicate": 2}, "rows_raw": 125, "rows_quarantined": 1},
        "expect_column_pair_values_to_be_equal(rows_quarantined, rows_quarantined_in_manifest)",
        ["rows_quarantined=2, rows_quarantined_in_manifest=1"],
        id="the manifest does not know of a rejected row",
    ),
    pytest.param(
        {"raw_sha256": "0" * 64},
        "expect_column_pair_values_to_be_equal(raw_version, raw_version_cleaned)",
        ["raw_version_cleaned=000000000000", "clean the partition again"],
        id="the raw file was published again after the cleaning",
    ),
]


@pytest.mark.parametrize(("committed", "expectation", "said"), BOOKS_CASES)
def test_books_that_do_not_balance_stop_at_the_gate(committed, expectation, said):
    store_raw_lines("flights", raw_lines("flights"))
    store_clean("flights", clean_rows("flights"), **committed)

    with pytest.raises(GateFailed) as failed:
        validate_clean("flights", [MONTH])

    for text in ["clean.flights.books 2013-01: ", f"  {expectation}", *said]:
        assert text in str(failed.value)


def store_all(*months: str) -> None:
    for dataset in DATASETS:
        for month in months if DATASETS[dataset].is_monthly else (ALL,):
            store_good(dataset, month)
            lake.mark_validated(lake.clean_partition(dataset, month))
    assert warehouse.prepare_candidate()


def test_good_marts_pass():
    store_all("2013-01", "2013-02")
    build_candidate()

    counts = validate_marts()

    assert counts["checks_failed"] == 0
    assert (counts["partitions"], counts["rows"]) == (2, 59 * 4)


def test_months_that_were_not_built_are_counted_and_no_more():
    store_all("2013-01", "2013-02")
    build_candidate()
    validate_marts()
    warehouse.publish_candidate()
    store_all("2013-02")

    # What January adds up to was compared when it was built: a figure that could not be true now is not looked for.
    with duckdb.connect(str(settings.warehouse_candidate)) as candidate:
        candidate.execute("update marts.fct_flights set distance_miles = 0 where month(flight_date) = 1")
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
        id="flights were lost on the way",
    ),
    pytest.param(
        ["update marts.fct_flights set departure_delay_minutes = 3 where flight_number = 1500"],
        "expect_column_pair_values_to_be_equal(departure_delay_minutes_in_lake, departure_delay_minutes_in_marts)",
        ["departure_delay_minutes_in_lake=248, departure_delay_minutes_in_marts=279"],
        id="delays changed on the way",
    ),
    pytest.param(
        [
            "insert into marts.fct_flights by name "
            "select * replace (flight_date + 59 as flight_date) from marts.fct_flights"
        ],
        "expect_column_values_to_be_in_set(months_since_previous)",
        ["months_since_previous=2", "A month is missing"],
        id="a month between two is missing",
    ),
    pytest.param(
        ["update marts.fct_flights set is_arrival_delayed = true"],
        "expect_column_values_to_be_between(arrival_delayed_share)",
        ["arrival_delayed_share=1.0"],
        id="every flight late",
    ),
    pytest.param(
        ["update marts.fct_flights set weather_key = null where day(flight_date) > 20"],
        "expect_column_values_to_be_between(weather_match_share)",
        ["such as 0.645", "hours in another time zone"],
        id="flights that find no weather",
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
        "expect_column_values_to_be_between(rows_found)",
        ["relation=dim_airlines, rows_found=0, rows_expected=10"],
        id="a dimension is empty",
    ),
    pytest.param(
        ["insert into marts.fct_weather_hourly select * from marts.fct_weather_hourly limit 1"],
        "expect_column_pair_values_to_be_equal(rows_found, rows_expected)",
        ["relation=fct_weather_hourly, rows_found=94, rows_expected=93"],
        id="an hour of weather twice",
    ),
]


@pytest.mark.parametrize(("spoil", "expectation", "said"), MARTS_CASES)
def test_bad_marts_stop_at_the_gate(spoil, expectation, said):
    store_all("2013-01")
    build_candidate(*spoil)

    with pytest.raises(GateFailed) as failed:
        validate_marts()

    for text in [f"  {expectation}", *said, "the published warehouse is as it was"]:
        assert text in str(failed.value)


def test_a_candidate_without_a_mart_is_a_clear_failure():
    store_all("2013-01")
    build_candidate("drop table marts.fct_flights")

    with pytest.raises(GateFailed, match=r"(?s)cannot be read: .*fct_flights.*What to do: "):
        validate_marts()


def test_the_candidate_is_free_again_after_the_gate():
    store_all("2013-01")
    candidate = build_candidate()
    validate_marts()

    with duckdb.connect(str(candidate)) as writer:
        writer.execute("create table marts.written_after as select 1 as one")
        assert writer.execute("select one from marts.written_after").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        (lambda: validate_raw("flights", [MONTH]), "No raw flights for 2013-01"),
        (lambda: validate_clean("flights", [MONTH]), "No clean flights for 2013-01"),
        (validate_marts, "build the warehouse first"),
    ],
)
def test_what_is_not_there_is_named(gate, message):
    with pytest.raises(lake.MissingPartition, match=message):
        gate()


def test_every_type_of_expectation_has_a_failing_case():
    from expectations import marts, shared

    suites = [shared.clean_books("flights"), shared.clean_shape("flights", {"a": "b"}), marts.MONTHS, marts.RELATIONS]
    for dataset in DATASETS:
        module = import_module(f"expectations.{dataset}")
        suites += [*module.RAW.values(), module.CLEAN]
    used = {expectation.expectation_type for suite in suites for expectation in suite.expectations}

    position = {id(RAW_CASES): 2, id(CLEAN_CASES): 2, id(BOOKS_CASES): 1, id(MARTS_CASES): 1}
    failing = {
        case.values[position[id(cases)]].split("(")[0]
        for cases in (RAW_CASES, CLEAN_CASES, BOOKS_CASES, MARTS_CASES)
        for case in cases
    }
    assert used == failing
