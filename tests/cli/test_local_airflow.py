"""``ontime airflow``, and ``demo``, ``run`` and ``backfill`` with a fake Airflow in place of a real one."""

from contextlib import contextmanager

import httpx
import pytest
from typer.testing import CliRunner

from cli.app import app
from local_airflow import airflow, backfill, client, credentials, follow, summary
from ontime.settings import settings
from ontime.sources import download
from ontime.warehouse import dbt

MONTHS = ["--from", "2013-01", "--to", "2013-03"]


@pytest.fixture
def calls(monkeypatch, data_dir) -> list[tuple]:
    """The calls that commands make, in order."""
    calls: list[tuple] = []

    class FakeAirflow:
        def log_in(self):
            calls.append(("log in",))

        def wait_until_ready(self):
            calls.append(("wait until ready",))

    @contextmanager
    def running_airflow(command, resumes=True):
        calls.append(("start", command, "and resume" if resumes else "afresh"))
        yield FakeAirflow()
        calls.append(("stop",))

    monkeypatch.setattr(client, "Client", FakeAirflow)
    monkeypatch.setattr(airflow, "running_airflow", running_airflow)
    monkeypatch.setattr(follow.Chain, "run", lambda chain, *what: calls.append(("run", *filter(None, what))))
    monkeypatch.setattr(download, "installed_extras", lambda month_count: {})
    monkeypatch.setattr(backfill, "backfill", lambda client, console, *what: calls.append(("backfill", *what)))
    monkeypatch.setattr(summary, "summary", lambda chain: ["the results"])
    return calls


def test_demo_starts_airflow_runs_the_year_and_stops_airflow(calls):
    done = CliRunner().invoke(app, ["demo"])
    assert calls == [("start", "ontime demo", "afresh"), ("run", "2013-01", "2013-12"), ("stop",)]
    assert done.exit_code == 0
    assert "the results" in done.output and "data docs" in done.output


def test_demo_of_other_months(calls):
    CliRunner().invoke(app, ["demo", *MONTHS])
    assert ("run", "2013-01", "2013-03") in calls


def test_demo_takes_datasets_of_installed_extras_along(calls, monkeypatch):
    monkeypatch.setattr(download, "installed_extras", lambda months: {"airports": [], "weather": ["2020-01"] * months})
    CliRunner().invoke(app, ["demo", *MONTHS])
    assert ("run", "2013-01", "2013-03", {"reference": [], "weather": ["2020-01"] * 3}) in calls


def test_run_uses_an_airflow_that_is_already_running(calls):
    done = CliRunner().invoke(app, ["run", *MONTHS])
    assert calls == [("wait until ready",), ("run", "2013-01", "2013-03")]
    assert "the results" in done.output


def test_backfill_uses_the_running_airflow(calls):
    CliRunner().invoke(app, ["backfill", *MONTHS])
    assert calls == [("log in",), ("wait until ready",), ("backfill", "2013-01", "2013-03", ["flights"])]


@pytest.mark.parametrize(
    ("arguments", "backfilled"),
    [
        pytest.param([*MONTHS, "weather"], ("2013-01", "2013-03", ["weather"]), id="a monthly one"),
        pytest.param([*MONTHS, "weather", "airports"], ("2013-01", "2013-03", ["weather", "airports"]), id="two"),
        pytest.param(["airports"], ("", "", ["airports"]), id="a table without months"),
    ],
)
def test_backfill_of_other_datasets(calls, arguments, backfilled):
    CliRunner().invoke(app, ["backfill", *arguments])
    assert calls[-1] == ("backfill", *backfilled)


def test_backfill_starts_an_airflow_if_none_answers(calls, monkeypatch):
    def refuse(self):
        raise httpx.ConnectError("connection refused")

    monkeypatch.setattr(client.Client, "log_in", refuse)
    done = CliRunner().invoke(app, ["backfill", "--from", "2013-01"])
    backfilled = ("backfill", "2013-01", "2013-01", ["flights"])
    assert calls == [("start", "ontime backfill", "afresh"), backfilled, ("stop",)]
    assert done.exit_code == 0


@pytest.mark.parametrize(
    "error",
    [
        follow.ChainFailed("flights.validate_raw failed."),
        client.AirflowNotReady("Airflow ended while starting."),
        httpx.ConnectError("connection refused"),
        dbt.DbtFailed("dbt parse failed."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_is_a_message_without_a_traceback(calls, monkeypatch, error):
    def fail(chain, *months):
        raise error

    monkeypatch.setattr(follow.Chain, "run", fail)
    failed = CliRunner().invoke(app, ["run"])
    assert (failed.exit_code, failed.stderr) == (1, f"{error}\n")


def test_secrets_are_created_once(data_dir):
    first = CliRunner().invoke(app, ["airflow", "secrets"])
    created = {path.name: path.read_text() for path in settings.secrets_dir.iterdir()}
    assert first.output == f"{len(created)} secrets in {settings.secrets_dir}\n"
    assert CliRunner().invoke(app, ["airflow", "secrets"]).output == first.output
    assert created == {path.name: path.read_text() for path in settings.secrets_dir.iterdir()}


def test_login_is_what_airflow_accepts(data_dir):
    shown = CliRunner().invoke(app, ["airflow", "login"])
    assert shown.output == f"user admin  password {credentials.password()}\n"


def test_parse_parses_the_dbt_project(monkeypatch):
    parsed = []
    monkeypatch.setattr(dbt, "parse", lambda: parsed.append(True))
    assert CliRunner().invoke(app, ["airflow", "parse"]).exit_code == 0
    assert parsed == [True]


def test_parse_reports_what_dbt_says(data_dir, monkeypatch):
    def fail():
        raise dbt.DbtFailed("dbt parse failed: a model has a syntax error")

    monkeypatch.setattr(dbt, "parse", fail)
    failed = CliRunner().invoke(app, ["airflow", "parse"])
    assert (failed.exit_code, failed.stderr) == (1, "dbt parse failed: a model has a syntax error\n")


def test_doctor_checks_the_configured_port(monkeypatch):
    monkeypatch.setattr(settings, "port", 0)
    assert "port 0 is free" in CliRunner().invoke(app, ["doctor"]).output
