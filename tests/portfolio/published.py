"""Warehouses, predictions and gates made up for tests of the site: the tables that it reads, computed from flights."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from incidents.engine.incident import incident
from labs.engine import progress
from labs.engine.lab import lab
from ontime import warehouse
from ontime.settings import settings
from tests.dashboard import made

AIRPORTS = {
    "EWR": ("Newark Liberty Intl", 40.69, -74.17),
    "JFK": ("John F Kennedy Intl", 40.64, -73.78),
    "LGA": ("La Guardia", 40.78, -73.87),
    "ATL": ("Hartsfield Jackson Atlanta Intl", 33.64, -84.43),
    "BOS": ("General Edward Lawrence Logan Intl", 42.36, -71.01),
    "LAX": ("Los Angeles Intl", 33.94, -118.41),
}
AIRLINES = {"UA": "United Air Lines Inc.", "B6": "JetBlue Airways", "DL": "Delta Air Lines Inc."}

MEASURES = """
    count(*) AS flight_count,
    count_if(is_cancelled) AS cancelled_count,
    count_if(is_diverted) AS diverted_count,
    count(departure_delay_minutes) AS departure_count,
    count(arrival_delay_minutes) AS arrival_count,
    count_if(is_arrival_delayed) AS arrival_delayed_count,
    coalesce(sum(departure_delay_minutes), 0)::BIGINT AS departure_delay_minutes_sum,
    coalesce(sum(arrival_delay_minutes), 0)::BIGINT AS arrival_delay_minutes_sum,
    coalesce(sum(greatest(arrival_delay_minutes, 0)), 0)::BIGINT AS arrival_late_minutes_sum
