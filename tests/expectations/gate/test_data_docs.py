"""The Data Docs: pages of the latest results, without network and without active content from the data."""

import multiprocessing
import re

import pandas as pd
import pytest
from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    ExpectColumnDistinctValuesToBeInSet,
    ExpectColumnMaxToBeBetween,
    ExpectColumnPairValuesToBeEqual,
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToBeUnique,
    ExpectColumnValuesToMatchRegex,
    ExpectCompoundColumnsToBeUnique,
    ExpectTableColumnsToMatchOrderedList,
)

from expectations.gate.failure import GateFailed
from expectations.gate.gate import Gate
from expectations.validate import validate_clean, validate_raw
from ontime.contract import ALL
from ontime.settings import settings
from tests.expectations.good_data import MONTH, raw_lines, store_good, store_raw_lines

pytestmark = pytest.mark.usefixtures("data_dir")


def fail_airlines() -> None:
    store_good("airlines", spoil=lambda rows: rows[3].update(airline_code="A1"))
    with pytest.raises(GateFailed):
        validate_clean("airlines", [ALL])


def index() -> str:
    return (settings.data_docs_dir / "index.html").read_text()


def pages() -> set[str]:
    root = settings.data_docs_dir
    return {str(path.relative_to(root)) for path in root.glob("*/*.html")}


def test_the_index_lists_the_failed_suite_and_the_page_shows_its_values():
    fail_airlines()

    row = next(row for row in index().split("<tr") if "clean.airlines/all.html" in row)
    assert "FAILED" in row and "4 of 5" in row and "expect_column_values_to_be_unique airline_code" in row
    page = (settings.data_docs_dir / "clean.airlines" / "all.html").read_text()
    assert "values must be unique" in page and "2 unexpected values found" in page
    assert "4 of 5 checks passed" in page


def test_pages_need_no_network_and_every_link_leads_to_a_page():
    store_good("flights")
    validate_clean("flights", [MONTH])

    for name in ["index.html", *pages()]:
        page = settings.data_docs_dir / name
        for target in re.findall(r'(?:src|href)="([^"#]+)', page.read_text()):
            assert (page.parent / target).exists(), f"{name} leads to {target}"


def test_pages_have_the_style_of_all_pages_and_the_marks_of_passed_and_failed():
    fail_airlines()

    page = (settings.data_docs_dir / "clean.airlines" / "all.html").read_text()
    for text in (page, index()):
        assert "prefers-color-scheme: dark" in text
    assert "fa-check-circle" in page.partition("</style>")[2] and "fa-times" in page.partition("</style>")[2]


def test_headings_and_headers_of_tables_have_good_manners():
    fail_airlines()

    page = (settings.data_docs_dir / "clean.airlines" / "all.html").read_text()
    assert re.findall(r"<h[1-6]", page) == ["<h1"] + ["<h2"] * page.count("<h2")
    headers = re.findall(r"<th[\s>][^>]*>?", page)
    assert headers and all('scope="col"' in header for header in headers)
    assert '<div class="wide" role="region" aria-label="Checks and what they observed" tabindex="0">' in page


def test_validating_a_partition_again_replaces_its_result():
    fail_airlines()
    before = pages()
    store_good("airlines")
    validate_clean("airlines", [ALL])

    assert pages() == before
    assert "FAILED" not in index()


def test_results_of_other_partitions_stay_and_replaced_pages_are_deleted():
    for month in ("2013-01", "2013-02"):
        store_good("weather", month)
    validate_clean("weather", ["2013-01", "2013-02"])
    both = "clean.weather.reconciliation/2013-01..2013-02.html"
    assert both in pages()

    validate_clean("weather", ["2013-01"])
    assert {both, "clean.weather.reconciliation/2013-01.html"} < pages()
    validate_clean("weather", ["2013-02"])

    assert pages() == {
        f"{suite}/{month}.html"
        for suite in ("clean.weather", "clean.weather.reconciliation", "clean.weather.shape", "clean.weather.volume")
        for month in ("2013-01", "2013-02")
    }
    assert index().count("<a href=") == 8


def test_gates_that_finish_at_the_same_time_are_all_in_the_index():
    months = [f"2013-{month:02d}" for month in range(1, 7)]
    for month in months:
        store_raw_lines("weather", raw_lines("weather", month), month)
    # Forked, because with another start method each process would import Great Expectations again.
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


# -- active content --------------------------------------------------------------
SCRIPT = "<script>attack</script>"
COLUMN = f"delay {SCRIPT}"
SHOWN = "&lt;script&gt;attack"
SUITE = ExpectationSuite(
    "raw.flights",
    [
        ExpectTableColumnsToMatchOrderedList(column_list=["year", SCRIPT]),
        ExpectColumnValuesToMatchRegex(column="text", regex=r"^\d+$"),
        ExpectColumnValuesToMatchRegex(column="text", regex=f"^{SCRIPT}\\d$"),
        ExpectColumnValuesToBeInSet(column="text", value_set=["1", SCRIPT + "1"]),
        ExpectColumnDistinctValuesToBeInSet(column="text", value_set=["1"]),
        ExpectColumnValuesToBeUnique(column="text"),
        ExpectColumnMaxToBeBetween(column="text", max_value=1),
        ExpectColumnValuesToBeBetween(column="text", min_value=1, notes=SCRIPT),
        ExpectColumnPairValuesToBeEqual(column_A="text", column_B="other"),
        ExpectCompoundColumnsToBeUnique(column_list=["text", "twin"]),
        ExpectColumnValuesToMatchRegex(column=COLUMN, regex=r"^\d+$"),
        ExpectColumnValuesToMatchRegex(column=f"missing {SCRIPT}", regex=r"^\d+$"),
    ],
)


def test_a_script_in_the_data_is_shown_as_text():
    """In cells, column names, bounds and error messages."""
    cells = [SCRIPT, SCRIPT, "1"]
    batch = pd.DataFrame({"text": cells, "other": ["1", "1", SCRIPT], "twin": cells, COLUMN: cells})
    gate = Gate()
    gate.check(SUITE, batch, ["2013-01"])
    with pytest.raises(GateFailed):
        gate.close(partitions=1, rows=3, consequence="None.", advice="none")

    page = (settings.data_docs_dir / "raw.flights" / "2013-01.html").read_text()
    for text in (page, index()):
        assert "<script" not in text
        assert SHOWN in text
    # Once: what is escaped twice shows its entities.
    assert "&amp;lt;" not in page


def test_a_script_in_a_raw_header_is_shown_as_text():
    header, *lines = raw_lines("flights")
    store_raw_lines("flights", [f"{header},{SCRIPT}", *[f"{line},1" for line in lines]])
    with pytest.raises(GateFailed, match="<script>"):
        validate_raw("flights", [MONTH])

    page = (settings.data_docs_dir / "raw.flights" / f"{MONTH}.html").read_text()
    assert "<script" not in page
    assert page.count(SHOWN) >= 1
