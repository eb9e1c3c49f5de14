"""An incident in a learner's clone: what is refused, and that everything comes back."""

import subprocess
import sys
from contextlib import nullcontext

import pytest

from incidents.engine import practice, solved
from incidents.engine.building import ChainFailed
from incidents.engine.incident import incident
from incidents.engine.practice import CannotStart
from incidents.engine.repository import copy_of_the_code, git
from incidents.engine.world import environment_of
from labs.engine import progress
from ontime.settings import settings

BUILD = practice._build


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A small repository that stands for the learner's clone; worlds are built without the chain."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "README.md").write_text("Ontime\n")
    (folder / ".gitignore").write_text(".env\ndata/\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=first")
    monkeypatch.setattr(practice, "PROJECT_DIR", folder)
    monkeypatch.setattr(practice, "ENV_FILE", folder / ".env")
    monkeypatch.setattr(settings, "incidents_dir", folder / "data" / "incidents")
    monkeypatch.setattr(settings, "answers_dir", folder / "answers")

    def build(one, say):
        one.world_dir.mkdir(parents=True)
        git(folder, "branch", one.branch)

    monkeypatch.setattr(practice, "_build", build)
    return folder


@pytest.fixture
def boston(clone):
    return incident("boston")


def branch(clone) -> str:
    return git(clone, "branch", "--show-current")


@pytest.mark.parametrize("file", ["README.md", "notes.txt"])
def test_a_dirty_tree_is_refused_with_the_way_out_and_nothing_happens(clone, boston, file):
    (clone / file).write_text("changed\n")
    with pytest.raises(CannotStart, match=rf"not committed: {file}\. Commit them, or put them aside with `git stash"):
        practice.start(boston, print)
    assert branch(clone) == "main"
    assert not boston.world_dir.exists() and not (clone / ".env").exists() and not boston.answer_dir.exists()


def test_uncommitted_answers_do_not_matter(clone, boston):
    (clone / "answers" / "clock").mkdir(parents=True)
    (clone / "answers" / "clock" / "clock.py").write_text("x = 1\n")
    assert practice.start(boston, print) is False
    assert branch(clone) == "incident/boston"


@pytest.fixture
def failing(clone, boston, monkeypatch):
    """Worlds are built as always, but the first chain fails."""

    def fail(*_):
        raise ChainFailed("Before the incident: `ontime clean flights` failed: no Java")

    monkeypatch.setattr(practice, "_build", BUILD)
    monkeypatch.setattr(practice, "build_healthy", fail)
    monkeypatch.setattr(practice, "Runner", lambda *_: nullcontext())
    return boston


def test_a_failed_build_leaves_nothing(clone, failing):
    with pytest.raises(ChainFailed, match="no Java"):
        practice.start(failing, print)
    assert branch(clone) == "main" and git(clone, "branch", "--list", "incident/*") == ""
    assert not failing.world_dir.exists() and not (clone / ".env").exists() and not failing.answer_dir.exists()


@pytest.mark.parametrize("before", [None, "", "# mine\nONTIME_PORT=8123\nONTIME_DATA_DIR=/mnt/big\n"])
def test_the_environment_file_names_the_incident_and_comes_back_to_the_byte(clone, boston, before):
    env = clone / ".env"
    if before is not None:
        env.write_text(before)
    practice.start(boston, print)
    text = env.read_text()
    for name, value in environment_of(boston.world_dir).items():
        assert f"{name}='{value}'\n" in text
    assert "/mnt/big" not in text
    assert ("ONTIME_PORT=8123" in text) == bool(before)
    assert practice.end(boston) == "main"
    assert (env.read_text() if env.exists() else None) == before
    assert branch(clone) == "main"


def test_a_second_start_returns_to_the_branch(clone, boston):
    practice.start(boston, print)
    with pytest.raises(CannotStart, match=r"You are on the branch incident/boston: `ontime incident end` goes back"):
        practice.start(boston, print)
    practice.end(boston)
    assert practice.start(boston, print) is True
    assert branch(clone) == "incident/boston"


def test_answers_committed_on_the_branch_stay_after_the_end(clone, boston):
    practice.start(boston, print)
    (boston.answer_dir / "diagnosis.toml").write_text('cause = "storm"\n')
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message=my diagnosis")
    practice.end(boston)
    assert (boston.answer_dir / "diagnosis.toml").read_text() == 'cause = "storm"\n'


