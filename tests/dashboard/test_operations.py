"""Operations and Data quality: what ran, what the gates decided, what became of the rows, what is published."""

from dataclasses import replace

import pytest

from insight import operations, quality
from ontime import ledger, warehouse
from ontime.settings import settings
from tests.dashboard import made
from tests.dashboard.conftest import texts
from tests.dashboard.states import clean, record
from tests.ontime.test_ledger import CLEAN

DOWNLOAD = replace(
    CLEAN,
    task="download",
    started_at="2026-11-27T09:59:50.000+00:00",
    ended_at="2026-11-27T09:59:58.000+00:00",
    duration_seconds=8,
)
FAILED = replace(CLEAN, state="retried", ended_at="2026-11-27T10:00:05.000+00:00", duration_seconds=5)
AGAIN = replace(CLEAN, attempt=2, started_at="2026-11-27T10:00:15.000+00:00", ended_at="2026-11-27T10:00:30.000+00:00")


def test_a_run_counts_each_task_once_by_its_last_attempt():
    [row] = operations.runs([AGAIN, FAILED, DOWNLOAD]).to_dict("records")
    assert row == {
        "dag": "flights",
        "run": "manual__1",
        "months": "2013-01..2013-02",
        "started_at": DOWNLOAD.started_at,
        "seconds": 40.0,  # from 09:59:50 to 10:00:30
        "tasks": 2,
        "failed": 0,
        "skipped": 0,
        "state": "success",
    }


@pytest.mark.parametrize(("state", "expected"), [("failed", "failed"), ("skipped", "success"), ("success", "success")])
def test_a_run_has_failed_if_one_of_its_tasks_has(state, expected):
    [row] = operations.runs([DOWNLOAD, replace(AGAIN, state=state)]).to_dict("records")
    assert (row["state"], row["failed"], row["skipped"]) == (expected, int(state == "failed"), int(state == "skipped"))


def test_runs_are_shown_newest_first_and_described(open_page, data_dir):
    later = replace(CLEAN, dag="warehouse", run="asset__2", task="publish", started_at="2026-11-27T11:00:00.000+00:00")
    for task in (DOWNLOAD, CLEAN, replace(later, ended_at="2026-11-27T11:00:02.000+00:00", state="failed")):
        ledger.append(task)
    (settings.runs_dir / "2026-11.jsonl").open("a").write("cut off\n")
    app = open_page("operations")
    assert not app.exception
    table = app.table[0].value
    assert list(table.index) == ["warehouse", "flights"]
    assert list(table["result"]) == ["✗ 1 failed", "✓"]
    assert "1 line of the run ledger cannot be read" in app.warning[0].value
    app = app.selectbox(key="run").select("flights · manual__1").run()
    # From 09:59:50 to 10:00:12.5.
    assert "2 tasks in 22 seconds (2 success). The longest is clean with 12.5 seconds." in texts(app)


@pytest.fixture
def gates(data_dir):
    """A month that passed, one that failed after cleaning, a table without months, and the candidate."""
    record("raw.flights", "2013-01", 12)
    record("clean.flights", "2013-01", 33)
    record("clean.flights.volume", "2013-01", 2)
    record("raw.flights", "2013-02", 12)
    record("clean.flights", "2013-02", 33, "expect_column_mean_to_be_between is_diverted", "expect_x y")
    record("raw.airports", "all", 9)
    record("marts.months", "candidate", 4)


def test_gates_by_month(gates):
    (settings.data_docs_dir / "raw.flights" / "2013-03.json").write_text("{ damaged")
    table = quality.by_gate(quality.results())
    assert table.fillna("").to_dict("split")["data"] == [
        ["2013-01", "✓ 12", "✓ 35", "", ""],
        ["2013-02", "✓ 12", "✗ 2 of 33", "", ""],
        ["tables without months", "", "", "✓ 9", ""],
        ["the whole warehouse", "", "", "", "✓ 4"],
    ]
    assert list(table.columns) == ["month", "raw flights", "clean flights", "raw airports", "marts"]


