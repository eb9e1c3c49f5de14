"""What a gate tells people, and what it leaves behind: messages, Data Docs, the command line."""

import multiprocessing
import os
import re
import subprocess
import sys

import pandas as pd
import pytest
import typer
from great_expectations import ExpectationSuite
from great_expectations.expectations import ExpectColumnValuesToBeBetween
from typer.testing import CliRunner

from expectations.gate.gate import Gate
from expectations.validate import GateFailed, main, validate_clean, validate_raw
from ontime import lake
from ontime.contract import ALL
from ontime.settings import settings
from tests.expectations.good_data import MONTH, raw_lines, store_good, store_raw_lines

pytestmark = pytest.mark.usefixtures("data_dir")


def fail_airlines() -> str:
    store_good("airlines", spoil=lambda rows: rows[3].update(airline_code="A1"))
    with pytest.raises(GateFailed) as failed:
        validate_clean("airlines", [ALL])
    return str(failed.value)


def test_the_message_says_what_failed_where_on_which_rows_and_what_to_do(capsys):
    message = fail_airlines()

    assert message == (
        "clean.airlines all: 1 of 5 checks failed (10 rows)\n"
        "  expect_column_values_to_be_unique(airline_code)\n"
        "    observed: 2 of 10 values unexpected, such as A1\n"
        "    row 1: airline_code=A1, airline_name=Airline 1 Inc.\n"
        "    row 3: airline_code=A1, airline_name=Airline 3 Inc.\n"
        "\n"
        f"What to do: the warehouse was not built from this. Rejected rows are whole in "
        f"{settings.quarantine_dir}/airlines. If the data is right, the rule is wrong: change "
        "expectations/airlines.py. If the cleaning is wrong, change spark_jobs/airlines.py. "
        "Then clean it again (python -m spark_jobs airlines --reprocess).\n"
        "\n"
        f"Data Docs: {settings.data_docs_dir}/index.html"
    )
    printed = capsys.readouterr().out
    assert "passed: clean.airlines.books all, 6 of 6 checks\n" in printed
    assert "FAILED: clean.airlines all, 4 of 5 checks\n" in printed
    assert message in printed


def test_no_more_than_five_rows_are_shown():
    store_good("airlines", spoil=lambda rows: [row.update(airline_code="A1") for row in rows])
    with pytest.raises(GateFailed) as failed:
        validate_clean("airlines", [ALL])

    assert len(re.findall(r"^    row \d+: ", str(failed.value), re.MULTILINE)) == 5


def test_an_expectation_that_cannot_be_computed_fails_and_says_why():
    texts = pd.DataFrame({"distance_miles": ["far"]})
    suite = ExpectationSuite("raw.flights", [ExpectColumnValuesToBeBetween(column="distance_miles", min_value=1)])
    gate = Gate()

    assert gate.check(suite, texts, [MONTH]) is False
    with pytest.raises(GateFailed, match=r"(?s)between\(distance_miles\).*could not be checked: .*same type"):
        gate.close(partitions=1, rows=1, advice="none")


# -- Data Docs -----------------------------------------------------------------
def index() -> str:
    return (settings.data_docs_dir / "index.html").read_text()


def pages() -> set[str]:
    root = settings.data_docs_dir
    return {str(path.relative_to(root)) for path in root.glob("*/*.html")}


def test_data_docs_list_the_failing_suite_and_show_its_rows():
    fail_airlines()

    row = next(row for row in index().split("<tr") if "clean.airlines/all.html" in row)
    assert "FAILED" in row and "4 of 5" in row and "expect_column_values_to_be_unique airline_code" in row
    page = (settings.data_docs_dir / "clean.airlines" / "all.html").read_text()
    assert "values must be unique" in page and "2 unexpected values found" in page
    assert "4 of 5 checks passed" in page


def test_data_docs_need_no_network_and_every_link_leads_to_a_page():
    store_good("flights")
    validate_clean("flights", [MONTH])

    for name in ["index.html", *pages()]:
        page = settings.data_docs_dir / name
        for target in re.findall(r'(?:src|href)="([^"#]+)', page.read_text()):
            assert (page.parent / target).exists(), f"{name} leads to {target}"


