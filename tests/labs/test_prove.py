"""The proof of the labs notices a lab that proves nothing."""

import shutil

import pytest

from labs.engine import lab as labs_module
from labs.engine.lab import labs
from labs.engine.prove import prove
from ontime.settings import PROJECT_DIR


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the lab *clock* that a test may spoil."""
    shutil.copytree(PROJECT_DIR / "labs" / "clock", tmp_path / "labs" / "clock")
    monkeypatch.setattr(labs_module, "LABS_DIR", tmp_path / "labs")
    return tmp_path / "labs" / "clock"


def outcome(graded: str) -> str:
    """What the proof says about the given answer; the answers after it are not graded."""
    return next(problem for name, problem in prove(labs()["clock"]) if name == graded)


def test_a_starter_that_passes_is_noticed(copy):
    shutil.copyfile(copy / "solution" / "clock.py", copy / "starter" / "clock.py")
    assert outcome("starter") == "it passes without an answer"


def test_a_solution_that_fails_is_noticed(copy):
    shutil.copyfile(copy / "wrong" / "no_midnight.py", copy / "solution" / "clock.py")
    assert outcome("solution").startswith("test_early: planned for 0:05 and left at 23:57")


def test_a_wrong_answer_that_passes_is_noticed(copy):
    text = (copy / "solution" / "clock.py").read_text()
    (copy / "wrong" / "no_midnight.py").write_text(f"# fails test_midnight: not at all.\n{text}")
    assert outcome("wrong/no_midnight.py") == "test_midnight does not fail (nothing failed)"


def test_a_wrong_answer_that_fails_elsewhere_is_noticed(copy):
    path = copy / "wrong" / "zero_for_cancelled.py"
    path.write_text(path.read_text().replace("test_never_left", "test_midnight"))
    assert outcome("wrong/zero_for_cancelled.py").startswith("test_midnight does not fail (test_never_left: ")


def test_two_wrong_answers_are_too_few(copy):
    for name in ("no_midnight", "plain_subtraction"):
        (copy / "wrong" / f"{name}.py").unlink()
    assert outcome("wrong") == "fewer than three wrong answers"


def test_a_wrong_answer_must_say_what_fails(copy):
    (copy / "wrong" / "silent.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match=r"the first line must be “# fails test_…: why”"):
        outcome("wrong")


@pytest.mark.more
@pytest.mark.parametrize("name", labs())
def test_every_lab_is_proven(name):
    wrong = {graded: problem for graded, problem in prove(labs()[name]) if problem}
    if "lab" in wrong:
        pytest.skip(wrong["lab"])
    assert wrong == {}
