"""The instants of the embedded year, computed by pandas from the raw files in the data directory, without Spark."""

from datetime import timedelta

import pandas as pd
import pyarrow.dataset

from ontime import lake
from ontime.contract import ALL
from ontime.months import months_between
from ontime.settings import settings

MONTHS = months_between("2013-01", "2013-12")
KEY = ["flight_date", "airline_code", "flight_number", "origin_airport_code"]
INSTANTS = ["scheduled_departure_at", "departed_at", "scheduled_arrival_at", "arrived_at"]


def to_utc(local: pd.Series, zone: pd.Series) -> pd.Series:
    parts = [
        # A local time that clocks skip is read with the offset before the gap: an hour later on the clock.
        part.dt.tz_localize(name, ambiguous=[True] * len(part), nonexistent=pd.Timedelta("1h")).dt.tz_convert("UTC")
        for name, part in local.groupby(zone)
    ]
    return pd.concat(parts).sort_index()


def to_local(instant: pd.Series, zone: pd.Series) -> pd.Series:
    parts = [part.dt.tz_convert(name).dt.tz_localize(None) for name, part in instant.groupby(zone)]
    return pd.concat(parts).sort_index()


def minutes(hhmm: pd.Series) -> pd.Series:
    return pd.to_timedelta(hhmm // 100 * 60 + hhmm % 100, unit="min")


def expected_flights() -> pd.DataFrame:
    """The year's flights, computed from the raw files."""
    raw = pd.concat([pd.read_csv(lake.current_raw("flights", month).path) for month in MONTHS], ignore_index=True)
    airports = pd.read_csv(lake.current_raw("airports", ALL).path).set_index("faa")["tzone"]
    supplement = pd.read_csv(settings.airport_supplement).set_index("airport_code")["time_zone"]
    zones = airports.to_dict() | supplement.to_dict()
    origin, destination = raw["origin"].map(zones), raw["dest"].map(zones)

    day = pd.to_datetime(raw[["year", "month", "day"]])
    departure = to_utc(day + minutes(raw["sched_dep_time"]), origin)
    there = to_local(departure, destination).dt.normalize() + minutes(raw["sched_arr_time"])
    arrival = to_utc(there, destination)
    arrival = arrival.where(arrival > departure, to_utc(there + timedelta(days=1), destination))
    return pd.DataFrame(
        {
            "flight_date": day.dt.date,
            "airline_code": raw["carrier"],
            "flight_number": raw["flight"],
            "origin_airport_code": raw["origin"],
            "scheduled_departure_at": departure,
            "departed_at": departure + pd.to_timedelta(raw["dep_delay"], unit="min"),
            "scheduled_arrival_at": arrival,
            "arrived_at": arrival + pd.to_timedelta(raw["arr_delay"], unit="min"),
            "time_hour": pd.to_datetime(raw["time_hour"]),
        }
    ).sort_values(KEY, ignore_index=True)


def clean_flights() -> pd.DataFrame:
    """The year's flights in the clean partitions."""
    return (
        pyarrow.dataset.dataset(sorted(settings.clean_dir.glob("flights/year=*/month=*/*.parquet")))
        .to_table()
        .to_pandas()
        .sort_values(KEY, ignore_index=True)
    )
