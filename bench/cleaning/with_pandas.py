"""The cleaning of flights in pandas."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from bench.cleaning import BOUNDS, CLOCK_TIMES, COLUMNS, KEY, NUMBERS, REQUIRED, TEXT, VALUES

INT32 = np.iinfo(np.int32)


def clean(raw: Path, month: str, time_zones: Mapping[str, str], airline_codes: Collection[str], target: Path) -> None:
    """Clean one month's file; ``time_zones`` maps every known airport to its IANA zone."""
    rows = pd.read_csv(raw, dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=["NA", ""])
    flights = _parsed(rows, month, time_zones)
    flights = flights[_is_valid(flights, rows, month, airline_codes)]
    # pandas converts a series to one zone: rows that share both zones go together.
    zones = ["origin_zone", "destination_zone"]
    flights = pd.concat([_with_instants(part, *part[zones].iloc[0]) for _, part in flights.groupby(zones)])
    flights = flights[~(flights["arrived_at"] <= flights["departed_at"])]
    flights = _without_copies(flights, rows)[COLUMNS].sort_values(KEY)
    flights["flight_date"] = flights["flight_date"].dt.date
    flights.to_parquet(target, index=False, coerce_timestamps="us", compression="snappy")


def _parsed(rows: pd.DataFrame, month: str, time_zones: Mapping[str, str]) -> pd.DataFrame:
    """All that can be read off a row without a time zone, and the zones of its two airports."""
    flights = pd.concat(
        [
            rows[[*TEXT]].rename(columns=TEXT),
            rows[[*NUMBERS]].apply(_whole_number).rename(columns=NUMBERS),
            rows[[*CLOCK_TIMES]].apply(_minutes_of_day).rename(columns=CLOCK_TIMES),
        ],
        axis="columns",
    )
    return flights.assign(
        flight_date=pd.Timestamp(month) + _minutes((flights["day_number"] - 1) * 24 * 60),
        is_cancelled=rows["dep_time"].isna(),
        is_diverted=rows["dep_time"].notna() & rows["arr_delay"].isna(),
        origin_zone=rows["origin"].map(time_zones),
        destination_zone=rows["dest"].map(time_zones),
    )


def _is_valid(flights: pd.DataFrame, rows: pd.DataFrame, month: str, airline_codes: Collection[str]) -> pd.Series:
    first_day = pd.Timestamp(month)
    is_known, has_left = rows.notna(), rows["dep_time"].notna()
    conditions = [
        *(is_known[name] for name in REQUIRED),
        *(is_known[name] == flights[column].notna() for name, column in (NUMBERS | CLOCK_TIMES).items()),
        *(flights[column].between(*bounds).fillna(True) for column, bounds in BOUNDS.items()),
        flights["year_number"] == first_day.year,
        flights["month_number"] == first_day.month,
        flights["flight_date"].between(first_day, first_day + pd.offsets.MonthEnd()),
        flights["origin_zone"].notna(),
        flights["destination_zone"].notna(),
        flights["airline_code"].isin(airline_codes),
        has_left == is_known["dep_delay"],
        has_left | ~is_known[["arr_time", "arr_delay", "air_time"]].any(axis="columns"),
    ]
    return pd.concat(conditions, axis="columns").fillna(False).all(axis="columns")


def _with_instants(flights: pd.DataFrame, origin_zone: str, destination_zone: str) -> pd.DataFrame:
    """Flights between two zones with their instants, and whether the reported times agree with them."""
    departure_local = flights["flight_date"] + _minutes(flights["scheduled_departure_minutes"])
    departure = _instant(departure_local, origin_zone)
    day_there = departure.dt.tz_convert(destination_zone).dt.tz_localize(None).dt.normalize()
    same_day = day_there + _minutes(flights["scheduled_arrival_minutes"])
    next_day = same_day + pd.Timedelta(days=1)
    first, second = _instant(same_day, destination_zone), _instant(same_day, destination_zone, first=False)
    arrival = first.where(first > departure, second.where(second > departure, _instant(next_day, destination_zone)))
    departed = departure + _minutes(flights["departure_delay_minutes"])
    arrived = arrival + _minutes(flights["arrival_delay_minutes"])
    departure_agrees = _shows(departed, origin_zone, flights["departed_minutes"])
    arrival_agrees = _shows(arrived, destination_zone, flights["arrived_minutes"])
    return flights.assign(
        scheduled_departure_local_at=departure_local,
        scheduled_arrival_local_at=same_day.where(second > departure, next_day),
        scheduled_departure_at=departure,
        departed_at=departed,
        scheduled_arrival_at=arrival,
        arrived_at=arrived,
        reported_times_agree=(departure_agrees & arrival_agrees).fillna(departure_agrees).fillna(arrival_agrees),
    )


def _without_copies(flights: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Of flights with the same key the one whose row lacks least, then the one with the smallest values."""
    copies = flights[flights.duplicated(KEY, keep=False)]
    missing = rows.loc[copies.index].isna().sum(axis="columns")
    best_first = copies.assign(missing=missing).sort_values(["missing", *VALUES], na_position="first").index
    is_worse = copies.loc[best_first].duplicated(KEY)
    return flights.drop(best_first[is_worse])


def _whole_number(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    return numbers.where((numbers % 1 == 0) & numbers.between(INT32.min, INT32.max)).astype("Int32")


def _minutes_of_day(values: pd.Series) -> pd.Series:
    """HHMM as minutes since midnight; null where it is no time of day."""
    hhmm = _whole_number(values)
    is_time = (hhmm.between(0, 2359) & (hhmm % 100 < 60)) | (hhmm == 2400)
    return (hhmm // 100 * 60 + hhmm % 100).where(is_time)


def _minutes(count: pd.Series) -> pd.Series:
    return pd.to_timedelta(count, unit="min")


def _instant(local: pd.Series, zone: str, first: bool = True) -> pd.Series:
    """When clocks in the zone show a time: the first or the second time, if they show it twice.

    A time that they skip is taken an hour later, as the offset before the gap has it.
    """
    is_summer_time = np.full(len(local), first)
    return local.dt.tz_localize(zone, ambiguous=is_summer_time, nonexistent=pd.Timedelta(hours=1)).dt.tz_convert("UTC")


def _shows(instant: pd.Series, zone: str, minutes_of_day: pd.Series) -> pd.Series:
    """Whether clocks in the zone show the time of day then; null where either is unknown."""
    shown = instant.dt.tz_convert(zone).dt
    return (shown.hour * 60 + shown.minute).astype("Int32") == minutes_of_day % (24 * 60)
