"""The contracts' bounds: each figure is typed here a second time, at both edges, so that a changed bound is noticed."""

import pytest

from ontime.datasets import DATASETS
from spark_jobs import aircraft, airports, flights, weather
from tests.published import bts
from tests.spark_jobs import raw_rows

DELAYED = {"dep_delay": "10080", "arr_delay": "10080"}
EARLY = {"dep_delay": "-720", "arr_delay": "-720"}

FLIGHTS = [
    # column, texts inside the bounds, texts outside
    pytest.param("air_time_minutes", {"air_time": "5"}, {"air_time": "4"}, id="no flight is shorter than 5 minutes"),
    pytest.param("air_time_minutes", {"air_time": "900"}, {"air_time": "901"}, id="Honolulu takes about 11 hours"),
    pytest.param("distance_miles", {"distance": "10"}, {"distance": "9"}, id="no route is shorter than 10 miles"),
    pytest.param("distance_miles", {"distance": "6000"}, {"distance": "6001"}, id="Honolulu is 4,983 miles away"),
    pytest.param("departure_delay_minutes", EARLY, EARLY | {"dep_delay": "-721"}, id="departs 12 hours early"),
    pytest.param("departure_delay_minutes", DELAYED, DELAYED | {"dep_delay": "10081"}, id="departs a week late"),
    pytest.param("arrival_delay_minutes", EARLY, EARLY | {"arr_delay": "-721"}, id="arrives 12 hours early"),
    pytest.param("arrival_delay_minutes", DELAYED, DELAYED | {"arr_delay": "10081"}, id="arrives a week late"),
]
#: Texts that only the Bureau's files have.
BTS = [
    pytest.param(column, {text: inside}, {text: outside}, id=f"{column}: five digits, not {outside}")
    for column, text in {
        "airline_dot_id": "DOT_ID_Reporting_Airline",
        "origin_airport_dot_id": "OriginAirportID",
        "destination_airport_dot_id": "DestAirportID",
    }.items()
    for inside, outside in (("10000", "9999"), ("99999", "100000"))
] + [
    pytest.param(column, {text: inside}, {text: outside}, id=f"{column}: {why}")
    for column, text in {
        "carrier_delay_minutes": "CarrierDelay",
        "weather_delay_minutes": "WeatherDelay",
        "nas_delay_minutes": "NASDelay",
        "security_delay_minutes": "SecurityDelay",
        "late_aircraft_delay_minutes": "LateAircraftDelay",
    }.items()
    for inside, outside, why in (("0.00", "-1.00", "not negative"), ("10080.00", "10081.00", "at most a week"))
]
WEATHER = [
    # column, GHCNh element, value at the edge, value outside
    pytest.param("temperature_celsius", "temperature", "-89.2", "-89.3", id="Vostok 1983"),
    pytest.param("temperature_celsius", "temperature", "56.7", "56.8", id="Death Valley 1913"),
    pytest.param("dew_point_celsius", "dew_point_temperature", "-89.2", "-89.3", id="Vostok, saturated"),
    pytest.param("dew_point_celsius", "dew_point_temperature", "35.0", "35.1", id="Dhahran 2003"),
    pytest.param("relative_humidity_percent", "relative_humidity", "0", "-1", id="dry air"),
    pytest.param("relative_humidity_percent", "relative_humidity", "100", "100.1", id="saturated air"),
    pytest.param("wind_direction_degrees", "wind_direction", "0", "-1", id="calm"),
    pytest.param("wind_direction_degrees", "wind_direction", "360", "361", id="north"),
    pytest.param("wind_speed_meters_per_second", "wind_speed", "0", "-0.1", id="no wind"),
    pytest.param("wind_speed_meters_per_second", "wind_speed", "113.3", "113.4", id="a mean wind as strong as a gust"),
    pytest.param("wind_gust_meters_per_second", "wind_gust", "0", "-0.1", id="no gust"),
    pytest.param("wind_gust_meters_per_second", "wind_gust", "113.3", "113.4", id="Barrow Island 1996"),
    pytest.param("precipitation_millimeters", "precipitation", "0", "-0.1", id="a dry hour"),
    pytest.param("precipitation_millimeters", "precipitation", "305.0", "305.1", id="Holt, Missouri 1947"),
    pytest.param("pressure_hectopascals", "sea_level_pressure", "870", "869.9", id="typhoon Tip 1979"),
    pytest.param("pressure_hectopascals", "sea_level_pressure", "1085", "1085.1", id="Tosontsengel 2001"),
    pytest.param("visibility_kilometers", "visibility", "0", "-0.1", id="fog"),
    pytest.param("visibility_kilometers", "visibility", "296", "296.1", id="Rayleigh scattering in clean air"),
]
AIRPORTS = [
    # column, texts inside the bounds, texts outside, reason
    pytest.param("elevation_feet", {"alt": "-1300"}, {"alt": "-1301"}, "implausible_value", id="the Dead Sea"),
    pytest.param("elevation_feet", {"alt": "14500"}, {"alt": "14501"}, "implausible_value", id="Daocheng Yading"),
    pytest.param("latitude_degrees", {"lat": "71.0"}, {"lat": "90.1"}, "implausible_position", id="beyond the pole"),
    pytest.param("latitude_degrees", {"lat": "18.0"}, {"lat": "-90.1"}, "implausible_position", id="the other pole"),
    pytest.param("longitude_degrees", {"lon": "-65"}, {"lon": "180.1"}, "implausible_position", id="around the Earth"),
    pytest.param("longitude_degrees", {"lon": "-179"}, {"lon": "-180.1"}, "implausible_position", id="westwards"),
]
GATE_ONLY = [
    # column, text, value: kept, although outside the bounds
    pytest.param("manufactured_year", "year", 1914, id="the registry opened in 1927"),
    pytest.param("manufactured_year", "year", 2900, id="not before this year ends"),
    pytest.param("engine_count", "engines", 9, id="a B-52 has eight"),
    pytest.param("seat_count", "seats", 901, id="an A380 has 853"),
    pytest.param("cruise_speed_mph", "speed", 19, id="slower than any aircraft"),
    pytest.param("cruise_speed_mph", "speed", 1501, id="faster than Concorde"),
]


