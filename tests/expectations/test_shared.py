"""What the suites derive from the contract, and the reconciliation of raw, clean and quarantined rows."""

import dataclasses
import re
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from great_expectations.expectations import ExpectColumnValuesToNotBeNull

from expectations.shared import contract_suite, raw_suites
from expectations.validate import GateFailed, validate_clean
from ontime.contract import ALL, Column, Dataset
from ontime.datasets import DATASETS
from tests.expectations.good_data import (
    MONTH,
    NAMES,
    clean_rows,
    partition_of,
    raw_lines,
    store_clean,
    store_good,
    store_raw_lines,
)

pytestmark = pytest.mark.usefixtures("data_dir")

NEXT_YEAR = datetime.now(UTC).year + 1

#: Every bounded column: its lowest and highest value, and the nearest values outside. Typed here on purpose, not read
#: from the contract: a bound that is changed or removed there fails a case here.
BOUNDS = {
    ("flights", "departure_delay_minutes"): (-720, 10_080, -721, 10_081),
    ("flights", "arrival_delay_minutes"): (-720, 10_080, -721, 10_081),
    ("flights", "air_time_minutes"): (5, 900, 4, 901),
    ("flights", "distance_miles"): (10, 6_000, 9, 6_001),
    ("flights", "airline_dot_id"): (10_000, 99_999, 9_999, 100_000),
    ("flights", "origin_airport_dot_id"): (10_000, 99_999, 9_999, 100_000),
    ("flights", "destination_airport_dot_id"): (10_000, 99_999, 9_999, 100_000),
    ("flights", "carrier_delay_minutes"): (0, 10_080, -1, 10_081),
    ("flights", "weather_delay_minutes"): (0, 10_080, -1, 10_081),
    ("flights", "nas_delay_minutes"): (0, 10_080, -1, 10_081),
    ("flights", "security_delay_minutes"): (0, 10_080, -1, 10_081),
    ("flights", "late_aircraft_delay_minutes"): (0, 10_080, -1, 10_081),
    ("weather", "temperature_celsius"): (-89.2, 56.7, -89.3, 56.8),
    ("weather", "dew_point_celsius"): (-89.2, 35.0, -89.3, 35.1),
    ("weather", "relative_humidity_percent"): (0.0, 100.0, -0.1, 100.1),
    ("weather", "wind_direction_degrees"): (0, 360, -1, 361),
    ("weather", "wind_speed_meters_per_second"): (0.0, 113.3, -0.1, 113.4),
    ("weather", "wind_gust_meters_per_second"): (0.0, 113.3, -0.1, 113.4),
    ("weather", "precipitation_millimeters"): (0.0, 305.0, -0.1, 305.1),
    ("weather", "pressure_hectopascals"): (870.0, 1085.0, 869.9, 1085.1),
    ("weather", "visibility_kilometers"): (0.0, 296.0, -0.1, 296.1),
    ("airports", "latitude_degrees"): (-90.0, 90.0, -90.1, 90.1),
    ("airports", "longitude_degrees"): (-180.0, 180.0, -180.1, 180.1),
    ("airports", "elevation_feet"): (-1_300, 14_500, -1_301, 14_501),
    ("aircraft", "manufactured_year"): (1915, NEXT_YEAR - 1, 1914, NEXT_YEAR),
    ("aircraft", "engine_count"): (0, 8, -1, 9),
    ("aircraft", "seat_count"): (0, 900, -1, 901),
    ("aircraft", "cruise_speed_mph"): (20, 1_500, 19, 1_501),
}


#: Values that do not match the pattern of their column.
PATTERNS = {
    ("flights", "airline_code"): "UA (12)",
    ("flights", "origin_airport_code"): "EWRX",
    ("flights", "destination_airport_code"): "iah",
    ("weather", "airport_code"): "KEWR",
    ("airports", "airport_code"): "A 1",
    ("airports", "time_zone"): "EST",
    ("airlines", "airline_code"): "UAL9",
    ("aircraft", "tail_number"): "N-101UW",
}
REQUIRED = {
    "flights": (
        *("flight_date", "airline_code", "flight_number", "origin_airport_code", "destination_airport_code"),
        *("scheduled_departure_local_at", "scheduled_arrival_local_at", "scheduled_departure_at"),
        *("scheduled_arrival_at", "distance_miles", "is_cancelled", "is_diverted"),
    ),
    "weather": ("airport_code", "observed_at", "implausible_values"),
    "airports": (
        *("airport_code", "airport_name", "latitude_degrees", "longitude_degrees", "elevation_feet", "time_zone"),
    ),
    "airlines": ("airline_code", "airline_name"),
    "aircraft": ("tail_number", "aircraft_type", "manufacturer", "model", "engine_count", "seat_count"),
}


