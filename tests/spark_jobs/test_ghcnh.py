"""Weather of GHCNh: which report of an hour is kept, which values failed NOAA's checks, and which rows are rejected."""

import csv
from pathlib import Path

import pytest

from ontime.datasets.weather import DATASET
from spark_jobs import weather
from tests.spark_jobs.raw_rows import report

pytestmark = pytest.mark.more

#: The station of the published reports, and one station for each of the three tables of cases below.
AIRPORTS = {"USW00094789": "JFK", "USW00014734": "CHOICES", "USW00014732": "VERDICTS", "USW00003017": "REJECTED"}
STATIONS = {airport: station for station, airport in AIRPORTS.items()}
NAMES = {"JFK": "JFK INTL AP"}
PUBLISHED = Path(__file__).parents[1] / "published" / "GHCNh_USW00094789_2025.psv"

#: The hours of that file, read by hand from its METARs: temperature, dew point, humidity, wind direction, wind speed,
#: gusts, precipitation, pressure and visibility.
HOURS = [
    ("2025-01-01 00:00", 10.0, 6.1, 77, 90, 7.2, 12.9, 0.0, 1004.9, 16.093),
    ("2025-01-01 01:00", 10.6, 6.7, 77, 90, 8.8, 13.4, 0.0, 1002.4, 16.093),  # a trace of rain
    ("2025-01-01 02:00", 10.0, 7.8, 86, 100, 11.8, 16.5, 4.8, 1001.2, 8.047),  # after two special reports
    ("2025-01-01 03:00", 10.6, 8.9, 89, 90, 8.2, 11.8, 4.8, 999.6, 16.093),
    ("2025-01-01 04:00", 9.4, 7.8, 90, 90, 2.6, None, 0.0, 999.1, 16.093),
    ("2025-01-01 05:00", 8.9, 7.2, 89, 90, 2.1, None, 0.0, 998.2, 16.093),
    ("2025-01-01 06:00", 7.2, 6.1, 93, 150, 1.5, None, 0.0, 998.1, 11.265),
    ("2025-01-01 07:00", 8.3, 7.2, 93, 210, 4.1, None, 0.0, 998.9, 16.093),
]


RAIN_GAUGE = report("59", None, temperature=None, wind_speed=None, wind_direction=None, precipitation="1.0")
CHOICES = {
    # why: (the reports of an hour, the minute of the report that is kept)
    "the routine report, although a special report is later": ([report("51"), report("58", "FM16")], "51"),
    "the last of several routine reports": ([report("15"), report("35"), report("55")], "55"),
    "without a routine report, the last special report": (
        [report("20", "FM16"), report("40", "FM16"), report("00", "FM12")],
        "40",
    ),
    "the synoptic report, if it is the only one": ([report("00", "FM12")], "00"),
    "a row without a temperature, if it is the only one": ([RAIN_GAUGE], "59"),
    "a special report rather than a rain gauge": ([RAIN_GAUGE, report("20", "FM16")], "20"),
    "a routine report, even without a temperature": (
        [report("52", None, temperature=None, wind_speed_Report_Type="FM15"), report("58", "FM16")],
        "52",
    ),
    "an unreadable report is ignored": ([report("10", "FM16"), report("51", temperature="cold")], "10"),
}  # fmt: skip


VERDICTS = {
    # why: (changes, the column to look at, its clean value, whether it is listed as implausible)
    "passed": ({}, "temperature_celsius", 10.0, False),
    "suspect is not failed": ({"temperature_Quality_Code": "2"}, "temperature_celsius", 10.0, False),
    "erroneous": ({"temperature_Quality_Code": "3"}, "temperature_celsius", None, True),
    "erroneous, by NCEI": ({"temperature_Quality_Code": "7"}, "temperature_celsius", None, True),
    "failed the spike check": ({"temperature_Quality_Code": "s"}, "temperature_celsius", None, True),
    "not checked": ({"temperature_Quality_Code": None}, "temperature_celsius", 10.0, False),
    "a failed check without a value": (
        {"temperature": None, "temperature_Quality_Code": "s"}, "temperature_celsius", None, False,
    ),
    "beyond all records, although it passed": ({"temperature": "222.0"}, "temperature_celsius", None, True),
    "edited by hand": (
        {"precipitation": "1.0", "precipitation_Quality_Code": "U", "precipitation_Source_Code": "343"},
        "precipitation_millimeters", 1.0, False,
    ),
    "failed the rain network's check": (
        {"precipitation": "1.0", "precipitation_Quality_Code": "X", "precipitation_Source_Code": "382"},
        "precipitation_millimeters", None, True,
    ),
    "humidity of a suspect dew point": (
        {"relative_humidity": "50", "relative_humidity_Quality_Code": "f"}, "relative_humidity_percent", None, True,
    ),
    "calm": (
        {"wind_direction": "999", "wind_direction_Measurement_Code": "C", "wind_direction_Quality_Code": "z"},
        "wind_direction_degrees", 0, False,
    ),
    "variable wind": (
        {"wind_direction": "999", "wind_direction_Measurement_Code": "V"}, "wind_direction_degrees", None, False,
    ),
    "from the north": ({"wind_direction": "360"}, "wind_direction_degrees", 360, False),
}  # fmt: skip


