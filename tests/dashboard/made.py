"""Small published files for the tests of the dashboard: whole months of flights, made by a formula."""

import tempfile
from functools import cache
from pathlib import Path

import duckdb
import yaml
from jinja2 import Environment

from ontime import warehouse
from ontime.settings import settings

#: Per day: 3 origins × 3 airlines × 3 hours = 27 flights, one destination for each hour.
FLIGHTS_PER_DAY = 27

FLIGHTS = """
WITH scheduled AS (
    SELECT
        day::date AS flight_date, airline_code, airline_number, origin, origin_number, departs AS hour, destination,
        dayofyear(day) AS day_number
    FROM
        generate_series($first::timestamp, $last::timestamp, INTERVAL 1 DAY) AS days (day),
        (VALUES ('B6', 0), ('DL', 1), ('UA', 2)) AS airlines (airline_code, airline_number),
        (VALUES ('EWR', 0), ('JFK', 1), ('LGA', 2)) AS origins (origin, origin_number),
        (VALUES (6, 'IAH'), (12, 'BOS'), (18, 'SJU')) AS departures (departs, destination)
),
flights AS (
    SELECT
        *,
        (day_number * 7 + airline_number * 5 + origin_number * 3 + hour) % 40 = 0 AS is_cancelled,
        (day_number * 7 + airline_number * 5 + origin_number * 3 + hour) % 40 = 1 AS is_diverted,
        -- from 9 minutes early to 20 late in the morning, to 44 late in the evening
        ((day_number * 11 + airline_number * 13 + origin_number * 17 + hour) % (30 + 2 * (hour - 6)) - 9) AS delay
    FROM scheduled
)
SELECT
    concat_ws('_', flight_date, airline_code, origin, hour) AS flight_key,
    airline_code,
    origin AS origin_airport_code,
    destination AS destination_airport_code,
    'N' || (100 + airline_number * 10 + origin_number) AS tail_number,
    flight_date,
    origin || '_' || strftime(flight_date + to_hours(hour + 5), '%Y-%m-%dT%HZ') AS weather_key,
    (100 * hour + airline_number)::integer AS flight_number,
    origin || '-' || destination AS route_key,
    flight_date + to_hours(hour) AS scheduled_departure_local_at,
    flight_date + to_hours(hour + 3) AS scheduled_arrival_local_at,
    (flight_date + to_hours(hour + 5))::timestamp AT TIME ZONE 'UTC' AS scheduled_departure_at,
    (flight_date + to_hours(hour + 8))::timestamp AT TIME ZONE 'UTC' AS scheduled_arrival_at,
    if(is_cancelled, NULL, scheduled_departure_at + to_minutes(delay)) AS departed_at,
    if(is_cancelled OR is_diverted, NULL, scheduled_arrival_at + to_minutes(delay - 3)) AS arrived_at,
    if(is_cancelled, NULL, delay)::integer AS departure_delay_minutes,
    if(is_cancelled OR is_diverted, NULL, delay - 3)::integer AS arrival_delay_minutes,
    if(is_cancelled OR is_diverted, NULL, 150)::integer AS air_time_minutes,
    (1000 + 100 * origin_number)::integer AS distance_miles,
    is_cancelled,
    is_diverted,
    arrival_delay_minutes >= 15 AS is_arrival_delayed,
    true AS has_aircraft,
    NULL::integer AS airline_dot_id,
    NULL::integer AS origin_airport_dot_id,
    NULL::integer AS destination_airport_dot_id,
    -- the Bureau gives causes for delayed flights only
    if($causes AND is_arrival_delayed, arrival_delay_minutes - 5, NULL)::integer AS carrier_delay_minutes,
    if($causes AND is_arrival_delayed, 0, NULL)::integer AS weather_delay_minutes,
    if($causes AND is_arrival_delayed, 2, NULL)::integer AS nas_delay_minutes,
    if($causes AND is_arrival_delayed, 0, NULL)::integer AS security_delay_minutes,
    if($causes AND is_arrival_delayed, 3, NULL)::integer AS late_aircraft_delay_minutes
FROM flights
"""


MARTS_DIR = settings.dbt_project_dir / "models" / "marts"


def aggregate(name: str) -> str:
    """The query of an aggregate, as the dbt project has it, for all months."""
    environment = Environment(autoescape=False)
    environment.globals |= {
        "config": lambda **_: "",
        "ref": lambda model: f"marts.{model}",
        "changed_months": lambda _: "SELECT date_trunc('month', flight_date) FROM marts.fct_flights",
    }
    macros = (settings.dbt_project_dir / "macros" / "delay_measures.sql").read_text("utf-8")
    return environment.from_string(macros + (MARTS_DIR / f"{name}.sql").read_text("utf-8")).render()


def columns(name: str) -> str:
    """The columns of a mart, as the dbt project promises them: names, types, and which must have a value."""
    [model] = yaml.safe_load((MARTS_DIR / f"{name}.yml").read_text("utf-8").partition("\nunit_tests:")[0])["models"]
    required = {column["name"] for column in model["columns"] if {"type": "not_null"} in column.get("constraints", [])}
    return ", ".join(
        f"{column['name']} {column['data_type']}{' NOT NULL' if column['name'] in required else ''}"
        for column in model["columns"]
    )


