"""The report: every number is computed, nothing is loaded, and sections without enough data say why."""

import base64
import html
import re

import duckdb
import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from analysis import day_types, figures
from analysis.flights import read_flights
from analysis.report import render, write_report
from cli.report import leaks, report
from ontime import warehouse
from ontime.pages.palette import DARK, LIGHT
from ontime.settings import PROJECT_DIR, settings
from tests.browser import VIEWS, assert_good_manners

COMMITS = dict.fromkeys(["flights/2013-01", "flights/2013-02", "airlines/all"], "digest")
VERSION = warehouse.Version("ontime", "v1", "0" * 64, 1, "2013-04-01T00:00:00+00:00", {}, COMMITS)
SECTIONS = (
    "How late is late",
    "Rain",
    "Hour of the day",
    "Airlines",
    "Odds",
    "From departure",
    "Four types",
    "Unusual days",
)


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Fewer resamples for the types of days, which have tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(day_types, "RESAMPLES", 2)
        patch.setattr(day_types, "COMPARED", (3, 4))
        yield


@pytest.fixture(scope="module")
def flights(made) -> pd.DataFrame:
    """Sixty days of two airlines with 15 flights in each part of the day. On every third day it rains, and more
    flights are late.
    """
    random, rows = np.random.default_rng(3), []
    for number, day in enumerate(pd.date_range("2013-01-01", periods=60)):
        is_wet = number % 3 == 0
        for hour in (8, 12, 16, 20):
            for flight in range(3):
                departure = float((number * hour + flight) % 23)
                is_late = bool(random.random() < (0.6 if is_wet else 0.02 * hour))
                columns = {
                    "flight_date": day,
                    "scheduled_departure_hour": hour,
                    "airline_code": ("UA", "B6")[(flight + number) % 2],
                    "airline_name": ("United", "JetBlue & Co")[(flight + number) % 2],
                    "weather_key": f"{day} {hour}",
                    "precipitation_millimeters": 1.0 if is_wet else 0.0,
                    "departure_delay_minutes": departure + 20 * is_late,
                    "arrival_delay_minutes": departure - 10 + 40 * is_late,
                }
                rows.append((5, columns))
    return made(*rows)


@pytest.fixture(scope="module")
def page(flights) -> str:
    return render(flights, VERSION)


def test_the_datasets_are_listed_with_their_months_and_sources(page):
    text = text_of(page)
    assert "Scheduled flights 2: 2013-01 to 2013-02 Bureau of Transportation Statistics" in text
    assert "Airlines one table Bureau of Transportation Statistics" in text


def text_of(page: str) -> str:
    without_figures = re.sub(r'"data:image[^"]*"', '""', page)
    without_style = re.sub(r"<style>.*?</style>", "", without_figures, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without_style)).split())


def test_the_numbers_on_the_page_equal_the_counts(flights, page):
    text = text_of(page)
    assert "Of 3,600 scheduled flights, 3,600 arrived, 0 were cancelled and 0 diverted." in text
    half_hour = flights["arrival_delay_minutes"] >= 30
    assert f"30 minutes {half_hour.sum():,} {100 * half_hour.mean():.1f} %" in text
    wet = flights["precipitation_millimeters"] > 0
    late = flights["arrival_delay_minutes"] >= 15
    assert f"{100 * late[wet].mean():.1f} % of {wet.sum():,} flights were late" in text
    assert f"in dry hours, {100 * late[~wet].mean():.1f} % of {(~wet).sum():,}" in text
    assert "Warehouse v1 · 3,600 flights, 2013-01-01 to 2013-03-01" in text
    left_late = flights["departure_delay_minutes"] >= 15
    assert f"Of {left_late.sum():,} flights that left 15 minutes late or more" in text
    assert f"{100 * (1 - late[left_late].mean()):.1f} % were no longer late" in text
    assert "JetBlue & Co (B6)" in text
    assert "of 60 days of an origin" in text


