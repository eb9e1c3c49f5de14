"""Evidence: runs of the ledger and results of the gates as facts and tables."""

import re

import pytest

from insight.published import Published, current
from labs.engine.lab import lab
from ontime import ledger
from ontime.settings import PROJECT_DIR, settings
from portfolio import evidence, rubric
from portfolio.content import gather
from portfolio.verify import Marks
from tests.portfolio.published import add_answer, add_gate, add_opinion, add_repair

NOTHING = Published(None, None, None)


def task(name: str, state: str, start: str, end: str, seconds: float, dag: str = "flights") -> ledger.TaskRun:
    day = "2026-11-27T"
    return ledger.TaskRun(
        dag, name, "r1", state, 1, f"{day}{start}+00:00", f"{day}{end}+00:00", seconds, "2013-01", "2013-12"
    )


@pytest.fixture
def runs(data_dir) -> None:
    ledger.append(task("download", "success", "10:00:00", "10:00:08", 8.0))
    ledger.append(task("clean", "retried", "10:00:10", "10:00:20", 10.0))
    ledger.append(task("clean", "success", "10:01:00", "10:01:30", 30.0))
    ledger.append(task("train", "failed", "11:00:00", "11:00:05", 5.0, dag="training"))


def test_runs_are_counted_and_a_retry_is_no_failure(runs):
    facts = evidence.facts(NOTHING)
    names = ("runs.run_count", "runs.task_count", "runs.failed_count")
    assert [facts[name].value for name in names] == [2, 4, 1]


def test_a_run_lasts_from_its_first_task_to_its_last_and_the_newest_comes_first(runs):
    assert evidence.tables(NOTHING)["runs"][1:] == [
        ["training", "2013-01..2013-12", "2026-11-27 11:00", "5", "1", "1"],
        ["flights", "2013-01..2013-12", "2026-11-27 10:00", "90", "2", "0"],
    ]


def test_the_longest_tasks_come_first(runs):
    assert [row[1:] for row in evidence.tables(NOTHING)["longest_tasks"][1:]] == [
        ["clean", "success", "30.0"],
        ["clean", "retried", "10.0"],
        ["download", "success", "8.0"],
        ["train", "failed", "5.0"],
    ]


def test_gates_are_summed_by_suite(data_dir):
    add_gate("raw.flights", "2013-01", checks=9)
    add_gate("raw.flights", "2013-02", checks=9, failed=("expect_column_to_exist x",))
    add_gate("marts.months", "all", checks=12)
    assert [row[:4] for row in evidence.tables(NOTHING)["gates"][1:]] == [
        ["marts.months", "1", "12", "0"],
        ["raw.flights", "2", "18", "1"],
    ]
    facts = evidence.facts(NOTHING)
    names = ("gates.batch_count", "gates.check_count", "gates.failed_count")
    assert [facts[name].value for name in names] == [3, 30, 1]


def test_the_champion_stands_last_with_its_intervals(built):
    assert evidence.tables(current())["scores"] == [
        ["model", "ROC-AUC", "PR-AUC", "Brier", "log-loss", "ECE"],
        ["climatology: origin and hour", "0.600", "0.300", "0.190", "0.560", "0.020"],
        ["LightGBM (champion)", "0.700", "0.300", "0.190", "0.560", "0.020"],
        ["its 95 % interval, by day", *["0.500–0.800"] * 5],
    ]


def test_a_changed_card_gives_no_scores(site):
    card = settings.models_dir / "m1" / "model_card.json"
    card.with_name("model_card.sha256").write_text("0" * 64)
    assert evidence.tables(current())["scores"] == [["model", "ROC-AUC", "PR-AUC", "Brier", "log-loss", "ECE"]]


def test_the_second_opinion_on_the_published_warehouse(built):
    assert evidence.tables(current())["second_opinion"][1:] == [
        ["rain", "yes", "0.962475", "0.962475", "0.097759", "0.097759"]
    ]
    facts = evidence.facts(current())
    names = ("opinion.flight_count", "opinion.odds_difference", "opinion.error_difference")
    assert [(facts[name].value, facts[name].text) for name in names] == [
        (3926, "3,926"),
        (5e-14, "5e-14"),
        (0, "0e+00"),
    ]


def test_an_opinion_on_another_warehouse_is_left_out(site):
    add_opinion(version="000009-00000000")
    assert len(evidence.tables(current())["second_opinion"]) == 1
    assert not [name for name in evidence.facts(current()) if name.startswith("opinion.")]


def test_a_lab_is_solved_as_long_as_its_answer_is_the_graded_one(data_dir, answers_dir):
    clock, rain = add_answer("clock"), add_answer("rain", minutes=70)
    names = ("labs.solved_count", "labs.check_count", "labs.foundation_solved_count", "labs.advanced_solved_count")
    facts = evidence.facts(NOTHING)
    assert [facts[name].value for name in names] == [2, 12, 2, 0]
    header, *rows = evidence.tables(NOTHING)["labs"]
    assert header == ["lab", "phase", "solved on", "minutes", "hints", "checks", "digest"]
    assert rows == [
        ["A clock time is no number", "foundation", "2026-11-27", "25", "1", "6", clock],
        [lab("rain").title, "foundation", "2026-11-27", "70", "1", "6", rain],
    ]
    with (answers_dir / "clock" / "clock.py").open("a") as answer:
        answer.write("# one comment more\n")
    facts = evidence.facts(NOTHING)
    assert [facts[name].value for name in names] == [1, 6, 1, 0]
    assert evidence.tables(NOTHING)["labs"] == [header, rows[1]]


def test_a_repaired_incident_is_counted_and_listed(data_dir, answers_dir):
    facts = evidence.facts(NOTHING)
    folders = len([*(PROJECT_DIR / "incidents").glob("*/incident.toml")])
    assert (facts["incidents.solved_count"].value, facts["incidents.incident_count"].value) == (0, folders)
    add_repair("boston")
    assert evidence.facts(NOTHING)["incidents.solved_count"].value == 1
    assert evidence.tables(NOTHING)["incidents"] == [
        ["incident", "phase", "solved on", "minutes", "hints", "checks", "digest"],
        ["Where is Boston?", "foundation", "2026-11-28", "48", "2", "11", "0123456789ab"],
    ]


def test_every_lab_is_counted_in_its_phase(data_dir):
    facts = evidence.facts(NOTHING)
    phases = [fact.value for name, fact in facts.items() if re.fullmatch(r"labs\.[a-z]+_lab_count", name)]
    folders = len([*(PROJECT_DIR / "labs").glob("*/lab.toml")])
    assert facts["labs.lab_count"].value == sum(phases) == folders


def test_an_empty_data_directory_has_no_evidence(data_dir):
    tables = evidence.tables(NOTHING)
    assert [len(tables[name]) for name in ("gates", "versions", "runs", "longest_tasks")] == [1, 1, 1, 1]
    assert evidence.facts(NOTHING)["runs.task_count"].value == 0


def test_the_site_shows_the_rubric_as_it_is_computed(built):
    content = gather()
    [rows] = [rows for name, rows in Marks.of(built / "proof.html").tables if name == "rubric"]
    assert rows == content.tables["rubric"] == rubric.table(rubric.criteria(content.facts, content.figures))
    assert [row[0] for row in rows] == ["criterion", *(each.name for each in rubric.criteria(content.facts, ()))]
