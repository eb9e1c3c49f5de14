"""What a lab's folder says, and what is refused in it."""

import pytest
from pydantic import ValidationError

from labs.engine.lab import PHASES, Lab, UnknownLab, lab, labs
from ontime.settings import PROJECT_DIR

FOLDERS = sorted(path.parent.name for path in (PROJECT_DIR / "labs").glob("*/task.md"))


def test_every_folder_with_a_task_is_a_lab_in_the_order_of_the_phases():
    assert sorted(labs()) == FOLDERS
    places = [(PHASES.index(one.phase), one.order) for one in labs().values()]
    assert places == sorted(places)
    assert len(set(places)) == len(places), "two labs have the same place"


@pytest.mark.parametrize("name", FOLDERS)
def test_a_lab_is_complete(name):
    one = lab(name)
    assert one.task.startswith(f"# {one.title}\n")
    assert (one.starter / one.answer).is_file() and (one.solution / one.answer).is_file()
    assert len(one.wrong_answers) >= 3
    checks = (one.folder / "check.py").read_text("utf-8")
    for check in one.wrong_answers.values():
        assert f"def {check}(" in checks


def test_an_unknown_name_lists_the_labs():
    with pytest.raises(UnknownLab, match=r"There is no lab “sql”\. Choose from clock"):
        lab("sql")
    with pytest.raises(UnknownLab, match=r"There is no lab “clok”\. Did you mean clock\?"):
        lab("clok")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        pytest.param({"phase": "expert"}, "phase", id="a phase that is none of the four"),
        pytest.param({"minutes": 0}, "minutes", id="no time"),
        pytest.param({"hints": ["one"]}, "hints", id="one hint"),
        pytest.param({"hint": "x"}, "hint", id="a misspelled name"),
    ],
)
def test_a_bad_description_is_refused(clock, values, reason):
    with pytest.raises(ValidationError, match=reason):
        Lab(**{**clock.model_dump(), **values})


def test_the_digest_follows_answer_and_checks(clock, answer):
    first = clock.digest(answer("x = 1\n"))
    assert clock.digest(answer("x = 1\n")) == first
    assert clock.digest(answer("x = 2\n")) != first
