"""National months in the formats of the live sources, made from the real months of New York: over 340 airports.

Every real flight is repeated under other flight numbers. Each copy flies between other airports of the same time zones,
so that every local time stays valid. Delays, durations, cancellations and diversions are the real flight's. Every
airport with a station gets the weather of one of New York's airports. Other years are copies of the real year with
shifted dates. These files are for measurements only; the pipeline never reads them.
"""

import gzip
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb

from bench.studies.generate import NUMBER_STEP
from ontime import lake
from ontime.contract import ALL
from ontime.datasets.flights import FORMATS as FLIGHTS
from ontime.datasets.weather import FORMATS as WEATHER
from ontime.settings import settings
from ontime.sources.bts import GZIP_LEVEL
from ontime.sources.embedded import EmbeddedPublisher
from ontime.sources.ghcnh import stations

REAL_YEAR = 2013
#: Each copy of a flight uses the airports this many places further in the list of their time zone.
AIRPORT_STEP = 5


def _two_decimals(sql: str) -> str:
    return f"printf('%.2f', ({sql})::DOUBLE)"


#: SQL for the Bureau's columns that the real file has values for. `flight_date` is the moved date. Others are empty.
NUMBERS = {
    "Year": "year(flight_date)",
    "Quarter": "quarter(flight_date)",
    "Month": "month(flight_date)",
    "DayofMonth": "day(flight_date)",
    "DayOfWeek": "isodow(flight_date)",
    "DOT_ID_Reporting_Airline": "19000 + airlines.number",
    "OriginAirportID": "10000 + origins.number",
    "DestAirportID": "10000 + destinations.number",
    "DepDelay": _two_decimals("dep_delay"),
    "DepDelayMinutes": _two_decimals("greatest(dep_delay, 0)"),
    "DepDel15": _two_decimals("(dep_delay >= 15)::int"),
    "ArrDelay": _two_decimals("arr_delay"),
    "ArrDelayMinutes": _two_decimals("greatest(arr_delay, 0)"),
    "ArrDel15": _two_decimals("(arr_delay >= 15)::int"),
    "Cancelled": _two_decimals("(dep_time IS NULL)::int"),
    "Diverted": _two_decimals("(dep_time IS NOT NULL AND arr_delay IS NULL)::int"),
    "AirTime": _two_decimals("if(arr_delay IS NULL, NULL, air_time)"),
    "Flights": "'1.00'",
    "Distance": _two_decimals("distance"),
    "DivAirportLandings": "0",
}
TEXTS = {
    "FlightDate": "strftime(flight_date, '%Y-%m-%d')",
    "Reporting_Airline": "carrier",
    "IATA_CODE_Reporting_Airline": "carrier",
    "Tail_Number": "coalesce(tailnum || if(copies.copy = 0, '', '.' || copies.copy), '')",
    "Flight_Number_Reporting_Airline": f"(flight + copies.copy * {NUMBER_STEP})::varchar",
    "Origin": "origins.code",
    "OriginCityName": "origins.name",
    "Dest": "destinations.code",
    "DestCityName": "destinations.name",
    "CRSDepTime": "lpad(sched_dep_time::varchar, 4, '0')",
    "DepTime": "coalesce(lpad(dep_time::varchar, 4, '0'), '')",
    "CRSArrTime": "lpad(sched_arr_time::varchar, 4, '0')",
    "ArrTime": "coalesce(lpad(arr_time::varchar, 4, '0'), '')",
}
EMPTY_TEXTS = (
    *("OriginState", "OriginStateFips", "OriginStateName", "DestState", "DestStateFips", "DestStateName"),
    *("DepTimeBlk", "WheelsOff", "WheelsOn", "ArrTimeBlk", "CancellationCode", "FirstDepTime"),
)

#: SQL for each element of GHCNh in SI units, from the package's US units. All are routine reports of a station.
ELEMENTS = {
    "temperature": "(temp - 32) * 5 / 9",
    "dew_point_temperature": "(dewp - 32) * 5 / 9",
    "relative_humidity": "humid",
    "wind_direction": "wind_dir",
    "wind_speed": "wind_speed * 0.44704",
    "wind_gust": "wind_gust * 0.44704",
    "precipitation": "precip * 25.4",
    "sea_level_pressure": "pressure",
    "visibility": "visib * 1.609344",
}
REMARK = "MET094 METAR 010051Z 09014G25KT 10SM SCT045 BKN150 OVC200 10/07 A2967 RMK AO2 SLP049 T01000067"


def flights(month: str, copies: int) -> lake.RawFile:
    """Store a raw month with ``copies`` times the real flights, in the Bureau's format."""
    columns = FLIGHTS["bts"]
    sql = NUMBERS | TEXTS | dict.fromkeys((*EMPTY_TEXTS, *(n for n in columns if _is_diversion_text(n))), "''")
    texts = [name for name in columns if name in sql and name not in NUMBERS]
    # Airports are moved before the join with flights: in one join it takes a minute per month.
    query = f"""
        WITH moved AS MATERIALIZED (
            SELECT real.code AS real_code, copy, other.*
            FROM airports AS real
            CROSS JOIN range({copies}) AS copies(copy)
            JOIN airports AS other
                ON other.zone = real.zone AND other.rank = (real.rank + copy * {AIRPORT_STEP}) % real.zone_size
        )
        SELECT {_select(columns, sql)}, NULL AS nameless
        FROM (
            SELECT *, make_date(year, month, day) + INTERVAL ({int(month[:4]) - REAL_YEAR}) YEAR AS flight_date
            FROM read_csv(getvariable('real'), nullstr = 'NA', sample_size = -1)
        ) AS flights
        CROSS JOIN range({copies}) AS copies(copy)
        JOIN airlines USING (carrier)
        JOIN moved AS origins ON origins.real_code = flights.origin AND origins.copy = copies.copy
        JOIN moved AS destinations ON destinations.real_code = flights.dest AND destinations.copy = copies.copy
        ORDER BY carrier, flight + copies.copy * {NUMBER_STEP}, flight_date
    """  # noqa: S608 -- SQL of this module
    header = ",".join(f'"{name}"' for name in columns) + ",\n"
    options = f"DELIMITER ',', FORCE_QUOTE ({', '.join(texts)})"
    return _generate("flights", month, query, header, options, f"{copies}x, national")


