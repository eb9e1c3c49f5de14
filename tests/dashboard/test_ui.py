"""The shell of the dashboard: navigation, the version of a page run, and messages for what is missing."""

import ast
import os
import re
import subprocess
import sys
import tomllib

import duckdb
import pytest
import streamlit as st

from dashboard import parts
from insight.published import current
from ontime import warehouse
from ontime.pages.palette import DARK, LIGHT
from ontime.settings import PROJECT_DIR, settings
from tests.dashboard import made
from tests.dashboard.conftest import UI, texts


def test_without_a_warehouse_a_page_says_what_to_do(open_page):
    app = open_page("overview")
    assert not app.exception
    assert "Nothing is published yet" in app.info[0].value and "ingest (start here)" in app.info[0].value


def test_the_footer_names_the_version_of_the_page(open_page, one_month):
    assert one_month.version in texts(open_page("overview"))


def test_a_page_follows_a_publication_and_a_rollback(open_page, one_month):
    app = open_page("overview")
    later = made.publish_flights(last="2013-02-28")
    assert parts.current_versions() != app.session_state["versions"]
    assert later.version in texts(app.run())


SETTINGS = tomllib.loads((UI.parent / ".streamlit" / "config.toml").read_text())


def test_nothing_is_sent_to_streamlits_makers_and_no_error_shows_its_details():
    assert SETTINGS["browser"]["gatherUsageStats"] is False
    assert SETTINGS["client"]["showErrorDetails"] == "none"


def test_the_server_reads_these_settings():
    # In a process of its own: Streamlit reads its settings once.
    code = "from dashboard.app import app; from streamlit import config; print(config.get_option({!r}), end='')"
    command = [sys.executable, "-c", code.format("browser.gatherUsageStats")]
    environment = {**os.environ, "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true"}
    environment["PYTHONPATH"] = str(PROJECT_DIR)
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment)
    assert done.stdout == "False", done.stderr


@pytest.mark.parametrize(("scheme", "theme", "other"), [("light", LIGHT, DARK), ("dark", DARK, LIGHT)])
def test_the_colours_are_those_of_the_palette(scheme, theme, other):
    colours = SETTINGS["theme"][scheme]
    assert {
        "primaryColor": theme["link"],
        "backgroundColor": theme["paper"],
        "textColor": other["paper"] if scheme == "light" else theme["ink"],
        "linkColor": theme["link"],
        "borderColor": theme["line"],
        "grayTextColor": theme["quiet"],
        "greenTextColor": theme["good"],
        "redTextColor": theme["bad"],
        "orangeTextColor": theme["bad"],
    }.items() <= colours.items()


def test_every_page_is_in_the_navigation():
    pages = ast.literal_eval(re.search(r"PAGES = (\{.*?\n\})", UI.read_text(), re.DOTALL)[1])
    named = [name for titles in pages.values() for name in titles]
    assert sorted(named) == sorted(path.stem for path in parts.page_file("x").parent.glob("*.py"))


def damage(version) -> None:
    version.path.chmod(0o644)
    version.path.write_bytes(b"garbage")


@pytest.mark.parametrize("name", ["overview", "network", "sql"])
def test_a_damaged_warehouse_is_said_in_words_without_a_path(open_page, one_month, name):
    damage(one_month)
    app = open_page(name)
    assert not app.exception
    assert "ontime warehouse rollback" in texts(app)
    assert str(one_month.path.parent) not in texts(app)


def test_a_warehouse_of_earlier_code_is_said_in_words(open_page, data_dir):
    with duckdb.connect(str(made_by_earlier_code())) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute("CREATE TABLE marts.fct_flights AS SELECT 1 AS flight_key")
    warehouse.publish(warehouse.WAREHOUSE, settings.warehouse_candidate, {"inputs": "x"})
    app = open_page("overview")
    assert not app.exception
    assert "was built by earlier code" in app.warning[0].value


def made_by_earlier_code():
    settings.warehouse_dir.mkdir(parents=True)
    return settings.warehouse_candidate


def test_an_open_database_outlives_two_publications(one_month):
    # A page that is still running keeps its version, although it has left the cache.
    st.cache_resource.clear()
    first = current()
    database = parts._database(first.key, first)  # as the session of the page holds it
    reading = database.cursor()
    reading.execute("USE warehouse")
    for last in ("2013-02-28", "2013-03-31"):
        made.publish_flights(last=last)
        parts._database(current().key, current())
    assert reading.execute("SELECT count(*) FROM marts.fct_flights").fetchall() == [(837,)]
    st.cache_resource.clear()
