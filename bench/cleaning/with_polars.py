"""The cleaning of flights in Polars."""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from bench.cleaning import BOUNDS, CLOCK_TIMES, COLUMNS, KEY, NUMBERS, REQUIRED, TEXT, VALUES


def clean(raw: Path, month: str, time_zones: Mapping[str, str], airline_codes: Collection[str], target: Path) -> None:
    """Clean one month's file; ``time_zones`` maps airport codes to IANA zones."""
    first_day = date.fromisoformat(f"{month}-01")
    rows = pl.scan_csv(raw, infer_schema=False, null_values="NA")
    raw_columns = rows.collect_schema().names()
    valid = _parse(rows, first_day, time_zones).filter(_is_valid(first_day, airline_codes)).collect()
    # A column has one time zone, so flights are grouped by their two zones.
    parts = valid.partition_by("origin_zone", "destination_zone", as_dict=True)
    flights = pl.concat(_add_instants(part.lazy(), *zones) for zones, part in parts.items())
    lands_later = pl.col("arrived_at") > pl.col("departed_at")
    flights = _without_duplicates(flights.filter(lands_later.fill_null(True)), raw_columns)
    flights.select(COLUMNS).sort(KEY).sink_parquet(target, compression="snappy")


def _parse(rows: pl.LazyFrame, first_day: date, time_zones: Mapping[str, str]) -> pl.LazyFrame:
    """The values of a row that need no time zone, and the zones of its two airports."""
    return rows.with_columns(
        *(pl.col(name).alias(column) for name, column in TEXT.items()),
        *(_whole_number(name).alias(column) for name, column in NUMBERS.items()),
        *(_minutes_of_day(name).alias(column) for name, column in CLOCK_TIMES.items()),
        is_cancelled=pl.col("dep_time").is_null(),
        is_diverted=pl.col("dep_time").is_not_null() & pl.col("arr_delay").is_null(),
        origin_zone=pl.col("origin").replace_strict(time_zones, default=None),
        destination_zone=pl.col("dest").replace_strict(time_zones, default=None),
    ).with_columns(flight_date=pl.lit(first_day) + pl.duration(days=pl.col("day_number") - 1))


def _is_valid(first_day: date, airline_codes: Collection[str]) -> pl.Expr:
    has_departed = pl.col("dep_time").is_not_null()
    return pl.all_horizontal(
        pl.col(*REQUIRED, "origin_zone", "destination_zone").is_not_null(),
        *(pl.col(name).is_null() == pl.col(column).is_null() for name, column in (NUMBERS | CLOCK_TIMES).items()),
        *(pl.col(column).is_between(*bounds).fill_null(True) for column, bounds in BOUNDS.items()),
        pl.col("year_number") == first_day.year,
        pl.col("month_number") == first_day.month,
        pl.col("flight_date").dt.month_start() == first_day,
        pl.col("carrier").is_in(airline_codes),
        has_departed == pl.col("dep_delay").is_not_null(),
        has_departed | pl.all_horizontal(pl.col("arr_time", "arr_delay", "air_time").is_null()),
    )


def _add_instants(flights: pl.LazyFrame, origin_zone: str, destination_zone: str) -> pl.LazyFrame:
    """Add the instants of flights between two zones, and whether the reported times agree with them."""
    departure, same_day = pl.col("scheduled_departure_at"), pl.col("same_day")
    next_day = same_day + pl.duration(days=1)
    first, second = _instant(same_day, destination_zone), _instant(same_day, destination_zone, "latest")
    departure_agrees = _shows("departed_at", origin_zone, "departed_minutes")
    arrival_agrees = _shows("arrived_at", destination_zone, "arrived_minutes")
    return (
        flights.with_columns(scheduled_departure_local_at=_at(pl.col("flight_date"), "scheduled_departure_minutes"))
        .with_columns(scheduled_departure_at=_instant(pl.col("scheduled_departure_local_at"), origin_zone))
        .with_columns(
            same_day=_at(departure.dt.convert_time_zone(destination_zone).dt.date(), "scheduled_arrival_minutes")
        )
        .with_columns(
            scheduled_arrival_local_at=pl.when(second > departure).then(same_day).otherwise(next_day),
            scheduled_arrival_at=pl.when(first > departure)
            .then(first)
            .when(second > departure)
            .then(second)
            .otherwise(_instant(next_day, destination_zone)),
        )
        .with_columns(
            departed_at=departure + pl.duration(minutes="departure_delay_minutes"),
            arrived_at=pl.col("scheduled_arrival_at") + pl.duration(minutes="arrival_delay_minutes"),
        )
        .with_columns(
            reported_times_agree=pl.coalesce(departure_agrees & arrival_agrees, departure_agrees, arrival_agrees)
        )
    )


def _without_duplicates(flights: pl.LazyFrame, raw_columns: list[str]) -> pl.LazyFrame:
    """Of flights with the same key, keep the one with the fewest missing cells, then with the smallest values."""
    missing = pl.sum_horizontal(pl.col(raw_columns).is_null())
    is_duplicate = pl.struct(KEY).is_duplicated()
    best = flights.filter(is_duplicate).sort(missing, *VALUES).unique(KEY, keep="first", maintain_order=True)
    return pl.concat([flights.filter(~is_duplicate), best])


def _whole_number(name: str) -> pl.Expr:
    number = pl.col(name).cast(pl.Float64, strict=False)
    return pl.when(number % 1 == 0).then(number).cast(pl.Int32, strict=False)


def _minutes_of_day(name: str) -> pl.Expr:
    """HHMM as minutes since midnight; null if it is not a time of day."""
    hhmm = _whole_number(name)
    is_time = (hhmm.is_between(0, 2359) & (hhmm % 100 < 60)) | (hhmm == 2400)
    return pl.when(is_time).then(hhmm // 100 * 60 + hhmm % 100)


def _at(day: pl.Expr, minutes_of_day: str) -> pl.Expr:
    return day.cast(pl.Datetime("us")) + pl.duration(minutes=minutes_of_day)


def _instant(local: pl.Expr, zone: str, which: Literal["earliest", "latest"] = "earliest") -> pl.Expr:
    """The instant of a local time; of an ambiguous time the earliest or the latest instant.

    A time that is skipped when clocks go forward uses the offset before the gap, so it is an hour later.
    """

    def instant(time: pl.Expr) -> pl.Expr:
        return time.dt.replace_time_zone(zone, ambiguous=which, non_existent="null").dt.convert_time_zone("UTC")

    return pl.coalesce(instant(local), instant(local + pl.duration(hours=1)))


def _shows(instant: str, zone: str, minutes_of_day: str) -> pl.Expr:
    """Whether an instant has a time of day in the zone; null if either is missing."""
    shown = pl.col(instant).dt.convert_time_zone(zone).dt
    return shown.hour().cast(pl.Int32) * 60 + shown.minute() == pl.col(minutes_of_day) % (24 * 60)