"""
AGGREGATES = {
    "agg_flights_daily": "flight_date, origin_airport_code, airline_code",
    "agg_airport_delays_hourly": "origin_airport_code AS airport_code, "
    "date_trunc('month', flight_date)::DATE AS month_start_date, "
    "hour(scheduled_departure_local_at)::INTEGER AS scheduled_departure_hour",
    "agg_route_airline_monthly": "route_key, date_trunc('month', flight_date)::DATE AS month_start_date, "
    "origin_airport_code, destination_airport_code, airline_code",
}


def made_flights(first: str = "2013-01-01", days: int = 90, seed: int = 3) -> pd.DataFrame:
    """Flights from three airports at five hours of each day. Later hours and the second month are worse."""
    random, rows = np.random.default_rng(seed), []
    for day in pd.date_range(first, periods=days):
        for number, hour in enumerate((6, 9, 13, 17, 21)):
            for origin in ("EWR", "JFK", "LGA"):
                for airline, destination in (("UA", "ATL"), ("B6", "BOS"), ("DL", "LAX")):
                    late = 0.02 * hour + 0.15 * (day.month == 2) + 0.05 * (airline == "B6")
                    delay = int(random.integers(20, 90) if random.random() < late else random.integers(-20, 14))
                    rows.append((day, hour, origin, destination, airline, number, delay, random.random() < 0.03))
    columns = ["flight_date", "hour", "origin", "destination", "airline", "number", "delay", "is_cancelled"]
    return pd.DataFrame(rows, columns=columns)


def publish(flights: pd.DataFrame) -> warehouse.Version:
    """Publish the flights, with the columns of :func:`made_flights`, as a warehouse with marts."""
    airports = pd.DataFrame(
        [(code, *rest) for code, rest in AIRPORTS.items()],
        columns=["airport_code", "airport_name", "latitude_degrees", "longitude_degrees"],
    )
    airlines = pd.DataFrame(AIRLINES.items(), columns=["airline_code", "airline_name"])
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    candidate = settings.warehouse_candidate
    with duckdb.connect(str(candidate)) as connection:
        connection.register("flights", flights)
        connection.register("airports", airports)
        connection.register("airlines", airlines)
        connection.execute("""
            CREATE SCHEMA marts;
            CREATE TABLE marts.dim_airports AS FROM airports;
            CREATE TABLE marts.dim_airlines AS FROM airlines;
            CREATE TABLE marts.dim_dates AS
            SELECT unnest(generate_series(min(flight_date), max(flight_date), INTERVAL 1 DAY))::DATE AS date_day,
                NULL::VARCHAR AS holiday_name
            FROM flights;
            CREATE TABLE marts.fct_flights AS
            SELECT
                row_number() OVER () || '' AS flight_key,
                flight_date::DATE AS flight_date,
                airline AS airline_code,
                number::INTEGER AS flight_number,
                origin AS origin_airport_code,
                destination AS destination_airport_code,
                origin || '-' || destination AS route_key,
                origin || ' ' || flight_date::DATE || ' ' || hour AS weather_key,
                flight_date::TIMESTAMP + to_hours(hour::INTEGER) AS scheduled_departure_local_at,
                is_cancelled,
                false AS is_diverted,
                if(is_cancelled, NULL, delay)::INTEGER AS departure_delay_minutes,
                if(is_cancelled, NULL, delay)::INTEGER AS arrival_delay_minutes,
                if(is_cancelled, NULL, delay >= 15) AS is_arrival_delayed
            FROM flights;
            -- It rains in the morning of every third day.
            CREATE TABLE marts.fct_weather_hourly AS
            SELECT DISTINCT
                weather_key,
                if(day(flight_date) % 3 = 0 AND hour(scheduled_departure_local_at) < 12, 0.3, 0)
                    AS precipitation_millimeters
            FROM marts.fct_flights
        """)
        for table, keys in AGGREGATES.items():
            connection.execute(
                f"CREATE TABLE marts.{table} AS SELECT {keys}, {MEASURES} FROM marts.fct_flights GROUP BY ALL"
            )
        connection.execute(f"CREATE TABLE marts.agg_airline_daily AS {made.aggregate('agg_airline_daily')}")
    months = pd.to_datetime(flights["flight_date"]).dt.strftime("%Y-%m")
    return warehouse.publish("ontime", candidate, {"inputs": months.min(), "months": f"{months.min()}..{months.max()}"})


def publish_model(probability: Mapping[int, float], test_months: tuple[str, ...], version: str = "m1") -> None:
    """Publish predictions, one probability by hour of departure, and a monitoring that says which months were tests."""
    now = warehouse.current()
    assert now
    with duckdb.connect(str(now.path), read_only=True) as connection:
        flights = connection.execute("""
            SELECT flight_key, hour(scheduled_departure_local_at) AS hour, strftime(flight_date, '%Y-%m') AS month,
                is_arrival_delayed::DOUBLE AS is_late
            FROM marts.fct_flights
        """).df()
    flights["delay_probability"] = flights["hour"].map(probability)
    performance = [(month, "test" if month in test_months else "new") for month in sorted(set(flights["month"]))]
    tables = {"model_performance": pd.DataFrame(performance, columns=["month", "part"])}
    tables["model_reliability"] = _reliability(flights[flights["month"].isin(test_months)])
    folder = settings.data_dir / "made"
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.assign(model_version=version).to_parquet(folder / f"{name}.parquet")
    predictions = flights[["flight_key", "delay_probability"]].assign(model_version=version)
    predictions.to_parquet(folder / "predictions.parquet")
    warehouse.publish_predictions(folder / "predictions.parquet", version)
    warehouse.publish_monitoring({name: folder / f"{name}.parquet" for name in tables}, version)


def _reliability(flights: pd.DataFrame) -> pd.DataFrame:
    groups = (
        flights.dropna(subset="is_late").groupby("delay_probability")["is_late"].agg(["count", "mean"]).reset_index()
    )
    return pd.DataFrame(
        {
            "part": "test",
            "lowest_probability": groups["delay_probability"],
            "flights": groups["count"],
            "mean_probability": groups["delay_probability"],
            "late_share": groups["mean"],
            "late_share_low": groups["mean"] - 0.05,
            "late_share_high": groups["mean"] + 0.05,
        }
    )


def add_gate(suite: str, partition: str, checks: int, failed: tuple[str, ...] = ()) -> Path:
    """A result of a gate in the Data Docs, with its page."""
    folder = settings.data_docs_dir / suite
    folder.mkdir(parents=True, exist_ok=True)
    page = f"{suite}/{partition}.html"
    (settings.data_docs_dir / page).write_text("<!doctype html><html lang=en><title>gate</title><p>gate")
    record = {
        "partition": partition,
        "page": page,
        "suite": suite,
        "success": not failed,
        "checks": checks,
        "failed": list(failed),
        "validated_at": "2013-04-01T00:00:00+00:00",
    }
    (folder / f"{partition}.json").write_text(json.dumps(record))
    return settings.data_docs_dir / page


def add_card(version: str, candidate: str) -> None:
    """The card of a model with two candidates, of which `candidate` was chosen."""
    names = ("roc_auc", "pr_auc", "brier", "log_loss", "calibration_error")
    scores = dict(zip(names, (0.6, 0.3, 0.19, 0.56, 0.02), strict=True))
    card = {
        "version": version,
        "sha256": {},
        "candidate": candidate,
        "scores": {candidate: {"test": scores | {"roc_auc": 0.7}}, "climatology": {"test": scores}},
        "intervals": {candidate: {name: [0.5, 0.8] for name in names}},
    }
    folder = settings.models_dir / version
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model_card.json").write_text(json.dumps(card))


def add_opinion(version: str = "", difference: float = 5e-14) -> None:
    """What R says about one term of the odds, on this version of the warehouse or on the published one."""
    now = warehouse.current()
    assert now
    term = {"factor": "rain", "level": "yes", "log_odds": 0.962475, "error": 0.097759}
    opinion = {
        "flights": 3926,
        "warehouse": version or now.version,
        "terms": [term | {"r_log_odds": term["log_odds"] + difference, "r_error": term["error"]}],
        "log_odds_differ_by": difference,
        "errors_differ_by": 0.0,
    }
    settings.second_opinion.parent.mkdir(parents=True, exist_ok=True)
    settings.second_opinion.write_text(json.dumps(opinion))


def add_answer(name: str = "clock", minutes: int = 25) -> str:
    """A solved lab among the answers; returns the digest of its answer."""
    solved = lab(name)
    shutil.copytree(solved.solution, solved.answer_dir)
    digest = solved.digest(solved.answer_dir)
    at = "2026-11-27T10:00:00+00:00"
    progress.record(solved, digest=digest, passed=6, checks=6, hints=1, solved_at=at, minutes=minutes)
    return digest


def add_repair(name: str) -> None:
    """A repaired incident among the answers."""
    values = {"passed": 11, "checks": 11, "hints": 2, "minutes": 48, "digest": "0123456789ab"}
    progress.record(incident(name), solved_at="2026-11-28T10:00:00+00:00", **values)
