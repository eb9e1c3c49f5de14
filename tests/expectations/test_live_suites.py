"""The suites of the live publishers' files: published files pass, and files in another form fail before cleaning."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from expectations.validate import GateFailed, validate_raw
from ontime.contract import ALL
from ontime.datasets.aircraft import FORMATS as AIRCRAFT
from ontime.datasets.weather import FORMATS as WEATHER
from tests.expectations.good_data import store_raw, store_raw_lines
from tests.published import bts

pytestmark = [pytest.mark.more, pytest.mark.usefixtures("data_dir")]

MONTH = "2024-02"
FLIGHTS = bts.sample_rows()


# -- flights ---------------------------------------------------------------------
def store_flights(content: bytes) -> None:
    store_raw("flights", gzip.compress(content), bts.MONTH)


def test_a_published_month_of_flights_passes():
    store_flights(bts.table())
    counts = validate_raw("flights", [bts.MONTH])
    assert (counts["checks_failed"], counts["rows"]) == (0, 100)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            bts.table().replace(b'"ArrDelay",', b'"Arr_Delay",', 1),
            ["missing columns: ArrDelay", "unexpected columns: Arr_Delay"],
            id="a renamed column is compared with this format",
        ),
        pytest.param(
            bts.table([row | {"Month": "11"} for row in FLIGHTS]),
            ["expect_column_values_to_be_in_set(Month)", "such as 11"],
            id="another month",
        ),
        pytest.param(
            bts.table([row for row in FLIGHTS if int(row["DayofMonth"]) < 20]),
            ["expect_column_unique_value_count_to_be_between(DayofMonth)", "observed: 19"],
            id="a file that was cut short",
        ),
        pytest.param(
            bts.table([row | {"ArrDelay": "late"} for row in FLIGHTS]),
            ["expect_column_values_to_match_regex(ArrDelay)", "such as late"],
            id="delays in words",
        ),
        pytest.param(
            bts.table([row | {"Cancelled": "2.00"} for row in FLIGHTS]),
            ["expect_column_values_to_match_regex(Cancelled)"],
            id="a flag that is neither 0 nor 1",
        ),
        pytest.param(
            bts.table([row | {"DestAirportID": ""} for row in FLIGHTS]),
            ["expect_column_values_to_not_be_null(DestAirportID)"],
            id="airports without numbers",
        ),
    ],
)
def test_a_bad_month_of_flights_fails_the_gate(content, message):
    store_flights(content)
    with pytest.raises(GateFailed) as failed:
        validate_raw("flights", [bts.MONTH])
    for words in ["raw.flights 2020-12: ", *message]:
        assert words in str(failed.value)


# -- weather, airports, aircraft -------------------------------------------------
def ghcnh() -> list[str]:
    """One report a day."""
    columns = WEATHER["ghcnh"]
    reports = [
        {"STATION": "USW00094789", "DATE": f"2024-02-{day:02d}T00:51:00", "Year": "2024", "Month": "02"}
        | {"Day": f"{day:02d}", "temperature": "-3.9", "REM": 'METAR KJFK "0051Z'}
        for day in range(1, 30)
    ]
    return ["|".join(columns), *["|".join(report.get(column, "") for column in columns) for report in reports]]


def ourairports() -> list[str]:
    return (Path(__file__).parents[1] / "published" / "airports.csv").read_text(encoding="utf-8").splitlines()


def faa() -> list[str]:
    return [
        ",".join(AIRCRAFT["faa"]),
        *[f"{n},2024,3930916,AIRBUS,A321,5,5,02,246,0000" for n in range(100, 120)],
    ]


FILES = {
    "weather": (ghcnh, MONTH),
    "airports": (ourairports, ALL),
    "aircraft": (faa, ALL),
}


@pytest.mark.parametrize("dataset", FILES)
def test_a_published_file_passes(dataset):
    lines, partition = FILES[dataset]
    store_raw_lines(dataset, lines(), partition)
    counts = validate_raw(dataset, [partition])
    assert (counts["checks_failed"], counts["rows"]) == (0, len(lines()) - 1)


SPOILT: list = [
    # dataset, how the file is spoilt, the failed expectation
    pytest.param("weather", lambda lines: lines[:20], "unique_value_count_to_be_between(Day)", id="half a month"),
    pytest.param("weather", lambda lines: [line.replace("2024|02|", "2023|02|") for line in lines],
                 "to_be_in_set(Year)", id="another year"),
    pytest.param("weather", lambda lines: [line.replace("T00:51", " 00:51") for line in lines],
                 "to_match_regex(DATE)", id="times in another notation"),
    pytest.param("weather", lambda lines: [lines[0].replace("|REM|", "|remarks|"), *lines[1:]],
                 "columns_to_match_ordered_list()", id="a column of an older version"),
    pytest.param("airports", lambda lines: [line.replace('"IAD"', '"Dulles"') for line in lines],
                 "to_match_regex(iata_code)", id="names in place of codes"),
    pytest.param("airports", lambda lines: [lines[0].replace('"icao_code",', ""), *lines[1:]],
                 "columns_to_match_ordered_list()", id="a missing column"),
    pytest.param("aircraft", lambda lines: [line.replace(",246,", ",many,") for line in lines],
                 "to_match_regex(NO-SEATS)", id="seats in words"),
    pytest.param("aircraft", lambda lines: [lines[0], *lines[1:2] * 20], "to_be_unique(N-NUMBER)",
                 id="the same aircraft in every row"),
]  # fmt: skip


@pytest.mark.parametrize(("dataset", "spoil", "failed"), SPOILT)
def test_a_file_in_another_form_fails_the_gate(dataset, spoil: Callable[[list[str]], list[str]], failed):
    lines, partition = FILES[dataset]
    store_raw_lines(dataset, spoil(lines()), partition)
    with pytest.raises(GateFailed, match=r"expect_[a-z_]+" + failed.replace("(", r"\(").replace(")", r"\)")):
        validate_raw(dataset, [partition])