REJECTED = [
    ("malformed_line", {"malformed_line": "USW00094789|JFK"}),
    ("wrong_month", {"Month": "02"}),
    ("missing_value", {"STATION": None}),
    ("missing_value", {"DATE": None}),
    ("unknown_airport", {"STATION": "USW00014739"}),
    ("invalid_number", {"wind_speed": "brisk"}),
    ("invalid_time", {"DATE": "2025-01-01T00:61:00"}),
    ("invalid_time", {"DATE": "2025-01-32T00:51:00"}),
    ("invalid_time", {"DATE": "2025-01-01"}),
]


def published() -> list[dict]:
    with PUBLISHED.open(newline="") as lines:
        rows = csv.DictReader(lines, delimiter="|", quoting=csv.QUOTE_NONE)
        return [{name: value or None for name, value in row.items()} for row in rows]


@pytest.fixture(scope="module")
def results(cleaned):
    """Clean and rejected rows of all tables, by airport. Each case is a day; a report's visibility is its minute."""
    choices = [
        row | {"DATE": row["DATE"].replace("01-01T", f"01-{day:02d}T"), "visibility": row["DATE"][14:16]}
        for day, (reports, _) in enumerate(CHOICES.values(), 1)
        for row in reports
    ]
    verdicts = [
        report(**changed) | {"DATE": f"2025-01-{day:02d}T00:51:00"}
        for day, (changed, *_) in enumerate(VERDICTS.values(), 1)
    ]
    rejected = [report(Hour=str(number)) | changed for number, (_, changed) in enumerate(REJECTED)]
    tables = {"CHOICES": choices, "VERDICTS": verdicts, "REJECTED": rejected}
    rows = [{"STATION": STATIONS[table], "Station_name": table} | row for table, rows in tables.items() for row in rows]
    good, bad = cleaned(weather, published() + rows, "2025-01", "ghcnh", airports=AIRPORTS)
    good.sort(key=lambda row: row.observed_at)
    return (
        {airport: [row for row in good if row.airport_code == airport] for airport in STATIONS},
        {airport: [row for row in bad if row.Station_name in (airport, NAMES.get(airport))] for airport in STATIONS},
    )


def test_the_published_file_becomes_its_routine_reports(results):
    good, bad = results[0]["JFK"], results[1]["JFK"]
    assert [tuple(row) for row in good] == [("JFK", *hour, [], "2025-01") for hour in HOURS]
    assert sorted((row.DATE[11:16], row.reason) for row in bad) == [
        ("00:00", "superseded"),
        ("02:32", "superseded"),
        ("02:49", "superseded"),
        ("03:00", "superseded"),
        ("03:49", "superseded"),
        ("04:02", "superseded"),
        ("06:00", "superseded"),
    ]
    columns = DATASET.formats["ghcnh"]
    quarantined = [{name: value for name, value in row.asDict().items() if name in columns} for row in bad]
    assert [row for row in published() if row in quarantined] == sorted(quarantined, key=lambda row: row["DATE"])


@pytest.mark.parametrize("why", CHOICES)
def test_one_report_of_each_hour_is_kept(results, why):
    good, bad = (rows["CHOICES"] for rows in results)
    assert len(good) == len(CHOICES)
    assert {row.reason for row in bad} == {"superseded", "invalid_number"}
    assert int(good[list(CHOICES).index(why)].visibility_kilometers) == int(CHOICES[why][1])


@pytest.mark.parametrize("why", VERDICTS)
def test_a_failed_value_is_cleared_and_named(results, why):
    _, column, value, is_implausible = VERDICTS[why]
    good = results[0]["VERDICTS"]
    row = good[list(VERDICTS).index(why)]
    assert len(good) == len(VERDICTS)
    assert (row[column], row.implausible_values) == (value, [column] if is_implausible else [])


def test_bad_reports_are_quarantined(results):
    good, bad = (rows["REJECTED"] for rows in results)
    bad.sort(key=lambda row: int(row.Hour))
    assert (good, [row.reason for row in bad]) == ([], [reason for reason, _ in REJECTED])