def test_the_end_waits_for_a_commit(clone, boston):
    practice.start(boston, print)
    (clone / "README.md").write_text("repaired\n")
    with pytest.raises(CannotStart, match=r"README\.md\. Commit or discard them first\."):
        practice.end(boston)
    assert branch(clone) == "incident/boston" and (clone / ".env").exists()


def test_a_learner_who_left_the_branch_by_hand_gets_the_environment_back(clone, boston):
    practice.start(boston, print)
    git(clone, "switch", "--quiet", "main")
    assert practice.end(boston) == "main"
    assert not (clone / ".env").exists()


def test_putting_aside_keeps_branch_and_diagnosis(clone, boston):
    practice.start(boston, print)
    (boston.answer_dir / "diagnosis.toml").write_text('cause = "storm"\n')
    kept_branch, kept_answer = practice.put_aside(boston)
    assert git(clone, "branch", "--list", kept_branch).strip() == kept_branch
    assert kept_answer.startswith(str(boston.answer_dir))
    assert not boston.world_dir.exists() and branch(clone) == "main"
    assert practice.start(boston, print) is False


def test_half_of_an_earlier_start_is_named(clone, boston):
    git(clone, "branch", boston.branch)
    with pytest.raises(CannotStart, match=r"Only the branch incident/boston is left of an earlier start"):
        practice.start(boston, print)


def test_a_check_without_a_start_is_one_sentence(boston):
    with pytest.raises(CannotStart, match=r"boston is not started: `ontime incident start boston`"):
        practice.check(boston, print)


def test_hints_are_counted_from_the_start_on(clone, boston):
    assert [practice.next_hint(boston)[0] for _ in range(2)] == [1, 1]
    practice.start(boston, print)
    numbers = [practice.next_hint(boston)[0] for _ in range(len(boston.hints) + 1)]
    assert numbers == [*range(1, len(boston.hints) + 1), len(boston.hints)]
    assert progress.entries()["incident boston"].hints == len(boston.hints)
    assert solved.state(boston) == "started"


@pytest.mark.more
def test_a_learner_solves_boston_in_a_clone(tmp_path):
    """From a fresh copy to the last ✓, with the commands that a learner types."""
    folder = tmp_path / "clone"
    folder.mkdir()
    copy_of_the_code(folder)
    one = incident("boston")

    def ontime(*arguments: str, code: int = 0) -> str:
        values = {"PYTHONPATH": str(folder), "ONTIME_ENV_FILE": str(folder / ".env")}
        done = subprocess.run(
            [sys.executable, "-c", "from cli.app import main; main()", *arguments],
            **{"cwd": folder, "env": settings.environment_with(values), "capture_output": True, "text": True},
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    printed = ontime("incident", "start", "boston")
    assert "Lena, network planning" in printed
    assert git(folder, "branch", "--show-current") == "incident/boston"
    assert git(folder, "status", "--porcelain") == "?? answers/"
    assert "0 quarantined" not in ontime("warehouse", "history")
    graded = ontime("incident", "check", code=1)
    assert "✓ Airflow can read the DAGs" in graded
    assert "✗ March has all flights to Boston, cancelled ones included" in graded
    assert "first_bad_commit is not filled in" in graded

    git(folder, "apply", str(one.solution / "repair.patch"))
    git(folder, "commit", "--all", "--quiet", "--message=Boston is back")
    ontime("warehouse", "rollback")
    ontime("incident", "run")
    bad = git(folder, "log", "--format=%h", "--abbrev=9", "--grep=seasonal routes")
    (folder / "answers" / "incidents" / "boston" / "diagnosis.toml").write_text(
        f'first_bad_commit = "{bad}"\ndataset = "flights"\nmonths = ["2013-03"]\nrows_affected = 1324\n'
        'cause = "code_and_gate"\n'
    )
    graded = ontime("incident", "check")
    assert "✗" not in graded and "Solved. To go back to your branch: ontime incident end boston" in graded
    assert "✓ boston" in ontime("incident", "list")
    solved = folder / "answers" / "incidents" / "boston" / "solved"
    assert 'first_bad_commit = "{3}"' in (solved / "diagnosis.toml").read_text()
    assert "BO5" in (solved / "repair.patch").read_text()
    ontime("incident", "end")
    assert git(folder, "branch", "--show-current") == "main"
    assert not (folder / ".env").exists()
    assert "| Where is Boston? | foundation |" in ontime("incident", "evidence")
    assert "✗" not in ontime("incident", "check-again")