@pytest.fixture(scope="module")
def failures(module_data_dir) -> dict[str, str]:
    """Why each dataset fails its gate when its first rows break every bound, pattern and required column."""
    return {dataset: _failure(dataset) for dataset in NAMES}


def _failure(dataset: str) -> str:
    rows = clean_rows(dataset)
    for (name, column), values in BOUNDS.items():
        if name == dataset:
            for row, value in zip(rows, values, strict=False):
                row[column] = value
    rows[4].update({column: value for (name, column), value in PATTERNS.items() if name == dataset})
    rows[5].update(dict.fromkeys(REQUIRED[dataset]))
    store_raw_lines(dataset, raw_lines(dataset))
    store_clean(dataset, rows)
    with pytest.raises(GateFailed) as failed:
        validate_clean(dataset, [partition_of(dataset)])
    return str(failed.value)


def _id(case: tuple[str, str]) -> str:
    return ".".join(case)


@pytest.mark.parametrize("case", BOUNDS, ids=_id)
def test_values_just_outside_the_bounds_fail_the_gate(case, failures):
    dataset, column = case
    checks = re.findall(
        rf"between\({column}\): expected (?:mostly=\S+, )?min_value=(\S+), max_value=(\S+)\n"
        r" +observed: 2 of \S+ values unexpected, such as (\S+), (\S+)\n",
        failures[dataset],
    )
    assert BOUNDS[case] in [tuple(map(float, check)) for check in checks]


@pytest.mark.parametrize("case", PATTERNS, ids=_id)
def test_a_value_that_does_not_match_the_pattern_fails_the_gate(case, failures):
    dataset, column = case
    after = failures[dataset].partition(f"expect_column_values_to_match_regex({column})")[2]
    assert f"1 of {len(clean_rows(dataset))} values unexpected, such as {PATTERNS[case]}" in after


@pytest.mark.parametrize("case", [(name, column) for name in REQUIRED for column in REQUIRED[name]], ids=_id)
def test_an_empty_required_column_fails_the_gate(case, failures):
    dataset, column = case
    assert f"expect_column_values_to_not_be_null({column})\n" in failures[dataset]


def test_every_rule_of_the_contracts_has_a_case():
    columns = [(name, column) for name in NAMES for column in DATASETS[name].columns]
    assert {(name, column.name) for name, column in columns if column.bounds} == set(BOUNDS)
    assert {(name, column.name) for name, column in columns if column.pattern} == set(PATTERNS)
    assert {name: DATASETS[name].required_columns for name in NAMES} == REQUIRED


def test_without_its_bounds_a_column_accepts_any_value(monkeypatch):
    """The clean suite has no bounds of its own: the contract is the only place."""
    airports = DATASETS["airports"]
    columns = tuple(dataclasses.replace(column, bounds=None) for column in airports.columns)
    unbounded = contract_suite(dataclasses.replace(airports, columns=columns))
    monkeypatch.setattr("expectations.airports.CLEAN", unbounded)
    store_good("airports", spoil=lambda rows: rows[3].update(elevation_feet=99_999))

    assert validate_clean("airports", [ALL])["checks_failed"] == 0


def test_a_pattern_matches_the_whole_value_even_without_anchors(monkeypatch):
    airlines = DATASETS["airlines"]
    code, name = airlines.columns
    suite = contract_suite(dataclasses.replace(airlines, columns=(dataclasses.replace(code, pattern="A|B"), name)))
    monkeypatch.setattr("expectations.airlines.CLEAN", suite)
    store_good("airlines")

    with pytest.raises(GateFailed, match="10 of 10 values unexpected"):
        validate_clean("airlines", [ALL])


