"""Flights of the Bureau of Transportation Statistics: one real row, with one change per case."""

import pytest

from spark_jobs import flights
from tests.published import bts

pytestmark = pytest.mark.more

LOOKUPS = {
    "time_zones": {
        "CVG": "America/New_York",
        "BOS": "America/New_York",
        "GUM": "Pacific/Guam",
        "HNL": "Pacific/Honolulu",
    },
    "airline_codes": ["9E", "PA (1)"],
}
#: From CVG to BOS on 2020-12-01, 07:30 to 09:39; it departed 81 minutes late and arrived 114 minutes late.
REAL = bts.sample_rows()[0]
NO_CAUSES = dict.fromkeys(("CarrierDelay", "WeatherDelay", "NASDelay", "SecurityDelay", "LateAircraftDelay"), "")
CANCELLED = NO_CAUSES | {
    "Cancelled": "1.00", "CancellationCode": "B", "DepTime": "", "DepDelay": "", "ArrTime": "", "ArrDelay": "",
    "AirTime": "",
}  # fmt: skip
DIVERTED = NO_CAUSES | {
    "Diverted": "1.00", "ArrDelay": "", "ActualElapsedTime": "", "AirTime": "", "DivAirportLandings": "1"
}  # fmt: skip

GOOD = {
    # why: (changed columns, values of the clean row)
    "as published, with numbers like 1.00 and HHMM in quotes": (
        {},
        {
            "departure_delay_minutes": 81, "arrival_delay_minutes": 114, "air_time_minutes": 96, "distance_miles": 752,
            "scheduled_departure_at": "2020-12-01 12:30", "departed_at": "2020-12-01 13:51",
            "scheduled_arrival_at": "2020-12-01 14:39", "arrived_at": "2020-12-01 16:33", "is_cancelled": False,
            "is_diverted": False, "reported_times_agree": True, "tail_number": "N315PQ", "airline_dot_id": 20363,
            "origin_airport_dot_id": 11193, "destination_airport_dot_id": 10721,
            "carrier_delay_minutes": 0, "weather_delay_minutes": 81, "nas_delay_minutes": 33,
            "security_delay_minutes": 0, "late_aircraft_delay_minutes": 0,
        },
    ),
    "2400 is midnight at the end of the day": (
        {"CRSDepTime": "2230", "DepTime": "2400", "DepDelay": "90.00", "CRSArrTime": "2400", "ArrTime": "0130",
         "ArrDelay": "90.00"},
        {"scheduled_arrival_at": "2020-12-02 05:00", "departed_at": "2020-12-02 05:00",
         "arrived_at": "2020-12-02 06:30", "reported_times_agree": True},
    ),
    "cancelled, without delays": (
        CANCELLED,
        {"is_cancelled": True, "is_diverted": False, "departed_at": None, "arrived_at": None,
         "departure_delay_minutes": None},
    ),
    "cancelled after leaving the gate: it has not departed": (
        CANCELLED | {"DepTime": "0735", "DepDelay": "5.00", "TaxiOut": "40.00"},
        {"is_cancelled": True, "departed_at": None, "departure_delay_minutes": None, "reported_times_agree": None},
    ),
    "cancelled before an aircraft was assigned": (CANCELLED | {"Tail_Number": ""}, {"tail_number": None}),
    "diverted, but reached its destination later: it has no arrival": (
        DIVERTED | {"ArrTime": "1530", "DivReachedDest": "1.00", "DivArrDelay": "351.00", "Div1Airport": "ALB"},
        {"is_diverted": True, "departed_at": "2020-12-01 13:51", "arrived_at": None, "arrival_delay_minutes": None,
         "destination_airport_code": "BOS", "reported_times_agree": True},
    ),
    "diverted, and did not reach its destination": (
        DIVERTED | {"ArrTime": "", "DivReachedDest": "0.00"},
        {"is_diverted": True, "is_cancelled": False, "arrived_at": None},
    ),
    "on time: without causes": (
        NO_CAUSES | {"ArrDelay": "14.00", "ArrTime": "0953"},
        {"carrier_delay_minutes": None, "weather_delay_minutes": None, "nas_delay_minutes": None,
         "security_delay_minutes": None, "late_aircraft_delay_minutes": None, "arrival_delay_minutes": 14},
    ),
    "security and an aircraft that came late": (
        {"WeatherDelay": "0.00", "NASDelay": "0.00", "SecurityDelay": "50.00", "LateAircraftDelay": "64.00"},
        {"security_delay_minutes": 50, "late_aircraft_delay_minutes": 64, "weather_delay_minutes": 0,
         "nas_delay_minutes": 0, "carrier_delay_minutes": 0},
    ),
    "the first of two carriers with the same code": ({"Reporting_Airline": "PA (1)"}, {"airline_code": "PA (1)"}),
    "over the date line, to the day before": (
        {"Origin": "GUM", "Dest": "HNL", "CRSDepTime": "0700", "CRSArrTime": "1830", "Distance": "3801.00"},
        {"scheduled_departure_at": "2020-11-30 21:00", "scheduled_arrival_at": "2020-12-01 04:30"},
    ),
}  # fmt: skip