def test_a_partition_validated_again_replaces_its_result():
    fail_airlines()
    before = pages()
    store_good("airlines")
    validate_clean("airlines", [ALL])

    assert pages() == before
    assert "FAILED" not in index()


def test_results_of_other_partitions_stay_and_pages_of_none_go():
    for month in ("2013-01", "2013-02"):
        store_good("weather", month)
    validate_clean("weather", ["2013-01", "2013-02"])
    assert "clean.weather.books/2013-01..2013-02.html" in pages()

    validate_clean("weather", ["2013-01"])
    assert {"clean.weather.books/2013-01..2013-02.html", "clean.weather.books/2013-01.html"} < pages()
    validate_clean("weather", ["2013-02"])

    assert pages() == {
        f"{suite}/{month}.html"
        for suite in ("clean.weather", "clean.weather.books", "clean.weather.shape")
        for month in ("2013-01", "2013-02")
    }
    assert index().count("<a href=") == 6


def test_gates_that_finish_at_the_same_time_all_end_up_in_the_index():
    months = [f"2013-{month:02d}" for month in range(1, 7)]
    for month in months:
        store_raw_lines("weather", raw_lines("weather", month), month)
    # Forked: another start method would import Great Expectations once per process.
    processes = [
        multiprocessing.get_context("fork").Process(target=validate_raw, args=("weather", [month])) for month in months
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)

    assert [process.exitcode for process in processes] == [0] * 6
    assert [month for month in months if f'<a href="raw.weather/{month}.html">' in index()] == months
    assert pages() == {f"raw.weather/{month}.html" for month in months}


# -- the command line ----------------------------------------------------------
def run(*arguments: str):
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_checks_a_range_of_months():
    for month in ("2013-01", "2013-02"):
        store_good("weather", month)

    result = run("raw", "weather", "2013-01", "2013-02")

    assert result.exit_code == 0
    assert "18 checks passed, 2 partitions, 177 rows" in result.output


def test_the_command_fails_without_a_traceback():
    store_good("airlines", spoil=lambda rows: rows[3].update(airline_code="A1"))

    result = run("clean", "airlines")

    assert result.exit_code == 1
    assert "expect_column_values_to_be_unique(airline_code)" in result.output
    assert "Traceback" not in result.output


def test_the_command_checks_every_dataset_it_names_and_fails_when_one_of_them_does():
    store_good("airlines", spoil=lambda rows: rows[3].update(airline_code="A1"))
    store_good("weather")

    result = run("clean", "airlines", "aircraft", "weather", MONTH)

    assert result.exit_code == 1
    assert "expect_column_values_to_be_unique(airline_code)" in result.output
    assert "No clean aircraft" in result.output
    assert lake.clean_partition("weather", MONTH).is_validated


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["raw"], "names no dataset"),
        (["flights", "raw", "2013-01"], "'flights' is not a boundary: raw, clean or marts"),
        (["raw", "flights", "January"], "'January' is not a month"),
        (["marts", "flights"], "marts are checked whole"),
        (["clean", "flights", "2013-01"], "No clean flights for 2013-01"),
        (["marts"], "build the warehouse first"),
    ],
)
def test_a_command_that_cannot_run_says_why(arguments, message):
    result = run(*arguments)

    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output


# -- the library ---------------------------------------------------------------
def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_great_expectations_does_not_end_the_process():
    # Without zstandard the import ends the process silently, with exit code 0.
    assert python("import great_expectations; print('after the import')") == "after the import\n"


def test_the_gate_is_imported_lightly_and_telemetry_is_off():
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    loaded = python("import sys, expectations.validate; print({'great_expectations', 'pandas'} & set(sys.modules))")
    assert loaded == "set()\n"


def test_only_what_passes_is_marked_as_validated():
    store_good("airlines")
    validate_clean("airlines", [ALL])
    assert lake.clean_partition("airlines", ALL).is_validated
    fail_airlines()
    assert not lake.clean_partition("airlines", ALL).is_validated


def test_a_bad_month_does_not_cost_the_good_ones_their_mark():
    store_good("weather", "2013-01")
    store_good("weather", "2013-02", spoil=lambda rows: rows[0].update(temperature_celsius=500.0))
    with pytest.raises(GateFailed):
        validate_clean("weather", ["2013-01", "2013-02"])
    assert [partition.is_validated for partition in lake.clean_partitions("weather")] == [True, False]
