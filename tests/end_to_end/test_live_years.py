"""Two live years through a real Airflow, from publishers' servers on this machine: triggered as in the UI, then a
re-published month, then two more months by `ontime backfill`. The tests run in order on one Airflow.
"""

import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from rich.console import Console

from local_airflow.client import Client
from local_airflow.follow import Chain
from ml.registry import store
from ontime import lake, warehouse
from ontime.months import months_between
from ontime.settings import settings
from tests.end_to_end.running import airflow_with
from tests.ontime.sources.misbehaving_server import Answer, MisbehavingServer, misbehaving_server
from tests.published import moved_years

pytestmark = [pytest.mark.more, pytest.mark.timeout(1800)]

TWO_YEARS = months_between("2019-01", "2020-12")
AFTER = months_between("2021-01", "2021-02")
AGAIN = "2019-06"
MEASURES = ["flights", "cancelled", "departure_delay_minutes", "arrival_delay_minutes", "distance_miles"]


@pytest.fixture(scope="module")
def published() -> dict[str, pd.DataFrame]:
    """The published flights of each month."""
    return {month: moved_years.flights(month) for month in [*TWO_YEARS, *AFTER]}


def publish_month(server: MisbehavingServer, month: str, flights: pd.DataFrame, etag: str) -> None:
    year, number = (int(part) for part in month.split("-"))
    server.files[f"/flights/{year}_{number}.zip"] = Answer(moved_years.flights_zip(month, flights), etag=etag)


@pytest.fixture(scope="module")
def server(published):
    """The publishers' servers for flights, airlines, airports and weather."""
    with misbehaving_server() as server:
        server.answers = [Answer(status=404)]
        server.files = {
            "/airlines": Answer(moved_years.airlines(), etag='"1"'),
            "/airports.csv": Answer(moved_years.airports(), etag='"1"'),
        }
        for month, flights in published.items():
            publish_month(server, month, flights, '"1"')
        for station in moved_years.STATIONS.values():
            for year in (2019, 2020, 2021):
                content = moved_years.weather(station, year)
                server.files[f"/weather/{year}/psv/GHCNh_{station}_{year}.psv"] = Answer(content, etag='"1"')
        yield server


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, server) -> Client:
    addresses = {
        "bts_flights_url": server.url("flights/{year}_{month}.zip"),
        "bts_airlines_url": server.url("airlines"),
        "ourairports_url": server.url("airports.csv"),
        "ghcnh_url": server.url("weather"),
    }
    stations = " ".join(moved_years.STATIONS)
    data_dir = tmp_path_factory.mktemp("data")
    with airflow_with(data_dir, source="live", weather_airports=stations, **addresses) as client:
        yield client


@pytest.fixture(scope="module")
def first_run(airflow) -> Client:
    """Do what *Trigger* on `ingest` does, with two years in its form."""
    chain = Chain(airflow, Console(width=140))
    airflow.trigger("ingest", {"first_month": TWO_YEARS[0], "last_month": TWO_YEARS[-1], "reprocess": False})
    chain.complete()
    return airflow


def figures_of(published: dict[str, pd.DataFrame], months: list[str]) -> dict[str, list[int]]:
    """Sums of the publisher's own columns, computed by pandas."""
    return {
        month: [
            len(flights),
            int(flights.dep_time.isna().sum()),
            int(flights.dep_delay.sum()),
            int(flights.arr_delay.sum()),
            int(flights.distance.sum()),
        ]
        for month in months
        for flights in [published[month]]
    }


def query(sql: str) -> list[tuple]:
    with duckdb.connect(str(warehouse.published_path()), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def figures_of_the_warehouse() -> dict[str, list[int]]:
    rows = query("""
        SELECT
            strftime(flight_date, '%Y-%m'), count(*), count_if(is_cancelled),
            sum(departure_delay_minutes), sum(arrival_delay_minutes), sum(distance_miles)
        FROM marts.fct_flights
        GROUP BY 1
        ORDER BY 1
    """)
    return {month: [int(value) for value in values] for month, *values in rows}


def content_by_month() -> dict[str, int]:
    """A digest of every column of every flight, by month."""
    rows = query("""
        SELECT strftime(flight_date, '%Y-%m'), sum(hash(flights)::hugeint)::varchar
        FROM marts.fct_flights AS flights
        GROUP BY 1
    """)
    return dict(rows)


def test_two_years_from_the_form(first_run, published):
    assert figures_of_the_warehouse() == figures_of(published, TWO_YEARS)


def test_every_month_and_station_is_requested_once(first_run, server):
    flights = [path for path in server.paths if path.startswith("/flights/")]
    weather = [path for path in server.paths if path.startswith("/weather/")]
    assert sorted(flights) == sorted({f"/flights/{int(m[:4])}_{int(m[5:])}.zip" for m in TWO_YEARS})
    assert len(weather) == len(set(weather)) == 2 * len(moved_years.STATIONS)


def test_only_a_republished_month_changes(first_run, server, published):
    before, commits, content, requests = warehouse.current(), lake.commits(), content_by_month(), len(server.paths)
    corrected = published[AGAIN].iloc[1:]
    published[AGAIN] = corrected.assign(distance=corrected.distance + 1)
    publish_month(server, AGAIN, published[AGAIN], '"2"')

    chain = Chain(first_run, Console(width=140))
    first_run.trigger("flights", {"first_month": AGAIN, "last_month": AGAIN, "reprocess": False})
    chain.follow()

    assert server.paths[requests:] == ["/flights/2019_6.zip"]
    now = lake.commits()
    assert {name for name in now if now[name] != commits[name]} == {f"flights/{AGAIN}"}
    after = content_by_month()
    assert {month for month in after if after[month] != content[month]} == {AGAIN}
    assert figures_of_the_warehouse() == figures_of(published, TWO_YEARS)
    # The warehouse, the model and its predictions followed without a trigger.
    assert warehouse.current().version > before.version
    assert warehouse.current().lineage["inputs"] == warehouse.inputs_digest()
    assert first_run.succeeded_since("training", warehouse.current().published_at)
    assert store.champion_card()["scores"]


def test_two_more_months_by_one_command(first_run, server, published):
    content = content_by_month()
    command = [Path(sys.executable).with_name("ontime"), "backfill", "--from", AFTER[0], "--to", AFTER[-1]]
    environment = settings.environment_with(settings.as_environment())
    done = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2021-01 (1 of 2)" in done.stdout and "2021-02 (2 of 2)" in done.stdout
    assert figures_of_the_warehouse() == figures_of(published, [*TWO_YEARS, *AFTER])
    after = content_by_month()
    # The last flights of December are joined to weather of January.
    assert {month for month in content if after[month] != content[month]} == {TWO_YEARS[-1]}
    assert not first_run._get("/dags/warehouse")["is_paused"]
