"""The web application around Streamlit: status, health, documents, headers and limits."""

from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from starlette.testclient import TestClient

from dashboard import policies
from ontime import warehouse
from ontime.settings import settings
from ontime.web.headers import CONTENT_SECURITY_POLICY
from tests.dashboard import made


@pytest.fixture
def page(data_dir, monkeypatch) -> TestClient:
    from dashboard.app import app, data_docs, dbt_docs

    monkeypatch.setattr(data_docs, "all_directories", [settings.data_docs_dir])
    monkeypatch.setattr(dbt_docs, "all_directories", [settings.dbt_docs_dir])
    return TestClient(app)


def test_before_the_first_publication_nothing_is_wrong(page):
    assert page.get("/healthz").json() == {"status": "healthy"}
    status = page.get("/status.json").json()
    assert (status["version"], status["marts"], status["months"], status["champion"]) == (None, [], [], None)


def test_streamlit_answers_at_every_address_of_a_page(page):
    for path in ("/", "/operations"):
        answer = page.get(path)
        assert answer.status_code == 200 and "<title>Streamlit</title>" in answer.text
    assert page.get("/overview", follow_redirects=False).headers["location"] == "/"


def test_the_status_shows_the_published_warehouse(page, two_months):
    status = page.get("/status.json").json()
    assert status["version"]["version"] == two_months.version
    marts = dict(status["marts"])
    assert marts["fct_flights"] == made.FLIGHTS_PER_DAY * (31 + 28)
    assert marts["dim_airlines"] == 3
    with duckdb.connect(str(two_months.path), read_only=True) as warehouse_file:
        # A cancelled flight counts as a flight, but not in the late share, because it never arrived.
        expected = warehouse_file.execute("""
            SELECT strftime(flight_date, '%Y-%m'), count(*), count_if(is_cancelled),
                avg((arrival_delay_minutes >= 15)::integer)
            FROM marts.fct_flights GROUP BY ALL ORDER BY ALL
        """).fetchall()
    assert [tuple(month.values()) for month in status["months"]] == [pytest.approx(row) for row in expected]


def test_the_status_shows_a_new_version_without_a_restart(page, one_month):
    later = made.publish_flights("2013-03-01", "2013-03-31")
    status = page.get("/status.json").json()
    assert status["version"]["version"] == later.version
    assert [month["month"] for month in status["months"]] == ["2013-03"]


def test_documents_are_served_but_no_other_file_of_the_data_directory(page):
    for folder, path in ((settings.data_docs_dir, "/data-docs/"), (settings.dbt_docs_dir, "/dbt-docs/")):
        assert page.get(path).status_code == 404
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("a page")
        assert page.get(path).text == "a page"
    settings.airflow_home.mkdir(parents=True)
    (settings.airflow_home / "passwords.json").write_text("secret")
    for path in ("/data-docs", "/dbt-docs", "/assets"):
        answer = page.get(f"{path}/..%2Fairflow%2Fpasswords.json")
        assert answer.status_code in (400, 404) and "secret" not in answer.text


def test_the_basemap_is_served(page):
    assert page.get("/assets/us-states-10m.json").json()["type"] == "Topology"


def test_the_report_is_served_once_it_exists(page):
    assert page.get("/report").status_code == 404
    assert "the `report` DAG writes it" in page.get("/report").json()["detail"]
    settings.report_page.parent.mkdir(parents=True)
    settings.report_page.write_text("<p>statistics</p>")
    response = page.get("/report")
    assert response.text == "<p>statistics</p>"
    assert response.headers["content-type"].startswith("text/html")


