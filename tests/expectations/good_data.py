"""A small lake in the real formats, which passes every suite. Tests spoil one thing at a time."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ontime import lake, warehouse
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.settings import settings
from tests.ontime.warehouse.made import prove

MONTH = "2013-01"
FLIGHTS_A_DAY = 4

Row = dict[str, Any]

#: The datasets that this module has good data for.
NAMES = ("flights", "weather", "airports", "airlines", "aircraft")


def partition_of(dataset: str) -> str:
    """January 2013, or ``all``."""
    return MONTH if DATASETS[dataset].is_monthly else ALL


# -- raw -------------------------------------------------------------------------
def raw_lines(dataset: str, partition: str = MONTH) -> list[str]:
    """The lines of a raw file, header first."""
    if dataset == "airports":
        return [
            "faa,name,lat,lon,alt,tz,dst,tzone",
            *[f'A{n:02d},"Field, {n}",40.{n},-74.{n},18,-5,A,America/New_York' for n in range(40)],
        ]
    if dataset == "airlines":
        return ["carrier,name", *[f"A{n},Airline {n} Inc." for n in range(10)]]
    if dataset == "aircraft":
        return [
            "tailnum,year,type,manufacturer,model,engines,seats,speed,engine",
            *[f"N1{n:02d}UW,2004,Fixed wing multi engine,EMBRAER,EMB-145XR,2,55,NA,Turbo-fan" for n in range(40)],
        ]
    year, month = map(int, partition.split("-"))
    days = range(1, calendar.monthrange(year, month)[1] + 1)
    if dataset == "weather":
        header = (
            "origin,year,month,day,hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib,time_hour"
        )
        return [
            header,
            *[
                f"{airport},{year},{month},{day},1,39.02,26.06,59.37,270,10.357,NA,0,1012,10,{partition}-{day:02d}T10:00:00Z"
                for day in days
                for airport in ("EWR", "JFK", "LGA")
            ],
        ]
    header = (
        "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,"
        "tailnum,origin,dest,air_time,distance,hour,minute,time_hour"
    )
    return [
        header,
        *[
            f"{year},{month},{day},517,515,2,830,819,11,UA,{1500 + n},N14228,EWR,IAH,227,1400,5,15,"
            f"{partition}-{day:02d}T10:00:00Z"
            for day in days
            for n in range(FLIGHTS_A_DAY)
        ],
    ]


def store_raw(dataset: str, content: bytes, partition: str = "") -> lake.RawFile:
    """Put a raw file into the lake, as a download does."""
    fetched = settings.data_dir / "fetched.csv"
    fetched.parent.mkdir(parents=True, exist_ok=True)
    fetched.write_bytes(content)
    return lake.store_raw(dataset, partition or partition_of(dataset), fetched, "test")


def store_raw_lines(dataset: str, lines: list[str], partition: str = "") -> lake.RawFile:
    return store_raw(dataset, "".join(f"{line}\n" for line in lines).encode(), partition)


# -- clean -----------------------------------------------------------------------
def clean_rows(dataset: str, partition: str = MONTH) -> list[Row]:
    """Clean rows, as Spark makes them of :func:`raw_lines`."""
    if dataset == "airports":
        return [
            {
                "airport_code": f"A{n:02d}",
                "airport_name": f"Field, {n}",
                "latitude_degrees": 40.0,
                "longitude_degrees": -74.0,
                "elevation_feet": 18,
                "time_zone": "America/New_York",
            }
            for n in range(40)
        ]
    if dataset == "airlines":
        return [{"airline_code": f"A{n}", "airline_name": f"Airline {n} Inc."} for n in range(10)]
    if dataset == "aircraft":
        return [
            {
                "tail_number": f"N1{n:02d}UW",
                "manufactured_year": 2004,
                "aircraft_type": "Fixed wing multi engine",
                "manufacturer": "EMBRAER",
                "model": "EMB-145XR",
                "engine_count": 2,
                "seat_count": 55,
                "cruise_speed_mph": None,
                "engine_type": "Turbo-fan",
            }
            for n in range(40)
        ]
    year, month = map(int, partition.split("-"))
    days = range(1, calendar.monthrange(year, month)[1] + 1)
    if dataset == "weather":
        return [
            {
                "airport_code": airport,
                "observed_at": datetime(year, month, day, 10, tzinfo=UTC),
                "temperature_celsius": 3.9,
                "dew_point_celsius": -3.3,
                "relative_humidity_percent": 59.37,
                "wind_direction_degrees": 270,
                "wind_speed_meters_per_second": 4.63,
                "wind_gust_meters_per_second": None,
                "precipitation_millimeters": 0.0,
                "pressure_hectopascals": 1012.0,
                "visibility_kilometers": 16.09,
                "implausible_values": [],
            }
            for day in days
            for airport in ("EWR", "JFK", "LGA")
        ]
    return [_flight(date(year, month, day), n) for day in days for n in range(FLIGHTS_A_DAY)]


def _flight(day: date, n: int) -> Row:
    departure = datetime(day.year, day.month, day.day, 10, 15, tzinfo=UTC)
    arrival = departure + timedelta(hours=4, minutes=4)
    arrival_delay = 20 if n == 0 else 11
    return {
        "flight_date": day,
        "airline_code": "UA",
        "flight_number": 1500 + n,
        "tail_number": "N14228",
        "origin_airport_code": "EWR",
        "destination_airport_code": "IAH",
        "scheduled_departure_local_at": datetime(day.year, day.month, day.day, 5, 15),
        "scheduled_arrival_local_at": datetime(day.year, day.month, day.day, 8, 19),
        "scheduled_departure_at": departure,
        "departed_at": departure + timedelta(minutes=2),
        "scheduled_arrival_at": arrival,
        "arrived_at": arrival + timedelta(minutes=arrival_delay),
        "departure_delay_minutes": 2,
        "arrival_delay_minutes": arrival_delay,
        "air_time_minutes": 227,
        "distance_miles": 1400,
        "is_cancelled": False,
        "is_diverted": False,
        "reported_times_agree": True,
        "airline_dot_id": 19977,
        "origin_airport_dot_id": 11618,
        "destination_airport_dot_id": 12266,
        "carrier_delay_minutes": 20 if n == 0 else None,
        "weather_delay_minutes": 0 if n == 0 else None,
        "nas_delay_minutes": 0 if n == 0 else None,
        "security_delay_minutes": 0 if n == 0 else None,
        "late_aircraft_delay_minutes": 0 if n == 0 else None,
    }


def store_clean(
    dataset: str,
    clean: list[Row] | pa.Table,
    partition: str = "",
    quarantined: dict[str, int] | None = None,
    **manifest: Any,
) -> None:
    """Commit clean rows and ``quarantined`` rows (count by reason); ``manifest`` overrides the manifest's counts."""
    partition = partition or partition_of(dataset)
    table = pa.Table.from_pylist(clean, DATASETS[dataset].arrow_schema()) if isinstance(clean, list) else clean
    reasons = [reason for reason, count in (quarantined or {}).items() for _ in range(count)]
    staging = lake.staging_dir(dataset)
    pq.write_table(table, staging / "clean.parquet")
    pq.write_table(pa.table({"reason": pa.array(reasons, pa.string())}), staging / "quarantine.parquet")
    counted: dict[str, Any] = {
        "raw_sha256": lake.current_raw(dataset, partition).sha256,
        "job_sha256": "test",
        "rows_raw": table.num_rows + len(reasons),
        "rows_clean": table.num_rows,
        "rows_quarantined": len(reasons),
        "quarantined_by_reason": quarantined or {},
    }
    committed = lake.CleanPartition(dataset, partition, **{**counted, **manifest})
    lake.commit_clean(committed, [staging / "clean.parquet"], [staging / "quarantine.parquet"])