def halves(cases):
    """The texts inside the bounds and the texts outside, of all cases."""
    return [case.values[1] for case in cases] + [case.values[2] for case in cases]


def number_of(cases, case):
    return [other.values for other in cases].index(case)


@pytest.mark.parametrize(
    ("dataset", "cases"),
    [("flights", FLIGHTS + BTS), ("weather", WEATHER), ("airports", AIRPORTS), ("aircraft", GATE_ONLY)],
)
def test_every_bounded_column_has_a_case(dataset, cases):
    assert {case.values[0] for case in cases} == set(DATASETS[dataset].bounded_columns)


@pytest.fixture(scope="module")
def flight_reasons(cleaned):
    rows = [raw_rows.flight(flight=str(number), **texts) for number, texts in enumerate(halves(FLIGHTS))]
    good, bad = cleaned(flights, rows, "2013-06", **raw_rows.LOOKUPS["flights"])
    return {row.flight_number: None for row in good} | {int(row.flight): row.reason for row in bad}


@pytest.mark.parametrize(("column", "inside", "outside"), FLIGHTS)
def test_a_flight_out_of_bounds_is_rejected(flight_reasons, column, inside, outside):
    number = number_of(FLIGHTS, (column, inside, outside))
    assert (flight_reasons[number], flight_reasons[number + len(FLIGHTS)]) == (None, "implausible_value")


@pytest.fixture(scope="module")
def bts_reasons(cleaned):
    row = {name: value or None for name, value in bts.sample_rows()[0].items()}
    rows = [row | {"Flight_Number_Reporting_Airline": str(number)} | texts for number, texts in enumerate(halves(BTS))]
    good, bad = cleaned(flights, rows, bts.MONTH, format_="bts", **raw_rows.LOOKUPS["flights"])
    return {row.flight_number: None for row in good} | {
        int(row.Flight_Number_Reporting_Airline): row.reason for row in bad
    }


@pytest.mark.parametrize(("column", "inside", "outside"), BTS)
def test_a_value_of_the_bureau_out_of_bounds_is_rejected(bts_reasons, column, inside, outside):
    number = number_of(BTS, (column, inside, outside))
    assert (bts_reasons[number], bts_reasons[number + len(BTS)]) == (None, "implausible_value")


@pytest.fixture(scope="module")
def weather_rows(cleaned):
    """Clean rows by the number of their case. Each case has an hour of its own, because cleaning drops the minutes."""
    values = [(case.values[1], case.values[half]) for half in (2, 3) for case in WEATHER]
    rows = [
        raw_rows.report(STATION="USW00094789", **{element: value})
        | {"DATE": f"2025-01-{1 + number // 24:02d}T{number % 24:02d}:51:00"}
        for number, (element, value) in enumerate(values)
    ]
    good, bad = cleaned(weather, rows, "2025-01", "ghcnh", **raw_rows.LOOKUPS["weather"])
    assert bad == []
    return {(int(row.observed_at[8:10]) - 1) * 24 + int(row.observed_at[11:13]): row for row in good}


@pytest.mark.parametrize(("column", "element", "inside", "outside"), WEATHER)
def test_a_measurement_out_of_bounds_is_cleared_and_named(weather_rows, column, element, inside, outside):
    number = number_of(WEATHER, (column, element, inside, outside))
    kept, cleared = weather_rows[number], weather_rows[number + len(WEATHER)]
    assert (kept[column], kept.implausible_values) == (float(inside), [])
    assert (cleared[column], cleared.implausible_values) == (None, [column])


@pytest.fixture(scope="module")
def airport_reasons(cleaned):
    inland = {"lat": "40.0", "lon": "-100.0"}
    rows = [raw_rows.airport(**{"faa": str(number)} | inland | texts) for number, texts in enumerate(halves(AIRPORTS))]
    good, bad = cleaned(airports, rows)
    return {int(row.airport_code): None for row in good} | {int(row.faa): row.reason for row in bad}


@pytest.mark.parametrize(("column", "inside", "outside", "reason"), AIRPORTS)
def test_an_airport_out_of_bounds_is_rejected(airport_reasons, column, inside, outside, reason):
    number = number_of(AIRPORTS, (column, inside, outside, reason))
    assert (airport_reasons[number], airport_reasons[number + len(AIRPORTS)]) == (None, reason)


def test_bounds_that_allow_exceptions_are_left_to_the_gate(cleaned):
    columns, texts, values = zip(*(case.values for case in GATE_ONLY), strict=True)
    rows = [
        raw_rows.aircraft(f"N{number}", **{text: str(value)})
        for number, (text, value) in enumerate(zip(texts, values, strict=True))
    ]
    good, bad = cleaned(aircraft, rows)
    by_tail = {row.tail_number: row for row in good}
    assert ([by_tail[f"N{number}"][column] for number, column in enumerate(columns)], bad) == (list(values), [])
