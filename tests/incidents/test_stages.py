"""What each stage says to a learner, without a chain."""

from types import SimpleNamespace

import duckdb
import pytest

from incidents.engine import stages
from incidents.engine.incident import incident
from incidents.engine.running import Run
from incidents.engine.world import Facts, World

TRUTH = {"dataset": "flights", "months": ["2013-03"], "rows_affected": 1000}
COMMITS = [letter * 40 for letter in "abcde"]
RIGHT = {
    "first_bad_commit": "c" * 9,
    "dataset": "flights",
    "months": ["2013-03"],
    "rows_affected": 1000,
    "cause": "code_and_gate",
}


def world(**values):
    defaults = {
        "incident": incident("boston"),
        "facts": Facts(commits=COMMITS, healthy="000001", faulty="000002"),
        "diagnosis": RIGHT,
        "rolled_back": ["000002"],
        "uncommitted": "",
    }
    return SimpleNamespace(**{**defaults, **values})


def diagnosed(**values):
    return world(diagnosis={**RIGHT, **values})


def test_the_right_diagnosis_passes():
    stages.test_commit(world())
    stages.test_dataset(world(), TRUTH)
    stages.test_months(world(), TRUTH)
    stages.test_rows(world(), TRUTH)
    stages.test_cause(world())


@pytest.mark.parametrize(
    ("stage", "value", "sentence"),
    [
        pytest.param("commit", "", "first_bad_commit is not filled in", id="empty"),
        pytest.param("commit", "ccc", "write at least seven characters", id="three characters"),
        pytest.param("commit", "f" * 9, "no commit of the branch begins with fffffffff", id="no commit"),
        pytest.param("commit", "d" * 9, "ddddddddd is not the first commit with the fault", id="a later commit"),
        pytest.param("dataset", "weather", "“weather” is not the dataset whose rows are concerned", id="dataset"),
        pytest.param("months", "2013-03", 'write a list, such as ["2013-01"]', id="no list"),
        pytest.param("months", ["2013-02", "2013-03"], "2013-02: not concerned", id="a month too many"),
        pytest.param("months", ["2013-04"], "2013-04: not concerned", id="another month"),
        pytest.param("rows", "1,000", "write a whole number, not “1,000”", id="text"),
        pytest.param("rows", True, "write a whole number, not “True”", id="yes"),
        pytest.param("rows", 1001, "1,001 is nearly right, but not exact", id="one too many"),
        pytest.param("rows", 20, "20 is less than the number, about 50 times", id="far too few"),
        pytest.param("rows", 0, "0 is not the number", id="none"),
        pytest.param("cause", "weather", "“weather” is none of storm, code_and_gate", id="no cause of the list"),
        pytest.param("cause", "storm", "storm does not explain what one sees", id="another cause"),
    ],
)
def test_a_wrong_field_gets_a_sentence_that_does_not_give_the_answer_away(stage, value, sentence):
    field = {"commit": "first_bad_commit", "rows": "rows_affected"}.get(stage, stage)
    arguments = () if stage in ("commit", "cause") else (TRUTH,)
    with pytest.raises(AssertionError) as failed:
        getattr(stages, f"test_{stage}")(diagnosed(**{field: value}), *arguments)
    assert sentence in str(failed.value)
    assert "1000" not in str(failed.value) and "1,000 is" not in str(failed.value)


def test_a_missing_month_is_counted_and_not_named():
    with pytest.raises(AssertionError, match="1 more months are concerned"):
        stages.test_months(diagnosed(months=["2013-03"]), {"months": ["2013-02", "2013-03"]})


def test_without_a_bad_commit_the_right_answer_is_none():
    nothing_bad = incident("boston").model_copy(update={"bad": 0})
    stages.test_commit(world(incident=nothing_bad, diagnosis={"first_bad_commit": "none"}))
    with pytest.raises(AssertionError, match="is one of the commits bad at all"):
        stages.test_commit(world(incident=nothing_bad))


def test_without_a_rollback_readers_were_not_protected():
    stages.test_contained(world())
    with pytest.raises(AssertionError, match="readers saw 000002 until a repaired version replaced it"):
        stages.test_contained(world(rolled_back=[]))


def test_a_changed_gate_and_a_changed_file_of_the_publisher_are_named():
    facts = Facts(base="base", publisher={"flights/2013-03.csv": "digest"})
    asked = []

    def git(*arguments):
        asked.append(arguments)
        return "expectations/bands.py"

    with pytest.raises(AssertionError, match=r"expectations/bands\.py differ from before the incident"):
        stages.test_protected(world(facts=facts, git=git))
    assert asked == [("diff", "--name-only", "base", "HEAD", "--", "expectations", "incidents", "labs")]
    with pytest.raises(AssertionError, match=r"flights/2013-03\.csv of the publisher have been changed"):
        stages.test_protected(world(facts=facts, git=lambda *_: "", publisher_digests=lambda: {}))


def test_a_failed_command_is_named_with_its_last_lines():
    printed = "$ ontime clean flights\n1 partition\n$ ontime check clean flights\nno flights to BOS in 2013-03\n"
    run = Run(1, ("check", "clean", "flights"), printed, 1.0)
    with pytest.raises(AssertionError, match=r"`ontime check clean flights` failed: no flights to BOS in 2013-03"):
        stages.test_chain(world(seen=SimpleNamespace(chain=run)))


def test_files_that_a_run_has_changed_are_named():
    changed = [f"clean/{number}" for number in range(5)]
    with pytest.raises(AssertionError, match=r"has changed clean/0, clean/1, clean/2 and 2 more files"):
        stages.test_again(world(seen=SimpleNamespace(changed=changed)))


def test_a_month_that_is_not_concerned_must_be_equal_to_the_bit(tmp_path):
    def warehouse(name: str, delay_of_february: int):
        with duckdb.connect(str(tmp_path / name)) as connection:
            connection.execute("create schema marts")
            rows = f"(date '2013-01-05', 3), (date '2013-02-05', {delay_of_february}), (date '2013-03-05', 0)"
            connection.execute(f"create table marts.fct_flights as from (values {rows}) as t(flight_date, delay)")
        return tmp_path / name

    def compared(healthy, published):
        one = World(incident("boston"), tmp_path, tmp_path)
        return SimpleNamespace(incident=one.incident, healthy=healthy, published=published, query=one.query)

    healthy = warehouse("healthy.duckdb", 4)
    stages.test_other_months(compared(healthy, warehouse("same.duckdb", 4)), TRUTH)
    with pytest.raises(AssertionError, match=r"^fct_flights 2013-02 differ from the version before the incident"):
        stages.test_other_months(compared(healthy, warehouse("other.duckdb", 5)), TRUTH)
