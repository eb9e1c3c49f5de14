"""R as a second opinion: what both say, a difference that is planted, and a machine without R."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from analysis import second_opinion
from analysis.second_opinion import NoR, RFailed, as_text, ask
from cli.report import report
from ontime import warehouse
from ontime.settings import settings
from tests.analysis import test_report

published = test_report.published
#: R with both packages.
HAS_R = shutil.which("Rscript") and all(
    subprocess.run(["Rscript", "--vanilla", "-e", f"library({package})"], capture_output=True).returncode == 0
    for package in ("sandwich", "jsonlite")
)
needs_r = pytest.mark.skipif(not HAS_R, reason="R is not installed: apt-get install r-cran-sandwich r-cran-jsonlite")

#: Late flights of 50 in rain, day by day; equal days would have no error. In dry hours 10 of 50 are late.
LATE_IN_RAIN = (29, 30, 31, 29, 30, 31, 29, 30, 31, 29)


@pytest.fixture(scope="module")
def flights(made, days) -> pd.DataFrame:
    """Rain is the only factor that varies."""
    rows = []
    for day, late_in_rain in zip(days(10), LATE_IN_RAIN, strict=True):
        for rain, late in ((0.0, 10), (1.0, late_in_rain)):
            for count, delay in ((late, 30.0), (50 - late, 0.0)):
                columns = {"flight_date": day, "precipitation_millimeters": rain, "arrival_delay_minutes": delay}
                rows.append((count, columns))
    return made(*rows)


def pretend(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program Rscript that is a shell script."""
    program = folder / "Rscript"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(second_opinion.shutil, "which", lambda _: str(program))


@needs_r
def test_r_and_statsmodels_agree_with_the_odds_by_hand(flights):
    opinion = ask(flights)
    [term] = opinion.terms
    late = sum(LATE_IN_RAIN)
    by_hand = math.log(late / (500 - late)) - math.log(100 / 400)
    assert (term.factor, term.level, opinion.flights) == ("rain", "yes", 1_000)
    assert (term.log_odds, term.r_log_odds) == pytest.approx((by_hand, by_hand), abs=1e-10)
    assert term.error > 0.01
    assert opinion.log_odds_differ_by < 1e-10 and opinion.errors_differ_by < 1e-7
    assert set(opinion.versions) == {"R", "sandwich"}


@needs_r
def test_r_and_statsmodels_agree_with_several_factors(made):
    opinion = ask(test_report.flights.__wrapped__(made))
    assert {term.factor for term in opinion.terms} == {"airline", "part of day", "month", "rain"}
    assert opinion.log_odds_differ_by < 1e-10 and opinion.errors_differ_by < 1e-7


def test_a_difference_is_shown(flights, tmp_path, monkeypatch):
    pretend(tmp_path, monkeypatch, """echo '{"versions": {"R": "4.9"}, "log_odds": [2.0], "errors": [0.5]}'""")
    opinion = ask(flights)
    [term] = opinion.terms
    assert opinion.log_odds_differ_by == 2 - term.log_odds > 0.1
    assert opinion.errors_differ_by == 0.5 - term.error > 0.1
    lines = as_text(opinion).splitlines()
    assert "1,000 flights, R 4.9" in lines[0]
    assert "rain: yes" in lines[2] and "+2.000000" in lines[2]
    assert f"{opinion.log_odds_differ_by:.0e}" in lines[3]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param(
            "echo 'there is no package called sandwich' >&2; exit 1", "no package called sandwich", id="package"
        ),
        pytest.param("cat > /dev/null; kill -9 $$", "R stopped", id="killed"),
    ],
)
def test_what_r_says_when_it_stops_is_the_error(flights, tmp_path, monkeypatch, script, message):
    pretend(tmp_path, monkeypatch, script)
    with pytest.raises(RFailed, match=message):
        ask(flights)


def test_without_r_there_is_a_sentence_and_no_opinion(flights, monkeypatch):
    monkeypatch.setattr(second_opinion.shutil, "which", lambda _: None)
    with pytest.raises(NoR, match="R is not installed, so there is no second opinion"):
        ask(flights)


def test_r_without_its_packages_is_as_good_as_no_r(flights, tmp_path, monkeypatch):
    pretend(tmp_path, monkeypatch, "exit 3")
    with pytest.raises(NoR, match=r"R lacks sandwich or jsonlite, so there is no second opinion\. It is optional"):
        ask(flights)


@pytest.fixture
def command() -> typer.Typer:
    app = typer.Typer()
    app.command()(report)
    return app


def test_the_command_without_r_writes_the_report_and_says_what_is_missing(published, command, monkeypatch):
    monkeypatch.setattr(second_opinion.shutil, "which", lambda _: None)
    result = CliRunner().invoke(command, ["--second-opinion"])
    assert result.exit_code == 0
    assert "R is not installed, so there is no second opinion. It is optional" in result.output
    assert settings.report_page.exists() and not settings.second_opinion.exists()


def test_the_command_writes_what_both_say_next_to_the_report(published, command, flights, tmp_path, monkeypatch):
    pretend(tmp_path, monkeypatch, """echo '{"versions": {"R": "4.9"}, "log_odds": [2.0], "errors": [0.5]}'""")
    monkeypatch.setattr("analysis.flights.read_flights", lambda path: flights)
    result = CliRunner().invoke(command, ["--second-opinion"])
    assert result.exit_code == 0, result.output
    written = json.loads(settings.second_opinion.read_text())
    [term] = written["terms"]
    assert (term["level"], term["r_log_odds"], term["r_error"]) == ("yes", 2, 0.5)
    assert written["log_odds_differ_by"] == 2 - term["log_odds"]
    assert written["warehouse"] == warehouse.current().version


def test_too_little_data_is_one_line(published, command, tmp_path, monkeypatch):
    pretend(tmp_path, monkeypatch, "exit 0")
    result = CliRunner().invoke(command, ["--second-opinion"])
    assert result.exit_code == 1
    assert "The flights that arrived cover 1 days" in result.output
