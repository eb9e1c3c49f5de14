"""The status page, before and after a warehouse is published."""

import re
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from fastapi.testclient import TestClient

from dashboard import queries
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


def test_before_the_first_publication_the_page_says_what_to_do(page):
    response = page.get("/")
    assert response.status_code == 200
    assert "Nothing is published yet" in response.text
    assert "ingest (start here)" in response.text
    assert page.get("/healthz").json() == {"status": "healthy"}
    assert page.get("/data-docs/").status_code == 404


def test_the_page_shows_the_published_warehouse(page, published):
    status = page.get("/status.json").json()
    assert status["version"]["version"] == published.version
    assert status["marts"] == [["fct_flights", 4]]
    # A cancelled flight counts as a flight, but not in the late share, because it never arrived.
    assert status["months"] == [
        {"month": "2013-01", "flights": 3, "cancelled": 1, "delayed_share": 0.5},
        {"month": "2013-02", "flights": 1, "cancelled": 0, "delayed_share": 0.0},
    ]
    assert "50.0%" in page.get("/").text


def test_the_page_uses_the_shared_base_and_its_headers_have_a_scope(page, published, monitored):
    html = page.get("/").text
    assert '<html lang="en">' in html
    assert "<main>" in html
    assert "prefers-color-scheme: dark" in html
    assert re.findall(r"<th(?!ead| scope=)[^>]*>", html) == []


def test_the_page_shows_a_new_version_without_a_restart(page, published):
    candidate = settings.warehouse_candidate
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute(
            "CREATE TABLE marts.fct_flights AS SELECT DATE '2013-03-01' AS flight_date, true AS is_cancelled, "
            "NULL::boolean AS is_arrival_delayed"
        )
    warehouse.publish("ontime", candidate, {"inputs": "y", "months": "2013-03..2013-03"})
    [month] = page.get("/status.json").json()["months"]
    assert month == {"month": "2013-03", "flights": 1, "cancelled": 1, "delayed_share": None}
    assert page.get("/").status_code == 200


def test_data_docs_are_served_but_no_other_file_of_the_data_directory(page):
    settings.data_docs_dir.mkdir(parents=True)
    (settings.data_docs_dir / "index.html").write_text("gates")
    settings.airflow_home.mkdir(parents=True)
    (settings.airflow_home / "passwords.json").write_text("secret")
    assert page.get("/data-docs/").text == "gates"
    assert page.get("/data-docs/..%2Fairflow%2Fpasswords.json").status_code == 404


def test_the_report_is_linked_and_served_once_it_exists(page):
    assert page.get("/report").status_code == 404
    assert "the `report` DAG writes it" in page.get("/report").json()["detail"]
    assert 'href="report"' not in page.get("/").text
    settings.report_page.parent.mkdir(parents=True)
    settings.report_page.write_text("<p>statistics</p>")
    response = page.get("/report")
    assert response.text == "<p>statistics</p>"
    assert response.headers["content-type"].startswith("text/html")
    assert 'href="report"' in page.get("/").text


@pytest.fixture
def monitored(data_dir, tmp_path) -> warehouse.Version:
    """Two months: one with scores, and one that drifted and has no arrivals yet."""
    files = {name: tmp_path / f"{name}.parquet" for name in ("feature_drift", "score_drift", "model_performance")}
    drift = "'m1' AS model_version, * FROM (VALUES"
    queries = {
        "feature_drift": f"""SELECT {drift}
            ('2013-11', 'airline_code', false, 28000, 0.01, NULL, 'ok'),
            ('2013-12', 'airline_code', false, 28000, 0.31, NULL, 'drifted'),
            ('2013-12', 'origin_wind_gust_meters_per_second', false, 28000, 0.62, 0.33, 'drifted'),
            ('2013-12', 'origin_temperature_celsius', true, 28000, 3.1, 0.42, 'drifted')
            ) AS rows (month, feature, is_seasonal, flights, psi, ks, status)""",
        "score_drift": f"""SELECT {drift}
            ('2013-11', 28000, 0.02, 0.03, 'ok'), ('2013-12', 28000, 0.27, 0.2, 'drifted')
            ) AS rows (month, flights, psi, ks, status)""",
        "model_performance": f"""SELECT {drift}
            ('2013-11', 'test', 28000, 27500, 0.18, 'roc_auc', 0.7325, 0.698, 0.762, 0.7605, 0.736, 0.780, 'ok'),
            ('2013-11', 'test', 28000, 27500, 0.18, 'pr_auc', 0.441, 0.347, 0.511, 0.584, 0.518, 0.641, 'worse'),
            ('2013-11', 'test', 28000, 27500, 0.18, 'brier', 0.127, 0.11, 0.14, 0.153, 0.141, 0.165, 'ok'),
            ('2013-11', 'test', 28000, 27500, 0.18, 'log_loss', 0.413, 0.370, 0.452, 0.476, 0.447, 0.505, 'ok'),
            ('2013-11', 'test', 28000, 27500, 0.18, 'calibration_error', 0.008, 0.005, 0.03, 0.016, 0.01, 0.03, 'ok'),
            ('2013-12', 'new', 28000, 0, NULL, 'roc_auc', NULL, NULL, NULL, 0.7605, 0.736, 0.780, 'ok'),
            ('2013-12', 'new', 28000, 0, NULL, 'pr_auc', NULL, NULL, NULL, 0.584, 0.518, 0.641, 'ok'),
            ('2013-12', 'new', 28000, 0, NULL, 'brier', NULL, NULL, NULL, 0.153, 0.141, 0.165, 'ok'),
            ('2013-12', 'new', 28000, 0, NULL, 'log_loss', NULL, NULL, NULL, 0.476, 0.447, 0.505, 'ok'),
            ('2013-12', 'new', 28000, 0, NULL, 'calibration_error', NULL, NULL, NULL, 0.016, 0.009, 0.032, 'ok')
            ) AS rows (month, part, flights, labelled, base_rate, score, value, value_low, value_high,
                       promised, promised_low, promised_high, status)""",
    }
    for name, query in queries.items():
        duckdb.sql(query).df().to_parquet(files[name])  # its decimals as floats
    return warehouse.publish_monitoring(files, "m1")


