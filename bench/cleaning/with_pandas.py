"""The cleaning of flights in pandas."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from bench.cleaning import BOUNDS, CLOCK_TIMES, COLUMNS, KEY, NUMBERS, REQUIRED, TEXT, VALUES

INT32 = np.iinfo(np.int32)


def clean(raw: Path, month: str, time_zones: Mapping[str, str], airline_codes: Collection[str], target: Path) -> None:
    """Clean one month's file; ``time_zones`` maps airport codes to IANA zones."""
    rows = pd.read_csv(raw, dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=["NA", ""])
    flights = _parse(rows, month, time_zones)
    flights = flights[_is_valid(flights, rows, month, airline_codes)]
    # A series has one time zone, so flights are grouped by their two zones.
    zones = ["origin_zone", "destination_zone"]
    flights = pd.concat([_add_instants(part, *part[zones].iloc[0]) for _, part in flights.groupby(zones)])
    flights = flights[~(flights["arrived_at"] <= flights["departed_at"])]
    flights = _without_duplicates(flights, rows)[COLUMNS].sort_values(KEY)
    flights["flight_date"] = flights["flight_date"].dt.date
    flights.to_parquet(target, index=False, coerce_timestamps="us", compression="snappy")


def _parse(rows: pd.DataFrame, month: str, time_zones: Mapping[str, str]) -> pd.DataFrame:
    """The values of a row that need no time zone, and the zones of its two airports."""
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
    has_value, has_departed = rows.notna(), rows["dep_time"].notna()
    conditions = [
        *(has_value[name] for name in REQUIRED),
        *(has_value[name] == flights[column].notna() for name, column in (NUMBERS | CLOCK_TIMES).items()),
        *(flights[column].between(low, high).fillna(True) for column, (low, high) in BOUNDS.items()),
        flights["year_number"] == first_day.year,
        flights["month_number"] == first_day.month,
        flights["flight_date"].between(first_day, first_day + pd.offsets.MonthEnd()),
        flights["origin_zone"].notna(),
        flights["destination_zone"].notna(),
        flights["airline_code"].isin(airline_codes),
        has_departed == has_value["dep_delay"],
        has_departed | ~has_value[["arr_time", "arr_delay", "air_time"]].any(axis="columns"),
    ]
    return pd.concat(conditions, axis="columns").fillna(False).all(axis="columns")


def _add_instants(flights: pd.DataFrame, origin_zone: str, destination_zone: str) -> pd.DataFrame:
    """Add the instants of flights between two zones, and whether the reported times agree with them."""
    departure_local = flights["flight_date"] + _minutes(flights["scheduled_departure_minutes"])
    departure = _instant(departure_local, origin_zone)
    arrival_day = departure.dt.tz_convert(destination_zone).dt.tz_localize(None).dt.normalize()
    same_day = arrival_day + _minutes(flights["scheduled_arrival_minutes"])
    next_day = same_day + pd.Timedelta(days=1)
    first, second = _instant(same_day, destination_zone), _instant(same_day, destination_zone, earlier=False)
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


def _without_duplicates(flights: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Of flights with the same key, keep the one with the fewest missing cells, then with the smallest values."""
    duplicates = flights[flights.duplicated(KEY, keep=False)]
    missing = rows.loc[duplicates.index].isna().sum(axis="columns")
    best_first = duplicates.assign(missing=missing).sort_values(["missing", *VALUES], na_position="first").index
    is_worse = duplicates.loc[best_first].duplicated(KEY)
    return flights.drop(best_first[is_worse])


def _whole_number(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    return numbers.where((numbers % 1 == 0) & numbers.between(INT32.min, INT32.max)).astype("Int32")


def _minutes_of_day(values: pd.Series) -> pd.Series:
    """HHMM as minutes since midnight; null if it is not a time of day."""
    hhmm = _whole_number(values)
    is_time = (hhmm.between(0, 2359) & (hhmm % 100 < 60)) | (hhmm == 2400)
    return (hhmm // 100 * 60 + hhmm % 100).where(is_time)


def _minutes(count: pd.Series) -> pd.Series:
    return pd.to_timedelta(count, unit="min")


def _instant(local: pd.Series, zone: str, earlier: bool = True) -> pd.Series:
    """The instant of a local time; of an ambiguous time the earlier or the later instant.

    A time that is skipped when clocks go forward uses the offset before the gap, so it is an hour later.
    """
    is_summer_time = np.full(len(local), earlier)
    return local.dt.tz_localize(zone, ambiguous=is_summer_time, nonexistent=pd.Timedelta(hours=1)).dt.tz_convert("UTC")


def _shows(instant: pd.Series, zone: str, minutes_of_day: pd.Series) -> pd.Series:
    """Whether an instant has a time of day in the zone; null if either is missing."""
    shown = instant.dt.tz_convert(zone).dt
    return (shown.hour * 60 + shown.minute).astype("Int32") == minutes_of_day % (24 * 60)
