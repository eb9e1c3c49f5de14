"""The three reference tables."""

from spark_jobs import aircraft, airlines, airports


def airport(faa="JFK", lat="40.6398", lon="-73.7789", tzone="America/New_York", **changed):
    return {
        "faa": faa, "name": "An airport", "lat": lat, "lon": lon, "alt": "13", "tz": "-5", "dst": "A", "tzone": tzone
    } | changed  # fmt: skip


def reasons(bad, key):
    return {row[key]: row.reason for row in bad}


def test_airports(cleaned):
    rows = [
        airport(),
        airport("SYA", "52.712275", "174.11362", "America/Anchorage"),  # beyond the 180th meridian: right
        airport("ADK", "51.878", "-176.646", "America/Anchorage"),
        airport("GUM", "13.4834", "144.796", "Pacific/Guam"),
        airport("STT", "18.3373", "-64.9734", "America/St_Thomas"),
        airport("DVT", "33.4117", "112.457", "Asia/Chongqing"),  # the sign was lost, then the zone looked up
        airport("LAX", "33.9425", "118.408", "America/Los_Angeles"),  # the sign was lost
        airport("XLT", "-40.6", "-73.7"),  # southern hemisphere
        airport("EEN", "72.270833", "42.898333", None),  # no zone, and no such place: the first counts
        airport("LRO", tzone="\\N"),  # how the publisher's own publisher writes nothing
        airport("YAK", tzone="America/Yakutatt"),
        airport("ALT", alt="high"),
        airport("NAM", name=None),
        airport(None),
        airport("TWO", name="B"),
        airport("TWO", name="A"),
        airport("BAD", malformed_line="BAD,x"),
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


def plane(tailnum, **changed):
    return {
        "tailnum": tailnum, "year": "2004", "type": "Fixed wing multi engine", "manufacturer": "EMBRAER",
        "model": "EMB-145XR", "engines": "2", "seats": "55", "speed": "432", "engine": "Turbo-fan",
    } | changed  # fmt: skip


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
    rows = [plane(f"M{number}", manufacturer=maker) for number, maker in enumerate(makers)]
    rows += [plane("Y0", year="0"), plane("YN", year=None), plane("S0", speed=None)]
    rows += [plane("BAD", seats="many"), plane("NON", model=None), plane("M0", year=None)]
    good, bad = cleaned(aircraft, rows)
    by_tail = {row.tail_number: row for row in good}
    assert by_tail["M0"][:-1] == (
        "M0", 2004, "Fixed wing multi engine", "EMBRAER", "EMB-145XR", 2, 55, 432, "Turbo-fan",
    )  # fmt: skip
    assert [by_tail[f"M{number}"].manufacturer for number in range(len(makers))] == list(makers.values())
    assert [by_tail[tail].manufactured_year for tail in ("Y0", "YN", "S0")] == [None, None, 2004]
    assert by_tail["S0"].cruise_speed_mph is None
    assert reasons(bad, "tailnum") == {"BAD": "invalid_number", "NON": "missing_value", "M0": "duplicate"}
