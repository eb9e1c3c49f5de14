"""What is recorded of labs, and a record that cannot be read."""

import json

import pytest

from labs.engine import progress
from labs.engine.progress import COLUMNS, DamagedProgress


def solve(clock, answer, text: str) -> str:
    digest = clock.digest(answer(text))
    at = "2026-11-27T10:00:00+00:00"
    progress.record(clock, digest=digest, passed=6, checks=6, hints=2, solved_at=at, minutes=25)
    return digest


def test_the_evidence_has_a_row_for_each_solved_lab(clock, answer):
    assert progress.table() == [[*COLUMNS]]
    digest = solve(clock, answer, "x = 1\n")
    assert progress.table()[1:] == [["A clock time is no number", "foundation", "2026-11-27", "25", "2", "6", digest]]
    assert f"| A clock time is no number | foundation | 2026-11-27 | 25 | 2 | 6 | `{digest}` |\n" in progress.evidence()


def test_a_changed_answer_and_a_failed_check_do_not_count(clock, answer):
    solve(clock, answer, "x = 1\n")
    answer("x = 2\n")
    assert progress.solved() == []
    progress.record(clock, digest=clock.digest(clock.answer_dir), passed=5)
    assert progress.solved() == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("<<<<<<< HEAD\n{}", id="a merge with conflicts"),
        pytest.param("[]", id="a list"),
        pytest.param(json.dumps({"clock": 3}), id="an entry that is a number"),
        pytest.param(json.dumps({"clock": {"started_at": "2026-11-27", "solved": True}}), id="an unknown field"),
        pytest.param(json.dumps({"clock": {}}), id="no start"),
    ],
)
def test_a_record_that_cannot_be_read_is_named_with_the_way_out(answers_dir, content):
    answers_dir.mkdir()
    (answers_dir / "progress.json").write_text(content)
    with pytest.raises(DamagedProgress, match=r"progress\.json cannot be read \(.*run `ontime labs check`\.$"):
        progress.table()