def test_every_section_has_a_figure_and_nothing_is_loaded(page):
    assert page.count('<img src="data:image/svg+xml;base64,') == len(SECTIONS) + 2
    assert re.findall(r'(?:src|href)="(?!data:|#)', page) == []
    assert re.findall(r"<script|@import|url\(", page) == []


def test_the_page_uses_the_shared_base_and_its_headers_have_a_scope(page):
    assert "<main>" in page
    assert "prefers-color-scheme: dark" in page
    assert re.findall(r"<th(?!ead| scope=)[^>]*>", page) == []
    alternatives = re.findall(r'<img [^>]*alt="([^"]*)"', page)
    assert len(alternatives) == page.count("<img ") and all(re.search(r"\d", text) for text in alternatives)


def test_the_table_of_contents_leads_to_every_section(page):
    [contents] = re.findall(r"<nav .*?</nav>", page, flags=re.DOTALL)
    links = re.findall(r'href="#(\w+)">(.*?)</a>', contents)
    assert links == re.findall(r'<h2 id="(\w+)">(.*?)</h2>', page)
    titles = (*SECTIONS, "Where the data comes from")
    assert [title.startswith(name) for (_, title), name in zip(links, titles, strict=True)] == [True] * len(titles)


def test_figures_have_the_colours_of_both_themes(page):
    for image in re.findall(r"data:image/svg\+xml;base64,([^\"]*)", page):
        svg = base64.b64decode(image).decode()
        assert f"--ink: {LIGHT['ink']};" in svg
        assert re.search(rf"@media \(prefers-color-scheme: dark\) {{ :root {{ [^}}]*--ink: {DARK['ink']};", svg)
        assert "fill: var(--ink)" in svg
        assert svg.count(LIGHT["ink"]) == 1, "A text keeps its colour in the dark."


def test_the_same_flights_give_the_same_bytes(flights, page):
    assert render(flights, VERSION) == page


def test_other_flights_give_other_numbers(flights, page):
    dry = flights["precipitation_millimeters"] == 0
    later = flights.assign(
        arrival_delay_minutes=flights["arrival_delay_minutes"] + 7 * dry,
        is_arrival_delayed=(flights["arrival_delay_minutes"] + 7 * dry >= 15).astype(float),
    )
    before, after = ({*re.findall(r"-?\d+\.\d+", text_of(html))} for html in (page, render(later, VERSION)))
    assert len(before - after) > 30


def test_the_template_contains_no_number():
    template = (PROJECT_DIR / "analysis" / "templates" / "report.html").read_text()
    text = re.sub(r"{% block style %}.*?{% endblock %}", "", template, flags=re.DOTALL)
    without_code = re.sub(r"{{.*?}}|{%.*?%}|<[^>]+>|&\w+;", " ", text, flags=re.DOTALL)
    # 0 °C, and the ends of the scales of silhouette and stability.
    assert set(re.findall(r"\w*\d\w*", without_code.replace(":00", ""))) == {"0", "1"}


@pytest.mark.parametrize(
    ("change", "missing", "reasons"),
    [
        (
            lambda flights: flights.assign(precipitation_millimeters=0.0, airline_code="UA"),
            ["Rain", "Airlines"],
            ["It never rained: there is nothing to compare with.", "needs two airlines", "the data has UA."],
        ),
        (
            lambda flights: flights.assign(weather_key=None, precipitation_millimeters=np.nan),
            ["Rain", "Odds"],
            ["The flights that arrived cover 0 days."],
        ),
        (
            lambda flights: flights[flights["flight_date"] < "2013-01-06"],
            SECTIONS,
            ["cover 5 days", "There are 5 days"],
        ),
        (
            lambda flights: flights.assign(is_arrival_delayed=np.nan, arrival_delay_minutes=np.nan, is_cancelled=True),
            [section for section in SECTIONS if section != "Unusual days"],
            ["The flights that arrived cover 0 days.", "The days hardly differ"],
        ),
    ],
    ids=["no rain and one airline only", "no weather", "five days", "all cancelled"],
)
def test_a_section_without_enough_data_says_why(flights, change, missing, reasons, monkeypatch):
    monkeypatch.setattr(figures, "svg", lambda draw, *results: "<svg/>")
    page = render(change(flights), VERSION)
    figures_of = dict.fromkeys(SECTIONS, 1) | {"How late is late": 3}
    assert page.count("data:image") == sum(figures_of[section] for section in SECTIONS if section not in missing)
    for reason in reasons:
        assert reason in text_of(page)