def weather(month: str) -> lake.RawFile:
    """Store a raw month of hourly weather at the airports in use, in GHCNh's format."""
    columns = WEATHER["ghcnh"]
    sql = {
        "STATION": "station_id",
        "Station_name": "station_name",
        "DATE": "strftime(reported_at, '%Y-%m-%dT%H:%M:%S')",
        "Year": "strftime(reported_at, '%Y')",
        "Month": "strftime(reported_at, '%m')",
        "Day": "strftime(reported_at, '%d')",
        "Hour": "strftime(reported_at, '%H')",
        "Minute": "strftime(reported_at, '%M')",
        "REM": f"'{REMARK}'",
    }
    for element, value in ELEMENTS.items():
        sql |= {
            element: f"printf('{'%03.0f' if element == 'wind_direction' else '%.1f'}', ({value})::DOUBLE)",
            f"{element}_Quality_Code": f"if({value} IS NULL, NULL, '5')",
            f"{element}_Report_Type": f"if({value} IS NULL, NULL, 'FM15')",
            f"{element}_Source_Code": f"if({value} IS NULL, NULL, '343')",
            f"{element}_Source_Station_ID": f"if({value} IS NULL, NULL, station_id)",
        }
    query = f"""
        SELECT {_select(columns, sql)}
        FROM (
            SELECT *, time_hour + INTERVAL 51 MINUTE + INTERVAL ({int(month[:4]) - REAL_YEAR}) YEAR AS reported_at,
            FROM read_csv(getvariable('real'), nullstr = 'NA', sample_size = -1, types = {{'wind_dir': 'INTEGER'}})
        )
        JOIN stations USING (origin)
        WHERE list_contains({list(stations())}, airport_code)
        ORDER BY station_id, reported_at
    """  # noqa: S608 -- SQL of this module
    return _generate("weather", month, query, "|".join(columns) + "\n", "DELIMITER '|', QUOTE ''", "other stations")


def _select(columns: tuple[str, ...], sql: Mapping[str, str]) -> str:
    return ", ".join(f'{sql.get(name, "NULL")} AS "{name}"' for name in columns)


def _is_diversion_text(name: str) -> bool:
    return name.startswith("Div") and name.endswith(("Airport", "WheelsOn", "WheelsOff", "TailNum"))


def _generate(dataset: str, month: str, query: str, header: str, options: str, note: str) -> lake.RawFile:
    """Store the result of a query on the real month's file, with a header, gzip-compressed like the live sources."""
    folder = lake.raw_partition_dir(dataset, month)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=folder) as temporary,
        duckdb.connect(config=settings.duckdb_config) as connection,
    ):
        real, rows, target = (Path(temporary) / name for name in ("real.csv", "rows.csv", "target.csv.gz"))
        source = EmbeddedPublisher().fetch(dataset, f"{REAL_YEAR}{month[4:]}", real).source
        connection.execute("SET TimeZone = 'UTC'; SET VARIABLE real = $file", {"file": str(real)})
        _reference_tables(connection, Path(temporary))
        connection.execute(f"COPY ({query}) TO '{rows}' (FORMAT csv, HEADER false, {options})")
        with (
            rows.open("rb") as content,
            target.open("wb") as file,
            gzip.GzipFile("", "wb", GZIP_LEVEL, file, 0) as packed,
        ):
            packed.write(header.encode())
            shutil.copyfileobj(content, packed, 1024**2)
        rows.unlink()
        return lake.store_raw(dataset, month, target, f"{source}, {note}")


def _reference_tables(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create the tables airlines, airports (real destinations, and airports with a station) and stations."""
    for dataset in ("airlines", "airports"):
        EmbeddedPublisher().fetch(dataset, ALL, folder / f"{dataset}.csv")
    connection.execute(f"""
        CREATE TABLE airlines AS
        SELECT carrier, row_number() OVER (ORDER BY carrier) AS number FROM read_csv('{folder / "airlines.csv"}');
        CREATE TABLE airports AS
        WITH supplement AS (
            SELECT airport_code AS code, airport_name AS name, time_zone AS zone
            FROM read_csv('{settings.airport_supplement}')
        ), all_airports AS (
            FROM supplement
            UNION ALL
            SELECT faa, name, tzone FROM read_csv('{folder / "airports.csv"}', nullstr = 'NA')
            WHERE faa NOT IN (SELECT code FROM supplement)
        ), in_use AS (
            SELECT * FROM all_airports
            WHERE code IN (SELECT airport_code FROM read_csv('{settings.station_crosswalk}'))
            OR code IN (SELECT code FROM supplement)
        )
        SELECT *, row_number() OVER (ORDER BY code) AS number,
            row_number() OVER (PARTITION BY zone ORDER BY code) - 1 AS rank,
            count(*) OVER (PARTITION BY zone) AS zone_size
        FROM in_use;
        CREATE TABLE stations AS
        SELECT *, (['EWR', 'JFK', 'LGA'])[row_number() OVER (ORDER BY station_id) % 3 + 1] AS origin
        FROM read_csv('{settings.station_crosswalk}')
    """)  # noqa: S608 -- paths of this project
