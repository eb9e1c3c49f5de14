"""Suites of a month of flights."""

from great_expectations.expectations import (
    ExpectColumnMeanToBeBetween,
    ExpectColumnPairValuesAToBeGreaterThanB,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToMatchRegex,
)

from expectations.shared import contract_suite, raw_suites, required, whole_month
from ontime.datasets.flights import DATASET

EVERY_DAY = "Flights depart every day: missing days mean that the file was cut short."

RAW = raw_suites(
    DATASET,
    {
        "nycflights13": [
            *whole_month(EVERY_DAY),
            *required("carrier", "flight", "origin", "dest", "sched_dep_time", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="sched_dep_time", regex=r"^\d{1,4}$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="dep_delay", regex=r"^-?\d+$", mostly=0.95),
            ExpectColumnValuesToMatchRegex(column="arr_delay", regex=r"^-?\d+$", mostly=0.95),
        ],
        "bts": [
            *whole_month(EVERY_DAY, "Year", "Month", "DayofMonth"),
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
    },
)

CLEAN = contract_suite(
    DATASET,
    # A partition is a month of local dates, so its instants (UTC) may lie in a neighbouring month.
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
            # A few flights in a million are more than two days late.
            ("departed_at", 0.999),
            ("arrived_at", 0.999),
        ]
    ],
    ExpectColumnPairValuesAToBeGreaterThanB(
        column_A="scheduled_arrival_at",
        column_B="scheduled_departure_at",
        notes="An arrival before its departure means that a time zone or a date was read wrongly.",
    ),
    # The range of at least 99.9 % of the delays. The contract has wider bounds, which hold for every delay.
    ExpectColumnValuesToBeBetween(column="departure_delay_minutes", min_value=-180, max_value=2880, mostly=0.999),
    ExpectColumnValuesToBeBetween(column="arrival_delay_minutes", min_value=-240, max_value=2880, mostly=0.999),
    ExpectColumnValuesToBeInSet(
        column="reported_times_agree",
        value_set=[True],
        mostly=0.99,
        notes="Scheduled time + delay should equal the clock time that the publisher reports. "
        "If it does not, a time zone or a date is wrong.",
    ),
    ExpectColumnMeanToBeBetween(
        column="is_cancelled",
        min_value=0,
        max_value=0.6,
        notes="In the worst month on record, April 2020, about two flights in five were cancelled.",
    ),
)