@pytest.mark.parametrize(("page", "query"), [("operations", {"tab": "Gates"}), ("quality", {}), ("overview", {})])
def test_a_failed_gate_is_named_on_every_page_about_health(open_page, one_month, gates, page, query):
    app = open_page(page, **query)
    assert not app.exception
    shown = texts(app)
    assert "clean flights 2013-02" in shown
    assert "hold" not in shown.partition("All ")[2][:40]


def test_a_result_links_to_its_page_and_names_its_failed_checks(open_page, gates):
    app = open_page("quality", dataset="flights")
    rows = app.dataframe[0].value
    assert rows.iloc[0][["result", "page"]].tolist() == ["✗", "/data-docs/clean.flights/2013-02.html"]
    assert set(rows["suite"]) == {"raw.flights", "clean.flights", "clean.flights.volume"}
    assert "`expect_column_mean_to_be_between is_diverted`" in app.error[0].value


def test_a_dataset_of_a_later_version_has_a_column_too(gates):
    record("raw.people", "2013-01", 3)
    table = quality.by_gate(quality.results())
    assert table.set_index("month")["raw people"]["2013-01"] == "✓ 3"


@pytest.fixture
def cleaned(data_dir):
    """January: one of three raw flights was rejected."""
    clean("flights", "2013-01")


def test_rows_are_counted_and_rejected_ones_shown_whole(open_page, cleaned):
    [row] = operations.flow().to_dict("records")
    assert (row["raw"], row["clean"], row["quarantined"], row["run"]) == (3, 2, 1, "run 1")
    assert operations.rejected("flights", "2013-01").to_dict("records") == [
        {"reason": "unknown_airport", "raw_year": "2013"}
    ]
    app = open_page("operations", tab="Rows")
    assert not app.exception
    assert app.table[0].value.loc["flights"].tolist() == ["3", "2", "1"]
    assert app.dataframe[-1].value["reason"].tolist() == ["unknown_airport"]


def test_reasons_of_the_quarantine(open_page, cleaned, gates):
    assert quality.quarantined().to_dict("records") == [
        {
            "dataset": "flights",
            "reason": "unknown_airport",
            "rows": 1,
            "partitions": 1,
            "share_of_raw": pytest.approx(1 / 3),
        }
    ]
    assert open_page("quality").table[0].value.loc["flights"].tolist() == ["unknown airport", "1", "33.3 %"]


def test_versions_are_compared_and_the_current_one_is_marked(open_page, one_month):
    later = made.publish_flights(last="2013-02-28")
    app = open_page("operations", tab="Versions")
    assert not app.exception
    versions, differences = app.table[0].value, app.table[1].value
    assert list(versions.index) == [later.version, one_month.version]
    assert list(versions[""]) == ["← current", ""]
    assert list(versions["months"]) == ["2013-01 – 2013-02", "2013-01 – 2013-01"]
    # 27 flights a day: 31 days, then 28 more.
    assert differences.loc["fct_flights"].tolist() == ["837", "1,593", "756"]
    assert differences.loc["dim_airlines"].tolist() == ["3", "3", "0"]
    assert app.code[0].value == "ontime warehouse rollback"
    warehouse.rollback()
    assert list(app.run().table[0].value[""]) == ["", "← current"]


def test_marts_that_one_version_lacks_count_as_no_rows():
    table = operations.changes({"old": 3, "both": 1}, {"both": 2, "new": 5})
    assert table.to_numpy().tolist() == [["both", 1, 2, 1], ["new", 0, 5, 5], ["old", 3, 0, -3]]


@pytest.mark.parametrize(
    ("tab", "message"),
    [
        ("Runs", "No task has finished yet"),
        ("Gates", "No gate has run yet"),
        ("Rows", "Nothing has been cleaned yet"),
        ("Versions", "Nothing is published yet"),
    ],
)
def test_before_the_first_run_each_part_says_what_will_be_there(open_page, tab, message):
    app = open_page("operations", tab=tab)
    assert not app.exception
    assert message in texts(app)
