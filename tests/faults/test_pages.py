"""Scripts in values that reach a page. None runs: values are escaped, and pages forbid scripts."""

import base64
import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient

from analysis import day_types, report
from expectations.gate.failure import GateFailed
from expectations.validate import validate_clean, validate_raw
from ml.registry import card as model_card
from ml.registry import store
from ontime import warehouse
from ontime.settings import settings
from ontime.web.headers import CONTENT_SECURITY_POLICY
from tests.analysis import conftest as statistics
from tests.analysis import test_report
from tests.browser import Visit, assert_quiet
from tests.dashboard import made as published_flights
from tests.dashboard.running import opened, running_dashboard
from tests.expectations.good_data import NAMES, clean_rows, partition_of, raw_lines, store_good, store_raw
from tests.faults.fault import Fault, Verdict

made = statistics.made
MARK = "attack on"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def attack(place: str) -> str:
    """A text with a script in every form that HTML allows, and with template syntax; the script names the place."""
    push = f"(window.pwned=window.pwned||[]).push('{place}')"
    return (
        f"\"'></style></title></textarea><script>{push}</script><img src=x onerror=\"alert('{place}')\">"
        f"<svg/onload={push}></svg><iframe srcdoc='<script>parent.{push}</script>'></iframe>"
        f"<a href='javascript:{push}'>{MARK} {place}</a> ${{x}} $ %s {{{{7*7}}}} {{% raw %}} $\\frac $"
    )


def data_docs(gate: Callable[[str, list[str]], object], dataset: str) -> list[Path]:
    with pytest.raises(GateFailed):
        gate(dataset, [partition_of(dataset)])
    return sorted(settings.data_docs_dir.rglob("*.html"))


def raw_cells(dataset: str) -> list[Path]:
    """Every column of every row holds an attack: a single bad row would only go to quarantine."""
    header, *rows = csv.reader(raw_lines(dataset))
    return data_docs(validate_raw, store_csv(dataset, [header, *[[attack(column) for column in header] for _ in rows]]))


def raw_names(dataset: str) -> list[Path]:
    """Every name of a column is an attack."""
    header, *rows = csv.reader(raw_lines(dataset))
    return data_docs(validate_raw, store_csv(dataset, [[attack(column) for column in header], *rows]))


def store_csv(dataset: str, rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    store_raw(dataset, text.getvalue().encode())
    return dataset


def clean_cells(dataset: str) -> list[Path]:
    """Every text column of two clean rows holds the same attack, so keys and formats fail."""

    def spoil(rows: list[dict]) -> None:
        for name in text_columns(dataset):
            for row in rows[:2]:
                row[name] = attack(name)

    store_good(dataset, spoil=spoil)
    return data_docs(validate_clean, dataset)


def text_columns(dataset: str) -> list[str]:
    return [name for name, value in clean_rows(dataset)[0].items() if isinstance(value, str)]


def saved(html: str) -> list[Path]:
    page = settings.data_dir / "page.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html)
    for name in ("candidates", "reliability", "threshold", "slices"):  # the figures of a model card
        (page.parent / f"{name}.png").write_bytes(base64.b64decode(PIXEL))
    return [page]


def dashboard(path: str) -> list[Path]:
    from dashboard.app import app

    return saved(TestClient(app).get(path, headers={"accept": "text/html"}).text)


def publish_attacks() -> None:
    """Publish attacks as the name of a mart, in the version's record, and in the names of airlines."""
    shutil.copy(published_flights.publish_flights().path, settings.warehouse_candidate)
    with duckdb.connect(str(settings.warehouse_candidate)) as connection:
        connection.table("marts.dim_airlines").create("marts." + quoted(attack("mart")))
        connection.execute("UPDATE marts.dim_airlines SET airline_name = ? || airline_code", [attack("airline")])
    warehouse.publish(warehouse.WAREHOUSE, settings.warehouse_candidate, {"months": attack("months")})


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def missing_page(_: Callable) -> list[Path]:
    return dashboard("/data-docs/" + attack("path").replace("%", "%25").replace("?", "%3F").replace("#", "%23"))


def report_page(made: Callable) -> list[Path]:
    """Attacks as the code and name of an airline, as an origin, and as the version of the warehouse."""
    flights = test_report.flights.__wrapped__(made)
    for column in ("airline_code", "airline_name", "origin_airport_code"):
        values = flights[column].unique()
        flights[column] = flights[column].replace(values[0], attack(column))
    version = warehouse.Version("ontime", attack("version"), "0" * 64, 1, "2013-04-01T00:00:00+00:00", {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(day_types, "RESAMPLES", 2)
        patch.setattr(day_types, "COMPARED", (3, 4))
        return saved(report.render(flights, version))


def card_page(_: Callable) -> list[Path]:
    return saved(model_card._render(model_card.PAGE_FILE, card=hostile_card()))


def hostile_card() -> dict:
    """A model card with an attack in every text."""
    name, scores = attack("candidate"), dict.fromkeys(store.SCORE_NAMES, 0.5)
    ends = [0.4, 0.6]
    chances = {"flights": 9, "delayed_share": 0.2, "mean_probability": 0.2}
    at = {"threshold": 0.2, "flagged_share": 0.1, "precision": 0.5, "recall": 0.5, "cost": 1.0}
    at |= {"cost_of_flagging_none": 2.0, "cost_of_flagging_all": 3.0}
    part = {"dimension": attack("dimension"), "value": attack("slice"), "verdict": attack("verdict"), **chances}
    texts = ("name", "version", "trained_at", "chosen_by", "features_sha256", "code_sha256", "intended_use")
    dates = ("train_start", "validation_start", "test_start", "test_end")
    comparison = {"champion": attack("champion"), "log_loss_gain": 0.1, "roc_auc_gain": 0.1, "slices": [part]}
    comparison |= {"log_loss_gain_interval": ends, "roc_auc_gain_interval": ends}
    return {
        **{text: attack(text) for text in texts},
        "candidate": name,
        "warehouse": {"version": attack("warehouse"), "sha256": attack("sha256")},
        "limitations": [attack("limitation")],
        "split": {date: attack(date) for date in dates},
        "flights": {"test": 9},
        "base_rate": {"test": 0.2},
        "bootstrap_draws": 9,
        "scores": {name: {"test": scores}},
        "intervals": {name: dict.fromkeys(scores, ends)},
        "fit_seconds": {name: attack("seconds")},
        "size_bytes": {name: 9},
        "promotion": {"is_promoted": True, "reason": attack("reason"), "comparison": comparison},
        "slice_margin": attack("margin"),
        "slice_flights_needed": 1,
        "reliability": [{"lowest_probability": 0.1, "delayed_share_low": 0.1, "delayed_share_high": 0.3, **chances}],
        "threshold": {"missed_delay_cost": attack("cost"), "false_alarm_cost": 1, "validation": at, "test": at},
        "slices": [{"log_loss": 0.5, "log_loss_low": 0.4, "log_loss_high": 0.6, **part}],
        "cross_validation": {
            "folds": [{"test_start": "<svg/onload=alert(1)>", "scores": {name: {"roc_auc": 0.5}}}],
            "mean_roc_auc": {name: 0.5},
        },
        "environment": {attack("package"): attack("release")},
        "prediction_horizon_minutes": 120.0,
        "features": [{key: attack(key) for key in ("name", "availability", "description")}],
    }


def fault(name: str, where: str, cause: Callable) -> Fault:
    return Fault(name, where, Verdict.HARMLESS, MARK, cause)


PAGE_FAULTS = [
    *(
        fault(f"scripts in {what}", f"Data Docs of {dataset}", lambda _, write=write, dataset=dataset: write(dataset))
        for dataset in NAMES
        for what, write in (
            ("every raw cell", raw_cells),
            ("every name of a raw column", raw_names),
            ("every text column of clean rows", clean_cells),
        )
    ),
    fault("scripts in codes and names of airlines and airports", "report", report_page),
    fault("scripts in every text", "model card", card_page),
    Fault("a script in the path", "dashboard", Verdict.HARMLESS, "This page cannot be shown", missing_page),
]
DASHBOARD_FAULT = fault("scripts in names of marts, months and airlines", "dashboard", publish_attacks)
FAULTS = [*PAGE_FAULTS, DASHBOARD_FAULT]
#: One per kind of page in `make test`.
QUICK = {"Data Docs of airlines", "model card", "dashboard"}


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=str(row), marks=() if row.where in QUICK else pytest.mark.more) for row in PAGE_FAULTS],
)
def test_values_are_escaped_and_pages_forbid_scripts(data_dir, made, row):
    pages = row.cause(made)
    assert any(row.message in page.read_text() for page in pages)
    for page in pages:
        html = page.read_text()
        for tag in ("<script", "<img src=x", "<svg/", "<iframe", "<a href='javascript"):
            assert tag not in html, page
        assert f'<meta http-equiv="Content-Security-Policy" content="{escaped(CONTENT_SECURITY_POLICY)}">' in html