REJECTED = [
    # reason, why, changed columns
    ("missing_value", "neither cancelled nor diverted, but without an arrival", {"ArrDelay": "", "ArrTime": ""}),
    ("missing_value", "not cancelled, but without a departure", {"DepTime": "", "DepDelay": ""}),
    ("missing_value", "cancelled or not is missing", {"Cancelled": ""}),
    ("missing_value", "diverted or not is unreadable", {"Diverted": "maybe"}),
    ("missing_value", "without an airline", {"Reporting_Airline": ""}),
    ("invalid_number", "half a minute", {"DepDelay": "81.50"}),
    ("invalid_number", "a cause in words", {"NASDelay": "traffic"}),
    ("invalid_number", "an airport's number in words", {"OriginAirportID": "Cincinnati"}),
    ("invalid_time", "minute 75", {"ArrTime": "1275"}),
    ("wrong_month", "a row of another month", {"Month": "11"}),
    ("unknown_airline", "a carrier that the lookup table lacks", {"Reporting_Airline": "QQ"}),
    ("unknown_airport", "an airport without a time zone", {"Dest": "QQQ"}),
    ("implausible_value", "cancelled and diverted", CANCELLED | {"Diverted": "1.00"}),
    ("implausible_value", "cancelled, but arrived", CANCELLED | {"ArrTime": "1133"}),
    ("implausible_value", "diverted, but with an arrival delay", {"Diverted": "1.00"}),
]


@pytest.fixture(scope="module")
def cleaned_rows(cleaned):
    """Clean rows and rejected rows by flight number: one Spark job for all cases."""
    changes = [changed for changed, _ in GOOD.values()] + [changed for _, _, changed in REJECTED]
    rows = [REAL | changed | {"Flight_Number_Reporting_Airline": str(n)} for n, changed in enumerate(changes)]
    # The engine reads empty cells as null.
    rows = [{name: value or None for name, value in row.items()} for row in rows]
    good, bad = cleaned(flights, rows, bts.MONTH, format_="bts", **LOOKUPS)
    return {row.flight_number: row for row in good}, {int(row.Flight_Number_Reporting_Airline): row for row in bad}


@pytest.mark.parametrize("why", GOOD)
def test_a_good_row_is_cleaned(cleaned_rows, why):
    row, expected = cleaned_rows[0][list(GOOD).index(why)], GOOD[why][1]
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(("number", "case"), enumerate(REJECTED, len(GOOD)), ids=[why for _, why, _ in REJECTED])
def test_a_bad_row_is_quarantined_whole(cleaned_rows, number, case):
    reason, _, changed = case
    row = cleaned_rows[1][number]
    assert row.reason == reason
    expected = REAL | changed | {"Flight_Number_Reporting_Airline": str(number)}
    assert {name: row[name] or "" for name in expected} == expected
