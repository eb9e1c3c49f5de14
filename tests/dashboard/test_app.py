"""The status page, before and after something is published."""

import duckdb
import pytest
from fastapi.testclient import TestClient

from ontime import warehouse
from ontime.settings import settings


@pytest.fixture
def page(data_dir, monkeypatch) -> TestClient:
    from dashboard.app import app, data_docs

    monkeypatch.setattr(data_docs, "all_directories", [settings.data_docs_dir])
    return TestClient(app)


@pytest.fixture
def published(data_dir) -> warehouse.Version:
    settings.warehouse_dir.mkdir(parents=True)
    candidate = settings.warehouse_candidate
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute("""
            CREATE TABLE marts.fct_flights AS
            SELECT * FROM (VALUES
                (DATE '2013-01-31', false, true),
                (DATE '2013-01-01', false, false),
                (DATE '2013-01-01', true, NULL),
                (DATE '2013-02-01', false, false)
            ) AS flights (flight_date, is_cancelled, is_arrival_delayed)
        """)
    return warehouse.publish("ontime", candidate, {"inputs": "x", "months": "2013-01..2013-02"})


def test_before_anything_is_published_it_says_what_to_do(page):
    told = page.get("/")
    assert told.status_code == 200
    assert "Nothing is published yet" in told.text
    assert "ingest (start here)" in told.text
    assert page.get("/healthz").json() == {"status": "healthy"}
    assert page.get("/data-docs/").status_code == 404


def test_it_shows_what_is_published(page, published):
    status = page.get("/status.json").json()
    assert status["version"]["version"] == published.version
    assert status["marts"] == [["fct_flights", 4]]
    # A flight that was cancelled never arrived: it is in the flights, not in the share that was late.
    assert status["months"] == [
        {"month": "2013-01", "flights": 3, "cancelled": 1, "delayed_share": 0.5},
        {"month": "2013-02", "flights": 1, "cancelled": 0, "delayed_share": 0.0},
    ]
    assert "50.0%" in page.get("/").text


def test_a_new_version_shows_without_a_restart(page, published):
    again = settings.warehouse_candidate
    with duckdb.connect(str(again)) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute(
            "CREATE TABLE marts.fct_flights AS SELECT DATE '2013-03-01' AS flight_date, true AS is_cancelled, "
            "NULL::boolean AS is_arrival_delayed"
        )
    warehouse.publish("ontime", again, {"inputs": "y", "months": "2013-03..2013-03"})
    [month] = page.get("/status.json").json()["months"]
    assert month == {"month": "2013-03", "flights": 1, "cancelled": 1, "delayed_share": None}
    assert page.get("/").status_code == 200


def test_data_docs_are_served_and_nothing_beside_them(page):
    settings.data_docs_dir.mkdir(parents=True)
    (settings.data_docs_dir / "index.html").write_text("gates")
    settings.airflow_home.mkdir(parents=True)
    (settings.airflow_home / "passwords.json").write_text("secret")
    assert page.get("/data-docs/").text == "gates"
    assert page.get("/data-docs/..%2Fairflow%2Fpasswords.json").status_code == 404


def test_the_report_is_linked_and_shown_once_it_is_there(page):
    assert page.get("/report").status_code == 404
    assert "the `report` DAG writes it" in page.get("/report").json()["detail"]
    assert 'href="report"' not in page.get("/").text
    settings.report_page.parent.mkdir(parents=True)
    settings.report_page.write_text("<p>what the flights tell</p>")
    told = page.get("/report")
    assert told.text == "<p>what the flights tell</p>"
    assert told.headers["content-type"].startswith("text/html")
    assert 'href="report"' in page.get("/").text
