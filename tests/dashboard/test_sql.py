"""The SQL page answers questions about the published data, and nothing else."""

import time
from pathlib import Path

import pytest

from dashboard import parts
from insight import sandbox
from insight.published import current
from ontime.settings import settings
from tests.dashboard.conftest import texts


def examples() -> dict[str, str]:
    """The page's examples; the page itself runs only inside Streamlit."""
    source = parts.page_file("sql").read_text()
    start = source.index("EXAMPLES = ")
    names: dict = {}
    exec(source[start : source.index("\n}\n", start) + 3], names)
    return names["EXAMPLES"]


@pytest.mark.parametrize("name", examples())
def test_every_example_has_an_answer_with_a_plan(two_months, name):
    answer = sandbox.answer(current(), examples()[name])
    assert len(answer.rows) > 0


def test_an_answer_has_its_rows_and_its_plan(one_month):
    answer = sandbox.answer(current(), "SELECT airline_code AS a, 1 AS a FROM marts.dim_airlines ORDER BY 1")
    assert answer.rows.to_dict("list") == {"a": ["B6", "DL", "UA"], "a_2": [1, 1, 1]}
    assert not answer.is_cut
    assert "SEQ_SCAN" in answer.plan or "dim_airlines" in answer.plan


@pytest.mark.parametrize(("rows", "is_cut"), [(sandbox.ROWS, False), (sandbox.ROWS + 1, True)])
def test_a_long_answer_is_cut(one_month, rows, is_cut):
    answer = sandbox.answer(current(), f"FROM range({rows})")
    assert (len(answer.rows), answer.is_cut) == (sandbox.ROWS, is_cut)


READS = "Write one query that reads"
CLOSED = "disabled"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        pytest.param("SELECT", "without selection list", id="not SQL"),
        pytest.param("SELECT nothing FROM marts.dim_airlines", "nothing", id="no such column"),
        pytest.param("", READS, id="nothing"),
        pytest.param("SELECT 1; SELECT 2", READS, id="two statements"),
        pytest.param("CREATE TABLE marts.mine AS SELECT 1", READS, id="a new table"),
        pytest.param("DELETE FROM marts.dim_airlines", READS, id="deleting"),
        pytest.param("ATTACH '/etc/passwd' AS other", READS, id="another database"),
        pytest.param("COPY marts.dim_airlines TO 'file.csv'", READS, id="writing a file"),
        pytest.param("SET lock_configuration = false", READS, id="unlocking"),
        pytest.param("PRAGMA enable_external_access", READS, id="a pragma"),
        pytest.param("INSTALL httpfs", READS, id="an extension"),
        pytest.param("SELECT * FROM read_csv('/etc/passwd')", CLOSED, id="reading a file"),
        pytest.param("FROM '/etc/passwd'", "does not exist", id="a file as a table"),
        pytest.param("SELECT * FROM read_text('https://example.org')", CLOSED, id="the network"),
        pytest.param("SELECT * FROM glob('/*')", CLOSED, id="listing files"),
    ],
)
def test_everything_but_a_query_is_refused_in_words(one_month, sql, message):
    with pytest.raises(sandbox.Refused, match=message):
        sandbox.answer(current(), sql)


def test_a_query_that_runs_too_long_is_stopped(one_month, monkeypatch):
    monkeypatch.setattr(sandbox, "SECONDS", 0.3)
    start = time.monotonic()
    with pytest.raises(sandbox.Refused, match=r"stopped after 0\.3 seconds"):
        sandbox.answer(
            current(), "SELECT count(*) FROM range(10_000_000_000) a, range(9) b WHERE a.range % 7 = b.range"
        )
    assert time.monotonic() - start < 30


def test_a_query_that_needs_too_much_memory_is_stopped(one_month, monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", "20MB")
    monkeypatch.setattr(sandbox, "SECONDS", 120)
    before = set(Path.cwd().iterdir())
    with pytest.raises(sandbox.Refused, match="needs more memory"):
        sandbox.answer(current(), "SELECT list(range) FROM range(100_000_000)")
    assert set(Path.cwd().iterdir()) == before  # no temporary file


def test_the_limit_of_the_settings_is_kept_if_it_is_lower(one_month, monkeypatch):
    monkeypatch.setattr(settings, "duckdb_memory_limit", "100MB")
    rows = sandbox.answer(current(), "SELECT current_setting('memory_limit') AS at_most").rows
    assert rows["at_most"].tolist() == ["95.3 MiB"]


def test_a_query_is_part_of_the_address(open_page, one_month):
    app = open_page("sql", sql="SELECT 6 * 7 AS answer")
    assert app.dataframe[0].value.to_dict("list") == {"answer": [42]}
    assert "1 rows" in texts(app)


def test_an_error_is_shown_and_the_page_goes_on(open_page, one_month):
    app = open_page("sql", sql="SELECT nothing FROM marts.dim_airlines")
    assert not app.exception
    assert app.error[0].value == "The query was not answered."
    assert "nothing" in app.code[0].value and one_month.version in texts(app)


def test_an_example_replaces_the_query(open_page, one_month):
    app = open_page("sql").selectbox(key="example").select("Filter and sort").run()
    assert app.text_area(key="sql").value == examples()["Filter and sort"]
    assert not app.error


def test_without_a_warehouse_the_page_says_what_to_do(open_page):
    assert "Nothing is published yet" in texts(open_page("sql"))
