"""``ontime incident`` as a learner types it; `tests/incidents/test_practice.py` has the whole way with a real chain."""

import pytest
from typer.testing import CliRunner

from cli.app import app
from incidents.engine import practice
from incidents.engine.incident import incidents
from incidents.engine.repository import git
from ontime.settings import settings


@pytest.fixture(autouse=True)
def clone(tmp_path, monkeypatch):
    """A small repository that stands for the learner's clone."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=first")
    monkeypatch.setattr(practice, "PROJECT_DIR", folder)
    monkeypatch.setattr(settings, "incidents_dir", folder / "data" / "incidents")
    monkeypatch.setattr(settings, "answers_dir", folder / "answers")
    return folder


def incident(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, ["incident", *arguments], env={"COLUMNS": "150"})
    assert result.exit_code == exit_code, result.output
    return result.output


def test_the_list_has_every_incident_with_its_phase():
    output = incident("list")
    assert output.startswith("foundation\n")
    assert all(f"  {name} " in output for name in incidents())
    assert output.endswith(f"0 of {len(incidents())} solved.\n")


@pytest.mark.parametrize(
    "command", ["start", "run", "check", "hint", "solution", "reset", "end", "check-again", "prove"]
)
def test_an_unknown_incident_is_one_sentence(command):
    output = incident(command, "bosten", exit_code=1)
    assert output.startswith("There is no incident “bosten”. Did you mean boston?")


@pytest.mark.parametrize("command", ["run", "check", "hint", "solution", "reset", "end"])
def test_without_a_name_a_command_needs_an_incidents_branch(command):
    assert incident(command, exit_code=1).startswith("You are on no branch of an incident.")


def test_on_a_branch_the_name_is_known(clone):
    git(clone, "switch", "--quiet", "--create", "incident/boston")
    assert incident("hint").startswith("Hint 1 of 4: Compare the flights by destination")
    assert "boston is not started: `ontime incident start boston`" in incident("check", exit_code=1)


def test_a_dirty_tree_is_one_sentence(clone):
    (clone / "notes.txt").write_text("x\n")
    assert incident("start", "boston", exit_code=1).startswith(
        "These files have changes that are not committed: notes.txt"
    )


def test_the_solution_shows_code_commands_and_diagnosis():
    output = incident("solution", "boston")
    for part in ("commands.txt:", "warehouse rollback", "diagnosis.toml:", "code_and_gate", "repair.patch:", "BO5"):
        assert part in output


def test_nothing_solved_is_no_failure():
    assert incident("check-again").startswith("No repair to grade")
    assert incident("evidence").startswith("Solved: 0 of ")
