"""`ontime site`: what it prints, and how it ends."""

import sys

import duckdb
from typer.testing import CliRunner

from cli.site import app
from ontime import warehouse
from ontime.settings import settings
from portfolio import charts
from tests.portfolio.published import made_flights, publish


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_build_then_verify_then_a_digit_changes(data_dir, monkeypatch):
    monkeypatch.setattr(charts, "bundle", lambda: "// Vega")
    publish(made_flights(days=31))
    built = run("build")
    assert (built.exit_code, built.output) == (0, f"Open {data_dir}/site/index.html\n")
    agreed = run("verify")
    assert agreed.exit_code == 0
    assert agreed.output.startswith("The site agrees with warehouse 000001-")
    page = data_dir / "site" / "index.html"
    page.write_text(page.read_text().replace(">1,395</data>", ">1,396</data>", 1))
    differs = run("verify")
    assert differs.exit_code == 1
    assert "index.html: flights.flight_count reads 1,396, computed 1,395" in differs.output


def test_without_a_warehouse_both_say_so_in_one_line(data_dir):
    for command, words in (("build", "make demo"), ("verify", "ontime site build")):
        ended = run(command)
        assert (ended.exit_code, ended.output.count("\n")) == (1, 1)
        assert words in ended.output


def test_a_warehouse_of_earlier_code_is_one_sentence(data_dir):
    settings.warehouse_dir.mkdir(parents=True)
    with duckdb.connect(str(settings.warehouse_candidate)) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute("CREATE TABLE marts.fct_flights AS SELECT 1 AS flight_key")
    warehouse.publish(warehouse.WAREHOUSE, settings.warehouse_candidate, {"inputs": "x"})
    for command in ("build", "readme"):
        ended = run(command)
        assert (ended.exit_code, ended.output.count("\n")) == (1, 1)
        assert "was built by earlier code" in ended.output


def test_without_the_converter_a_sentence_says_what_installs_it(data_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    publish(made_flights(days=31))
    ended = run("build")
    assert ended.exit_code == 1
    assert "make install" in ended.output