AGGREGATES = (
    "agg_flights_daily",
    "agg_airline_daily",
    "agg_route_airline_monthly",
    "agg_route_performance_monthly",
    "agg_airport_delays_hourly",
    "agg_delay_histogram_monthly",
    "agg_delay_causes_monthly",
)
#: The rows of each mart; a column that a query does not name is empty.
TABLES = {
    "fct_flights": FLIGHTS,
    **{name: aggregate(name) for name in AGGREGATES},
    "dim_airlines": """
        FROM (VALUES ('B6', 'JetBlue Airways'), ('DL', 'Delta Air Lines Inc.'), ('UA', 'United Air Lines Inc.'))
        AS airlines (airline_code, airline_name)""",
    "dim_airports": """
        SELECT *, 13 AS elevation_feet, false AS is_supplemented, NULL::varchar AS weather_station_id
        FROM (VALUES
            ('EWR', 'Newark Liberty Intl', 40.6925, -74.168667, 'America/New_York'),
            ('JFK', 'John F Kennedy Intl', 40.639751, -73.778925, 'America/New_York'),
            ('LGA', 'La Guardia', 40.777245, -73.872608, 'America/New_York'),
            ('BOS', 'General Edward Lawrence Logan Intl', 42.364347, -71.005181, 'America/New_York'),
            ('IAH', 'George Bush Intercontinental', 29.984433, -95.341442, 'America/Chicago'),
            ('SJU', 'Luis Munoz Marin Intl', 18.439417, -66.001833, 'America/Puerto_Rico')
        ) AS airports (airport_code, airport_name, latitude_degrees, longitude_degrees, time_zone)""",
    "dim_aircraft": """
        SELECT DISTINCT tail_number, 2001 AS manufactured_year, 'Fixed wing multi engine' AS aircraft_type,
            'BOEING' AS manufacturer, '737-824' AS model, 2 AS engine_count, 149 AS seat_count,
            NULL::integer AS cruise_speed_mph, 'Turbo-fan' AS engine_type
        FROM marts.fct_flights""",
    "dim_dates": """
        SELECT DISTINCT flight_date AS date_day, year(flight_date)::integer AS year,
            quarter(flight_date)::integer AS quarter, month(flight_date)::integer AS month,
            day(flight_date)::integer AS day_of_month, isodow(flight_date)::integer AS day_of_week_iso,
            dayname(flight_date) AS day_name, week(flight_date)::integer AS iso_week,
            isodow(flight_date) IN (6, 7) AS is_weekend,
            (month, day_of_month) = (1, 1) AS is_us_federal_holiday,
            if(is_us_federal_holiday, 'New Year''s Day', NULL) AS holiday_name
        FROM marts.fct_flights""",
    "fct_weather_hourly": """
        SELECT origin || strftime(observed_at, '_%Y-%m-%dT%HZ') AS weather_key, origin AS airport_code,
            observed_at AT TIME ZONE 'UTC' AS observed_at, 5.0 AS temperature_celsius, 1.0 AS dew_point_celsius,
            60.0 AS relative_humidity_percent, 270 AS wind_direction_degrees, 4.0 AS wind_speed_meters_per_second,
            NULL::double AS wind_gust_meters_per_second,
            if(day(observed_at) % 5 = 0, 1.5, 0.0) AS precipitation_millimeters, 1015.0 AS pressure_hectopascals,
            16.0 AS visibility_kilometers, []::varchar[] AS implausible_values,
            date_trunc('month', observed_at)::date AS month_start_date
        FROM (SELECT min(flight_date) AS first, max(flight_date) + 2 AS last FROM marts.fct_flights),
            generate_series(first::timestamp, last::timestamp, INTERVAL 1 HOUR) AS hours (observed_at),
            (VALUES ('EWR'), ('JFK'), ('LGA')) AS origins (origin)""",
}


def publish_flights(first: str = "2013-01-01", last: str = "2013-01-31", causes: bool = False) -> warehouse.Version:
    """Publish a warehouse with the flights of these days. ``causes``: with the Bureau's causes of delay."""
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    settings.warehouse_candidate.write_bytes(_warehouse(first, last, causes))
    lineage = {"inputs": f"{first}{last}{causes}", "months": f"{first[:7]}..{last[:7]}"}
    return warehouse.publish(warehouse.WAREHOUSE, settings.warehouse_candidate, lineage)


@cache
def _warehouse(first: str, last: str, causes: bool) -> bytes:
    """The file of a warehouse. It is made once for all tests of a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ontime.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("CREATE SCHEMA marts")
            choices = {"first": first, "last": last, "causes": causes}
            for name, rows in TABLES.items():
                connection.execute(f"CREATE TABLE marts.{name} ({columns(name)})")
                parameters = choices if name == "fct_flights" else None
                connection.execute(f"INSERT INTO marts.{name} BY NAME {rows}", parameters)
        return path.read_bytes()


def publish_predictions(folder: Path, model_version: str = "m1") -> warehouse.Version:
    """Publish a probability for each published flight from 12:00 on: 0.6 for the late ones, 0.2 for the others."""
    file = folder / "predictions.parquet"
    with duckdb.connect(str(warehouse.published_path()), read_only=True) as connection:
        connection.execute(f"""
            COPY (
                SELECT flight_key, if(is_arrival_delayed, 0.6, 0.2)::double AS delay_probability,
                    '{model_version}' AS model_version, TIMESTAMPTZ '2013-12-31 00:00:00+00' AS scored_at
                FROM marts.fct_flights WHERE hour(scheduled_departure_local_at) >= 12
            ) TO '{file}' (FORMAT parquet)
        """)
    return warehouse.publish_predictions(file, model_version)
