"""A clean lake of a few rows, each for a case of its own."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet

from ontime import files, lake
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.datasets.flights import DELAY_CAUSES
from ontime.settings import settings

Rows = dict[tuple[str, str], list[dict]]

#: The datasets of :func:`good_rows`.
DATASETS_MADE = ("flights", "weather", "airports", "airlines", "aircraft")
#: The published tables.
MARTS = (
    # those of datasets with models of their own
    *(file.stem for file in settings.dbt_project_dir.glob("models/marts/*/*.sql")),
    "agg_airline_daily",
    "agg_airport_delays_hourly",
    "agg_delay_causes_monthly",
    "agg_delay_histogram_monthly",
    "agg_flights_daily",
    "agg_route_airline_monthly",
    "agg_route_performance_monthly",
    "dim_aircraft",
    "dim_airlines",
    "dim_airports",
    "dim_dates",
    "fct_flights",
    "fct_weather_hourly",
)

ZONES = {
    "EWR": "America/New_York",
    "LGA": "America/New_York",
    "JFK": "America/New_York",
    "IAH": "America/Chicago",
    "SJU": "America/Puerto_Rico",
}


def flight(departure: str, route: str, departure_delay: int | None, arrival_delay: int | None, **other: object) -> dict:
    """A clean flight of three hours, scheduled to depart at ``departure`` (clock time at its origin).

    Its cause is traffic (``nas``) if it arrives at least 15 minutes late; an earlier one has no causes.
    """
    origin, destination = route.split("-")
    departs_local = datetime.fromisoformat(departure)
    departs = departs_local.replace(tzinfo=ZoneInfo(ZONES[origin])).astimezone(UTC)
    arrives = departs + timedelta(hours=3)
    causes: dict[str, int] = {}
    if arrival_delay is not None and arrival_delay >= 15:
        causes = dict.fromkeys((f"{cause}_delay_minutes" for cause in DELAY_CAUSES), 0)
        causes["nas_delay_minutes"] = arrival_delay
    return {
        "flight_date": departs_local.date(),
        "airline_code": "UA",
        "flight_number": 1,
        "tail_number": "N14228",
        "origin_airport_code": origin,
        "destination_airport_code": destination,
        "scheduled_departure_local_at": departs_local,
        "scheduled_arrival_local_at": arrives.astimezone(ZoneInfo(ZONES[destination])).replace(tzinfo=None),
        "scheduled_departure_at": departs,
        "departed_at": None if departure_delay is None else departs + timedelta(minutes=departure_delay),
        "scheduled_arrival_at": arrives,
        "arrived_at": None if arrival_delay is None else arrives + timedelta(minutes=arrival_delay),
        "departure_delay_minutes": departure_delay,
        "arrival_delay_minutes": arrival_delay,
        "distance_miles": 1400,
        "is_cancelled": departure_delay is None,
        "is_diverted": departure_delay is not None and arrival_delay is None,
        **causes,
        **other,
    }


def good_rows() -> Rows:
    """Two months that pass every test."""
    return {
        ("flights", "2013-01"): [
            flight("2013-01-01 05:15", "EWR-IAH", 2, 11),  # a little late, not delayed
            flight("2013-01-01 06:00", "EWR-IAH", None, None, tail_number=None),  # cancelled
            flight(
                "2013-01-02 06:00", "EWR-IAH", 4, None, tail_number="N3ALAA"
            ),  # diverted, with an unregistered tail number
            flight("2013-01-01 05:29", "LGA-IAH", 5, 15),  # exactly 15 minutes late; no weather at its origin
            flight("2013-01-31 23:59", "JFK-SJU", 40, 30),  # in February in UTC; SJU is only in the seed
        ],
        ("flights", "2013-02"): [flight("2013-02-15 12:00", "JFK-SJU", 0, -20)],
        ("weather", "2013-01"): [hour("EWR", "2013-01-01 10"), hour("EWR", "2013-01-01 11")],
        ("weather", "2013-02"): [hour("JFK", "2013-02-01 04")],
        ("airports", ALL): [_airport(code) for code in ZONES if code != "SJU"],
        ("airlines", ALL): [{"airline_code": "UA", "airline_name": "United Air Lines Inc."}],
        ("aircraft", ALL): [{"tail_number": "N14228", "aircraft_type": "Fixed wing multi engine"}],
    }


def make(rows: Rows, committed_at: str | None = None) -> None:
    """Commit the rows as clean partitions that have passed their gate; columns left out are null."""
    for (dataset, partition), records in rows.items():
        unknown = {name for record in records for name in record} - set(DATASETS[dataset].column_names)
        assert not unknown, f"{dataset} has no {unknown}"
        file = lake.staging_dir(dataset) / "clean.parquet"
        pyarrow.parquet.write_table(pa.Table.from_pylist(records, DATASETS[dataset].arrow_schema()), file)
        manifest = lake.CleanPartition(
            *(dataset, partition, "raw", "job", len(records), len(records), 0),
            committed_at=committed_at or files.now(),
        )
        lake.commit_clean(manifest, [file], [])
        lake.mark_validated(manifest)


def hour(airport: str, observed_at: str, temperature_celsius: float = 5.0) -> dict:
    """The weather at an airport in one hour (UTC)."""
    return {
        "airport_code": airport,
        "observed_at": datetime.fromisoformat(observed_at).replace(tzinfo=UTC),
        "temperature_celsius": temperature_celsius,
        "implausible_values": ["wind_speed_meters_per_second"],
    }


def _airport(code: str) -> dict:
    return {
        "airport_code": code,
        "airport_name": code,
        "latitude_degrees": 40.0,
        "longitude_degrees": -74.0,
        "time_zone": ZONES[code],
    }