def store_good(dataset: str, partition: str = "", spoil: Callable[[list[Row]], object] | None = None) -> None:
    """Store a raw file and commit its clean rows, after ``spoil`` has changed them."""
    partition = partition or partition_of(dataset)
    store_raw_lines(dataset, raw_lines(dataset, partition), partition)
    rows = clean_rows(dataset, partition)
    if spoil:
        spoil(rows)
    store_clean(dataset, rows, partition)


# -- marts -----------------------------------------------------------------------
def store_all(*months: str) -> None:
    """Store and validate good data for all datasets, and prepare a candidate warehouse."""
    for dataset in NAMES:
        for partition in DATASETS[dataset].partitions(months):
            store_good(dataset, partition)
            manifest = lake.clean_partition(dataset, partition)
            assert manifest
            lake.mark_validated(manifest)
    assert warehouse.prepare_candidate()


def build_candidate(*spoil: str) -> Path:
    """Build the marts of the stored lake as dbt would, then run the SQL in ``spoil`` on them."""
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse_candidate)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema marts")
        tables = {
            "fct_flights": (
                "flights",
                "*, arrival_delay_minutes >= 15 as is_arrival_delayed, "
                "'EWR_' || strftime(date_trunc('hour', scheduled_departure_at), '%Y-%m-%dT%HZ') as weather_key",
            ),
            "fct_weather_hourly": (
                "weather",
                "*, airport_code || '_' || strftime(observed_at, '%Y-%m-%dT%HZ') as weather_key, "
                "date_trunc('month', observed_at)::date as month_start_date",
            ),
            "dim_airlines": ("airlines", "*"),
            "dim_aircraft": ("aircraft", "*"),
            "dim_airports": ("airports", "*"),
        }
        for table, (dataset, columns) in tables.items():
            source = f"read_parquet('{lake.clean_glob(dataset)}', hive_partitioning = false)"
            connection.execute(f"create table marts.{table} as select {columns} from {source}")
        connection.execute(
            f"insert into marts.dim_airports by name select airport_code from read_csv('{settings.airport_supplement}')"
        )
        connection.execute("create table marts.dim_dates as select distinct flight_date from marts.fct_flights")
        for statement in spoil:
            connection.execute(statement)
        prove(connection)
    return settings.warehouse_candidate