# -- published ---------------------------------------------------------------------
@pytest.fixture
def published(data_dir) -> warehouse.Version:
    """Two flights, one of them cancelled. Only the other one has a named airline and a weather report."""
    settings.warehouse_dir.mkdir(parents=True)
    with duckdb.connect(str(settings.warehouse_candidate)) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute("""
            CREATE TABLE marts.fct_flights AS
            SELECT * FROM (VALUES
                ('b', DATE '2013-01-02', 'EWR', 'UA', 'EWR_1', TIMESTAMP '2013-01-02 23:15', 500, 20, 15, false, true),
                ('a', DATE '2013-01-01', 'JFK', 'XX', NULL, TIMESTAMP '2013-01-01 05:00', 90, NULL, NULL, true, NULL)
            ) AS flights (
                flight_key, flight_date, origin_airport_code, airline_code, weather_key, scheduled_departure_local_at,
                distance_miles, departure_delay_minutes, arrival_delay_minutes, is_cancelled, is_arrival_delayed
            )
        """)
        connection.execute("""
            CREATE TABLE marts.fct_weather_hourly AS
            SELECT 'EWR_1' AS weather_key, 2.5::double AS temperature_celsius, 0.3::double AS precipitation_millimeters,
                NULL::double AS visibility_kilometers, 12::double AS wind_gust_meters_per_second
        """)
        connection.execute("CREATE TABLE marts.dim_airlines AS SELECT 'UA' AS airline_code, 'United' AS airline_name")
    return warehouse.publish("ontime", settings.warehouse_candidate, {"inputs": "x", "months": "2013-01..2013-01"})


def test_flights_are_read_with_their_weather(published):
    cancelled, late = read_flights(published.path).to_dict("records")
    assert (cancelled["origin_airport_code"], cancelled["part_of_day"], cancelled["is_cancelled"]) == (
        "JFK",
        "morning",
        True,
    )
    assert pd.isna([cancelled[name] for name in ("is_arrival_delayed", "precipitation_millimeters")]).all()
    assert (late["part_of_day"], late["airline_name"], late["is_arrival_delayed"]) == ("evening", "United", 1)
    assert (late["temperature_celsius"], late["precipitation_millimeters"]) == (2.5, 0.3)
    assert late["flight_date"] == pd.Timestamp("2013-01-02")


def test_the_report_is_about_the_published_version(published):
    path = write_report()
    assert path == settings.report_page
    assert published.version in path.read_text()
    assert [file.name for file in path.parent.iterdir()] == ["index.html"]


def test_before_the_first_publication_both_commands_say_what_to_do(data_dir):
    with pytest.raises(warehouse.NothingPublished, match="make demo"):
        write_report()
    for command in (report, leaks):
        app = typer.Typer()
        app.command()(command)
        result = CliRunner().invoke(app)
        assert result.exit_code == 1
        assert "run `make demo` first" in result.output
    assert not settings.report_page.exists()


@pytest.mark.more
@pytest.mark.parametrize("view", VIEWS)
def test_the_report_has_good_manners_in_a_browser(tmp_path, visit, view, page):
    file = tmp_path / "report.html"
    file.write_text(page)
    assert_good_manners(visit(file.as_uri(), view))