def escaped(text: str) -> str:
    return text.replace("'", "&#39;")


@pytest.mark.more
@pytest.mark.parametrize("row", [pytest.param(row, id=str(row)) for row in PAGE_FAULTS])
def test_no_script_runs_in_a_browser_and_pages_are_readable(data_dir, made, visit, row):
    pages, texts = row.cause(made), []
    for page in pages:
        # First without the policy, to test that escaping alone stops scripts; then with it, as a reader opens the page.
        for bypass in (True, False):
            seen = visit(page.as_uri(), bypass_csp=bypass)
            assert_quiet(seen)
            assert scripts(seen) == [], page
            assert all(one.startswith(("data:", page.parent.as_uri())) for one in seen.requests), seen.requests
            assert seen.page.evaluate("getComputedStyle(document.body).maxWidth") == "1024px", "The style is missing."
        texts.append(seen.text)
    assert row.message in "".join(texts)


@pytest.mark.more
def test_no_script_runs_in_the_dashboard(data_dir, tmp_path, visit):
    publish_attacks()
    texts = []
    with running_dashboard(data_dir, tmp_path / "dashboard.log") as running:
        address = running.address
        for page in ("overview", "operations", "airlines", "about"):
            seen = opened(visit, address, page, bypass_csp=True)
            assert [sign for sign in scripts(seen) if not sign.startswith("WARN")] == [], page  # Vega's own warnings
            own = (address, address.replace("http:", "ws:"), "data:", "blob:")
            assert [request for request in seen.requests if not request.startswith(own)] == []
            texts.append(seen.text)
    assert DASHBOARD_FAULT.message in "".join(texts)


@pytest.mark.more
def test_the_policy_stops_scripts_that_nobody_escaped(tmp_path, visit):
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><body>{attack('body')}")
    assert len(scripts(visit(page.as_uri()))) >= 3
    policy = f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}">'
    page.write_text(f"<!doctype html>{policy}<body>{attack('body')}")
    seen = visit(page.as_uri())
    assert scripts(seen) == [] and len(seen.refused) >= 3
    assert MARK in seen.text


def scripts(seen: Visit) -> list[str]:
    """Signs that a script of an attack ran: dialogs, lines of the console, values of `window.pwned`."""
    return seen.messages + seen.errors + seen.page.evaluate("window.pwned || []")
