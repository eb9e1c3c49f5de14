"""The suites of the live publishers' files: what passes, and what stops before anything is cleaned."""

from collections.abc import Callable
from pathlib import Path

import pytest

from expectations.validate import GateFailed, validate_clean, validate_raw
from ontime.contract import ALL
from ontime.datasets.aircraft import FORMATS as AIRCRAFT
from ontime.datasets.weather import FORMATS as WEATHER
from tests.expectations.good_data import clean_rows, raw_lines, store_clean, store_raw_lines

pytestmark = [pytest.mark.more, pytest.mark.usefixtures("data_dir")]

MONTH = "2024-02"


def ghcnh() -> list[str]:
    """A report a day."""
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
    # dataset, what is spoilt, the failed expectation
    pytest.param("weather", lambda lines: lines[:20], "unique_value_count_to_be_between(Day)", id="half a month"),
    pytest.param("weather", lambda lines: [line.replace("2024|02|", "2023|02|") for line in lines],
                 "to_be_in_set(Year)", id="another year"),
    pytest.param("weather", lambda lines: [line.replace("T00:51", " 00:51") for line in lines],
                 "to_match_regex(DATE)", id="times are written in another way"),
    pytest.param("weather", lambda lines: [lines[0].replace("|REM|", "|remarks|"), *lines[1:]],
                 "columns_to_match_ordered_list()", id="a column of an older version"),
    pytest.param("airports", lambda lines: [line.replace('"IAD"', '"Dulles"') for line in lines],
                 "to_match_regex(iata_code)", id="codes of another kind"),
    pytest.param("airports", lambda lines: [lines[0].replace('"icao_code",', ""), *lines[1:]],
                 "columns_to_match_ordered_list()", id="a column less"),
    pytest.param("aircraft", lambda lines: [line.replace(",246,", ",many,") for line in lines],
                 "to_match_regex(NO-SEATS)", id="seats in words"),
    pytest.param("aircraft", lambda lines: [lines[0], *lines[1:2] * 20], "to_be_unique(N-NUMBER)",
                 id="one aircraft only"),
]  # fmt: skip


@pytest.mark.parametrize(("dataset", "spoil", "failed"), SPOILT)
def test_another_file_stops_at_the_gate(dataset, spoil: Callable[[list[str]], list[str]], failed):
    lines, partition = FILES[dataset]
    store_raw_lines(dataset, spoil(lines()), partition)
    with pytest.raises(GateFailed, match=r"expect_[a-z_]+" + failed.replace("(", r"\(").replace(")", r"\)")):
        validate_raw(dataset, [partition])


@pytest.mark.parametrize(("reason", "passes"), [("superseded", True), ("out_of_scope", True), ("duplicate", False)])
def test_rows_that_are_not_wrong_do_not_speak_against_a_file(reason, passes):
    """Nine of ten rows in quarantine: it depends on why."""
    header, *lines = raw_lines("airports")
    store_raw_lines("airports", [header, *lines * 10])
    store_clean("airports", clean_rows("airports"), quarantined={reason: 9 * len(lines)})
    if passes:
        assert validate_clean("airports", [ALL])["checks_failed"] == 0
    else:
        with pytest.raises(GateFailed, match="wrong_percent"):
            validate_clean("airports", [ALL])