@pytest.fixture
def monitored(data_dir, tmp_path) -> warehouse.Version:
    """Two months: one with scores, and one that drifted and has no arrivals yet."""
    files = {name: tmp_path / f"{name}.parquet" for name in ("feature_drift", "score_drift", "model_performance")}
    drift = "'m1' AS model_version, * FROM (VALUES"
    queries = {
        "feature_drift": f"""SELECT {drift}
            ('2013-11', 'airline_code', 28000, 0.01, 0.0, 0.0, 'ok'),
            ('2013-12', 'airline_code', 28000, 0.31, 0.0, 0.1, 'drifted'),
            ('2013-12', 'origin_wind_gust_meters_per_second', 28000, 0.62, 0.33, 0.0, 'drifted')
            ) AS rows (month, feature, flights, psi, missing_share, unseen_share, status)""",
        "score_drift": f"""SELECT {drift}
            ('2013-11', 28000, 0.02, 0.0, 0.0, 'ok'), ('2013-12', 28000, 0.27, 0.0, 0.2, 'drifted')
            ) AS rows (month, flights, psi, missing_share, unseen_share, status)""",
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


def test_the_status_has_scores_and_drift_by_month(page, one_month, monitored):
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
    # The score first, then features from the worst on.
    assert [(row["month"], row["what"]) for row in status["drift"]] == [
        ("2013-12", "score"),
        ("2013-12", "origin_wind_gust_meters_per_second"),
        ("2013-12", "airline_code"),
    ]


def test_without_monitoring_the_status_has_no_scores_by_month(page, one_month):
    status = page.get("/status.json").json()
    assert (status["performance"], status["drift"]) == ([], [])


HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        *((path, "no scripts") for path in ("/status.json", "/report", "/healthz", "/data-docs/", "/data-docs/%00")),
        ("/dbt-docs/", "dbt"),
        *((path, "streamlit") for path in ("/", "/nothing", "/_stcore/health", "/favicon.png")),
    ],
)
def test_every_answer_forbids_frames_and_guessed_types_and_most_forbid_scripts(page, path, policy):
    policies_by_name = {
        "no scripts": f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'",
        "dbt": policies.DBT_DOCS,
        "streamlit": policies.streamlit_policy(),
    }
    answer = page.get(path)
    assert answer.status_code in (200, 400, 404)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["content-security-policy"] == policies_by_name[policy]


def test_streamlits_page_may_load_its_own_files_only():
    directives = dict(part.split(" ", 1) for part in policies.streamlit_policy().split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    everything = " ".join(directives.values())
    assert "unsafe-eval" not in everything and "http" not in everything and "*" not in everything
    # Exactly one script is inside Streamlit's page; none may be added to it.
    assert directives["script-src"].count("'sha256-") == 1 and "unsafe-inline" not in directives["script-src"]


def test_a_page_that_does_not_exist_is_explained_to_browsers_and_programs(page):
    shown = page.get("/data-docs/", headers={"accept": "text/html"})
    assert shown.status_code == 404
    assert "<h1>This page cannot be shown</h1>" in shown.text and "The first gate writes them" in shown.text
    assert page.get("/data-docs/nothing").json()["detail"].startswith("There is no such page of the Data Docs")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("POST", "/status.json"), ("PUT", "/_stcore/upload_file/session/file"), ("POST", "/data-docs/")],
)
def test_no_request_has_a_body(page, method, path):
    assert page.request(method, path, content=b"x").status_code == 413


def dangle() -> None:
    link = warehouse.published_path()
    link.unlink()
    link.symlink_to("versions/ontime/none.duckdb")


def overwrite(path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"\x00 garbage <script>alert(1)</script>")


def overwrite_new(path) -> None:
    path.touch()
    overwrite(path)


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
def test_damaged_state_is_explained_and_names_no_path(page, one_month, damage, message):
    damage()
    answer = page.get("/status.json", headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert message in answer.text and "<h1>This page cannot be shown</h1>" in answer.text
    assert str(settings.data_dir) not in answer.text and "alert(1)" not in answer.text
    assert page.get("/healthz").status_code == (200 if "model" in message else 503)


def test_a_version_without_its_record_is_shown_without_its_months(page, one_month):
    overwrite(one_month.path.with_suffix(".json"))
    version = page.get("/status.json").json()["version"]
    assert (version["version"], version["lineage"]) == (one_month.version, {})


def test_a_program_sees_one_version_while_others_are_published(page, one_month):
    def publish() -> None:
        for days in range(1, 6):
            made.publish_flights("2013-03-01", f"2013-03-0{days}")

    seen = []
    with ThreadPoolExecutor(1) as publisher:
        publishing = publisher.submit(publish)
        while not publishing.done():
            answer = page.get("/status.json").json()
            seen.append((dict(answer["marts"])["fct_flights"], sum(month["flights"] for month in answer["months"])))
        publishing.result()
    assert {rows for rows, _ in seen} <= {made.FLIGHTS_PER_DAY * days for days in (31, 1, 2, 3, 4, 5)}
    assert seen and all(rows == flights for rows, flights in seen)
