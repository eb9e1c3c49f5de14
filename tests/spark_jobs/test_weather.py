"""Weather: units, impossible values, rejected rows."""

import pytest

from spark_jobs import weather


def raw(**changed):
    return {
        "origin": "JFK", "year": "2013", "month": "1", "day": "1", "hour": "1", "temp": "50", "dewp": "32",
        "humid": "59.37", "wind_dir": "270", "wind_speed": "10", "wind_gust": "20", "precip": "0.5",
        "pressure": "1012.3", "visib": "10", "time_hour": "2013-01-01T06:00:00Z",
    } | changed  # fmt: skip


def test_units_become_si(cleaned):
    (row,), bad = cleaned(weather, [raw()], "2013-01", airports={})
    assert bad == []
    found = row.asDict()
    assert (found.pop("airport_code"), found.pop("observed_at")) == ("JFK", "2013-01-01 06:00")
    assert (found.pop("partition"), found.pop("implausible_values")) == ("2013-01", [])
    assert found == pytest.approx(
        {
            "temperature_celsius": 10.0,
            "dew_point_celsius": 0.0,
            "relative_humidity_percent": 59.37,
            "wind_direction_degrees": 270,
            "wind_speed_meters_per_second": 4.4704,
            "wind_gust_meters_per_second": 8.9408,
            "precipitation_millimeters": 12.7,
            "pressure_hectopascals": 1012.3,
            "visibility_kilometers": 16.09344,
        }
    )


PLAUSIBLE = {
    # why: (changes, columns that are implausible)
    "as published once": ({"wind_speed": "1048.36058"}, ["wind_speed_meters_per_second"]),
    "the strongest gust on record": ({"wind_gust": "253"}, []),
    "a stronger one": ({"wind_gust": "254"}, ["wind_gust_meters_per_second"]),
    "negative wind": ({"wind_speed": "-1"}, ["wind_speed_meters_per_second"]),
    "the hottest day": ({"temp": "134"}, []),
    "a hotter one": ({"temp": "135"}, ["temperature_celsius"]),
    "the coldest night": ({"temp": "-128.5"}, []),
    "a colder one": ({"temp": "-129"}, ["temperature_celsius"]),
    "dew point of a steam bath": ({"dewp": "100"}, ["dew_point_celsius"]),
    "more than saturated": ({"humid": "100.1"}, ["relative_humidity_percent"]),
    "beyond the compass": ({"wind_dir": "361"}, ["wind_direction_degrees"]),
    "a flood in an hour": ({"precip": "12.1"}, ["precipitation_millimeters"]),
    "no such low": ({"pressure": "869"}, ["pressure_hectopascals"]),
    "no such high": ({"pressure": "1086"}, ["pressure_hectopascals"]),
    "seen from space": ({"visib": "200"}, ["visibility_kilometers"]),
    "not a number": ({"temp": "NaN"}, ["temperature_celsius"]),
    "two at once": ({"temp": "999", "visib": "-1"}, ["temperature_celsius", "visibility_kilometers"]),
    "partial: nothing measured is nothing implausible": (dict.fromkeys(weather.MEASURES), []),
}


@pytest.fixture(scope="module")
def judged(cleaned):
    rows = [raw(origin=str(number), **changed) for number, (changed, _) in enumerate(PLAUSIBLE.values())]
    good, bad = cleaned(weather, rows, "2013-01", airports={})
    assert bad == []
    return {list(PLAUSIBLE)[int(row.airport_code)]: row for row in good}


@pytest.mark.parametrize("why", PLAUSIBLE)
def test_impossible_value_is_nulled_and_named(judged, why):
    changed, implausible = PLAUSIBLE[why]
    row = judged[why]
    assert row.implausible_values == implausible
    empty = {measure.column for name, measure in weather.MEASURES.items() if (raw() | changed)[name] is None}
    assert {name for name, value in row.asDict().items() if value is None} == empty | set(implausible)


REJECTED = [
    ("malformed_line", {"malformed_line": "JFK,2013"}),
    ("wrong_month", {"month": "2"}),
    ("missing_value", {"origin": None}),
    ("missing_value", {"time_hour": None}),
    ("invalid_number", {"temp": "cold"}),
    ("invalid_number", {"wind_dir": "12.5"}),
    ("invalid_number", {"month": "Jan"}),
    ("invalid_time", {"time_hour": "2013-01-01T06:30:00Z"}),
    ("invalid_time", {"time_hour": "2013-01-01T06"}),
    ("invalid_time", {"time_hour": "2013-02-30T06:00:00Z"}),
]


def test_bad_rows_are_rejected_whole(cleaned):
    rows = [raw(day=str(number), **changed) for number, (_, changed) in enumerate(REJECTED)]
    good, bad = cleaned(weather, rows, "2013-01", airports={})
    found = {int(row.day): row.asDict() for row in bad}
    expected = {
        number: {"malformed_line": None} | row | {"reason": REJECTED[number][0], "partition": "2013-01"}
        for number, row in enumerate(rows)
    }
    assert (good, found) == ([], expected)


def test_one_row_an_hour_the_one_with_most_values(cleaned):
    # When daylight saving ends the local hour comes twice, the UTC hour does not.
    rows = [raw(temp=None), raw(), raw(origin="LGA"), raw(time_hour="2013-01-01T07:00:00Z")]
    good, bad = cleaned(weather, rows, "2013-01", airports={})
    assert sorted((row.airport_code, row.observed_at, row.temperature_celsius) for row in good) == [
        ("JFK", "2013-01-01 06:00", 10.0),
        ("JFK", "2013-01-01 07:00", 10.0),
        ("LGA", "2013-01-01 06:00", 10.0),
    ]
    assert [(row.reason, row.temp) for row in bad] == [("duplicate", None)]
