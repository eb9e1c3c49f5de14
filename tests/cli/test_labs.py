"""``ontime labs`` as a learner uses it: start, check, hints, the solution, begin again."""

import json
import os
import pty
import shutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cli.app import app
from ontime.settings import PROJECT_DIR, settings

CLOCK = PROJECT_DIR / "labs" / "clock"


@pytest.fixture(autouse=True)
def answers_dir(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "answers_dir", tmp_path / "answers")
    return settings.answers_dir


def labs(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, ["labs", *arguments], env={"COLUMNS": "150"})
    assert result.exit_code == exit_code, result.output
    return result.output


def test_from_the_start_to_the_first_tick(answers_dir):
    assert "A clock time is no number" in labs("start", "clock")
    assert "is still as it was: edit it first." in labs("check", "clock", exit_code=1)
    shutil.copyfile(CLOCK / "wrong" / "no_midnight.py", answers_dir / "clock" / "clock.py")
    output = labs("check", exit_code=1)
    assert "  ✓ Two minutes from 5:59 to 6:01 are two minutes\n" in output
    assert "  ✗ A flight that leaves after midnight is late, not a day early\n" in output
    assert "2 of 6 checks hold." in output
    shutil.copyfile(CLOCK / "solution" / "clock.py", answers_dir / "clock" / "clock.py")
    assert "6 of 6 checks hold.\n  Next: ontime labs start worst_routes\n" in labs("check", "clock")
    entry = json.loads((answers_dir / "progress.json").read_text())["clock"]
    assert (entry["passed"], entry["checks"], entry["minutes"]) == (6, 6, 1)


def test_the_table_shows_what_is_solved_and_what_has_changed_since(answers_dir):
    labs("start", "clock")
    assert "not attempted" in labs("list")
    shutil.copyfile(CLOCK / "solution" / "clock.py", answers_dir / "clock" / "clock.py")
    labs("check", "clock")
    assert "\n✓ clock         20 minutes  A clock time is no number ██████\n" in labs("list")
    (answers_dir / "clock" / "clock.py").write_text("x = 1\n")
    assert "A clock time is no number (changed)\n" in labs("list")


def test_starting_twice_keeps_the_answer(answers_dir):
    labs("start", "clock")
    (answers_dir / "clock" / "clock.py").write_text("x = 1\n")
    output = labs("start", "clock", exit_code=1)
    assert "To begin again: `ontime labs reset clock`." in output
    assert (answers_dir / "clock" / "clock.py").read_text() == "x = 1\n"


def test_beginning_again_keeps_the_old_answer_beside_it(answers_dir):
    labs("start", "clock")
    (answers_dir / "clock" / "clock.py").write_text("x = 1\n")
    labs("reset", "clock")
    [kept] = answers_dir.glob("clock.*")
    assert (kept / "clock.py").read_text() == "x = 1\n"
    assert (answers_dir / "clock" / "clock.py").read_text() == (CLOCK / "starter" / "clock.py").read_text()


def test_hints_come_one_after_the_other_and_the_last_again():
    labs("start", "clock")
    shown = [labs("hint", "clock").split(":")[0] for _ in range(4)]
    assert "`ontime labs solution clock` shows the solution." in labs("hint", "clock")
    assert shown == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]


def test_the_solution_can_be_read():
    assert "def minutes_after_midnight" in labs("solution", "clock")


def test_on_a_terminal_a_line_says_what_is_done_while_the_checks_run(answers_dir):
    labs("start", "clock")
    (answers_dir / "clock" / "clock.py").write_text("x = 1\n")
    line = "  Grading it on 2013 and on a year that nobody has seen …"
    assert line not in labs("check", "clock", exit_code=1)
    terminal, program = pty.openpty()
    command = [sys.executable, "-c", "from cli.app import app; app(['labs', 'check', 'clock'])"]
    environment = {**os.environ, "ONTIME_ANSWERS_DIR": str(answers_dir)}
    subprocess.run(command, cwd=PROJECT_DIR, env=environment, stdout=program, stderr=subprocess.DEVNULL, check=False)
    os.close(program)
    shown = os.read(terminal, 100_000).decode().splitlines()
    os.close(terminal)
    assert shown[:2] == ["clock: A clock time is no number", line]


@pytest.mark.parametrize("command", [["list"], ["start", "clock"], ["check"], ["hint", "clock"], ["evidence"]])
def test_a_record_that_cannot_be_read_is_one_sentence(answers_dir, command):
    answers_dir.mkdir()
    (answers_dir / "progress.json").write_text("<<<<<<< HEAD\n")
    output = labs(*command, exit_code=1)
    assert output.startswith(f"{answers_dir / 'progress.json'} cannot be read (")
    assert output.endswith("Correct it, or delete it and run `ontime labs check`.\n")


def test_nothing_started_is_no_failure():
    assert labs("check").startswith("Nothing to check yet.")


@pytest.mark.parametrize("command", ["start", "check", "hint", "solution", "reset", "prove"])
def test_an_unknown_lab_is_one_sentence(command):
    output = labs(command, "clok", exit_code=1)
    assert output.startswith("There is no lab “clok”. Did you mean clock?")


def test_a_lab_that_was_not_started_is_named_with_the_way_out():
    assert "not started. `ontime labs start clock` begins it." in labs("check", "clock", exit_code=1)


def test_proving_one_lab_lists_all_its_answers():
    output = labs("prove", "clock")
    assert "  ✓ starter\n  ✓ solution\n  ✓ wrong/nearest_day.py\n" in output
    assert output.endswith("1 labs, 0 problems\n")


def test_evidence_names_what_is_solved_and_how_to_grade_it_again(answers_dir):
    assert labs("evidence").startswith("Solved: 0 of ")
    labs("start", "clock")
    labs("hint", "clock")
    shutil.copyfile(CLOCK / "solution" / "clock.py", answers_dir / "clock" / "clock.py")
    labs("check", "clock")
    entry = json.loads((answers_dir / "progress.json").read_text())["clock"]
    output = labs("evidence")
    assert (
        f"| A clock time is no number | foundation | {entry['solved_at'][:10]} | 1 | 1 | 6 | `{entry['digest']}` |"
    ) in output
    assert "`.venv/bin/ontime labs check`" in output


def test_the_dashboards_process_needs_no_pytest():
    program = "import sys; from labs.engine import progress; progress.evidence(); print('pytest' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