def a_dataset() -> Dataset:
    return Dataset(
        name="runways",
        title="Runways",
        source="test",
        license="test",
        cadence="once",
        formats={"one": ("id", "length"), "two": ("ID",)},
        columns=(Column("runway_id", "string", "Identifier.", required=True),),
        key=("runway_id",),
        dag="reference",
    )


def test_a_suite_per_format_starts_with_the_columns_of_the_contract():
    present = ExpectColumnValuesToNotBeNull(column="ID")
    suites = raw_suites(a_dataset(), {"one": [], "two": [present]})

    assert [suite.name for suite in suites.values()] == ["raw.runways", "raw.runways"]
    assert suites["one"].expectations[0].column_list == ["id", "length"]
    assert [len(suite.expectations) for suite in suites.values()] == [2, 3]


@pytest.mark.parametrize("formats", [["one"], ["one", "two", "three"]], ids=["missing", "unknown"])
def test_checks_for_other_formats_than_the_contract_has_are_an_error(formats):
    with pytest.raises(ValueError, match=r"ontime/datasets/runways\.py declares one, two"):
        raw_suites(a_dataset(), {name: [] for name in formats})


def test_a_column_with_the_wrong_type_is_named_with_both_types():
    store_raw_lines("flights", raw_lines("flights"))
    table = pa.Table.from_pylist(clean_rows("flights"), DATASETS["flights"].arrow_schema())
    position = table.schema.get_field_index("distance_miles")
    store_clean("flights", table.set_column(position, "distance_miles", table["distance_miles"].cast(pa.float64())))

    with pytest.raises(GateFailed) as failed:
        validate_clean("flights", [MONTH])

    assert "clean.flights.shape 2013-01: 1 of 1 checks failed" in str(failed.value)
    assert "missing columns: distance_miles int32" in str(failed.value)
    assert "unexpected columns: distance_miles double" in str(failed.value)


RECONCILIATION_CASES = [
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
        id="the manifest counts rows that no file holds",
    ),
    pytest.param(
        {"quarantined": {"duplicate": 2}},
        "expect_column_pair_values_to_be_equal(rows_raw, rows_clean_and_quarantined)",
        ["rows_raw=124, rows_clean_and_quarantined=126"],
        id="more clean and quarantined rows than raw rows",
    ),
    pytest.param(
        {"quarantined": {"duplicate": 2}, "rows_raw": 125, "rows_quarantined": 1},
        "expect_column_pair_values_to_be_equal(rows_quarantined, rows_quarantined_in_manifest)",
        ["rows_quarantined=2, rows_quarantined_in_manifest=1"],
        id="the manifest lacks a rejected row",
    ),
    pytest.param(
        {"raw_sha256": "0" * 64},
        "expect_column_pair_values_to_be_equal(raw_version, raw_version_cleaned)",
        ["raw_version_cleaned=000000000000", "clean the partition again"],
        id="a new raw version after the cleaning",
    ),
]


@pytest.mark.parametrize(("committed", "expectation", "message"), RECONCILIATION_CASES)
def test_rows_that_do_not_add_up_fail_the_gate(committed, expectation, message):
    store_raw_lines("flights", raw_lines("flights"))
    store_clean("flights", clean_rows("flights"), **committed)

    with pytest.raises(GateFailed) as failed:
        validate_clean("flights", [MONTH])

    for text in ["clean.flights.reconciliation 2013-01: ", f"  {expectation}", *message]:
        assert text in str(failed.value)


@pytest.mark.parametrize(("reason", "passes"), [("superseded", True), ("out_of_scope", True), ("duplicate", False)])
def test_rows_out_of_scope_or_superseded_do_not_count_as_wrong(reason, passes):
    """Nine of ten rows are in quarantine; the gate passes if their reason is not an error."""
    header, *lines = raw_lines("airports")
    store_raw_lines("airports", [header, *lines * 10])
    store_clean("airports", clean_rows("airports"), quarantined={reason: 9 * len(lines)})

    if passes:
        assert validate_clean("airports", [ALL])["checks_failed"] == 0
    else:
        with pytest.raises(GateFailed, match="wrong_percent"):
            validate_clean("airports", [ALL])