def test_the_page_shows_scores_and_drift_by_month(page, published, monitored):
    status = page.get("/status.json").json()
    november, december = status["performance"]
    assert (november["month"], november["part"], november["labelled"]) == ("2013-11", "test", 27_500)
    assert november["scores"]["pr_auc"] == {
        "value": 0.441,
        "value_low": 0.347,
        "value_high": 0.511,
        "promised": 0.584,
        "status": "worse",
    }
    assert december["base_rate"] is december["scores"]["roc_auc"]["value"] is None
    # The score first, then features from the worst on, seasonal ones last.
    assert [(row["month"], row["what"]) for row in status["drift"]] == [
        ("2013-12", "score"),
        ("2013-12", "origin_wind_gust_meters_per_second"),
        ("2013-12", "airline_code"),
        ("2013-12", "origin_temperature_celsius"),
    ]
    html = page.get("/").text
    for expected in (
        "0.733",
        "0.698–0.762",
        "worse than expected",
        "18.0%",
        "0.62",
        "temperature celsius (season)",
        "ECE",
    ):
        assert expected in html


def test_without_monitoring_the_page_shows_no_scores_by_month(page, published):
    status = page.get("/status.json").json()
    assert (status["performance"], status["drift"]) == ([], [])
    assert "after its training" not in page.get("/").text


HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}


@pytest.mark.parametrize(
    "path", ["/", "/status.json", "/report", "/healthz", "/data-docs/", "/data-docs/%00", "/nothing"]
)
def test_every_answer_forbids_scripts_frames_and_guessed_types(page, path):
    answer = page.get(path)
    assert answer.status_code in (200, 404)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_page_that_does_not_exist_is_explained_to_browsers_and_programs(page):
    shown = page.get("/data-docs/", headers={"accept": "text/html"})
    assert shown.status_code == 404
    assert "<h1>This page cannot be shown</h1>" in shown.text and "The first gate writes them" in shown.text
    assert page.get("/nothing").json() == {"detail": "Not Found"}
    assert page.post("/", content=b"x").status_code == 413
    assert page.post("/").status_code == 405


def dangle() -> None:
    link = warehouse.published_path()
    link.unlink()
    link.symlink_to("versions/ontime/none.duckdb")


def overwrite(path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"\x00 garbage <script>alert(1)</script>")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(dangle, "ontime warehouse history", id="the link leads nowhere"),
        pytest.param(
            lambda: overwrite(warehouse.current().path), "ontime warehouse history", id="the warehouse is garbage"
        ),
        pytest.param(
            lambda: (settings.models_dir.mkdir(), overwrite_new(settings.models_dir / "champion.json")),
            "ontime model history",
            id="champion.json is garbage",
        ),
    ],
)
def test_damaged_state_is_a_page_with_words_and_names_no_path(page, published, damage, message):
    damage()
    answer = page.get("/", headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert message in answer.text and "<h1>This page cannot be shown</h1>" in answer.text
    assert str(settings.data_dir) not in answer.text and "alert(1)" not in answer.text
    assert page.get("/status.json").status_code == 503
    champion = "champion" in message or "model" in message
    assert page.get("/healthz").status_code == (200 if champion else 503)


def overwrite_new(path) -> None:
    path.touch()
    overwrite(path)


def test_a_version_without_its_record_is_shown_without_its_months(page, published):
    overwrite(published.path.with_suffix(".json"))
    answer = page.get("/")
    assert answer.status_code == 200
    assert published.version in answer.text and "months" not in answer.text.partition("<nav>")[0]


def test_a_model_card_of_another_shape_is_a_page_with_words(page, published, monkeypatch):
    monkeypatch.setattr(queries, "_champion", lambda: {"candidate": "trees"})
    answer = page.get("/", headers={"accept": "text/html"})
    assert (answer.status_code, "The model card cannot be read" in answer.text) == (503, True)


def test_readers_see_a_whole_page_while_versions_are_published(page, published):
    def publish() -> None:
        for number in range(5):
            with duckdb.connect(str(settings.warehouse_candidate)) as connection:
                connection.execute("CREATE SCHEMA marts")
                connection.execute(
                    "CREATE TABLE marts.fct_flights AS SELECT DATE '2013-03-01' AS flight_date, true AS is_cancelled, "
                    f"NULL::boolean AS is_arrival_delayed FROM range({number + 5})"
                )
            warehouse.publish("ontime", settings.warehouse_candidate, {"inputs": f"{number}", "months": "2013-03"})

    seen = []
    with ThreadPoolExecutor(1) as publisher:
        publishing = publisher.submit(publish)
        while not publishing.done():
            status = page.get("/status.json").json()
            seen.append((status["marts"], [month["flights"] for month in status["months"]]))
        publishing.result()
    assert seen and {flights for marts, flights in map(repr_rows, seen)} <= {4, 5, 6, 7, 8, 9}


def repr_rows(one) -> tuple[int, int]:
    """The rows of the mart, and the flights of all months: of one version, so they are equal."""
    [[_, rows]], flights = one
    assert rows == sum(flights)
    return rows, sum(flights)
