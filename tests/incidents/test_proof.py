"""The proof of the incidents notices an incident that proves nothing. The one here has no chain, so it is quick."""

import shutil

import pytest

from incidents.engine import incident as incident_module
from incidents.engine.incident import incidents
from incidents.engine.prove import Workshop, grade_again, prove
from incidents.engine.repository import git
from ontime.settings import settings

DESCRIPTION = """
title = "A wrong word"
phase = "foundation"
skill = "reading"
minutes = 5
months = ["2013-01"]
bad = 2
cause = "word"
hints = ["one", "two"]
steps = []
parses_dags = false

[causes]
word = "A word is wrong."
a = "a"
b = "b"
c = "c"
"""
CHECKS = '''
def truth(world):
    return {"dataset": "words", "months": ["2013-01"], "rows_affected": 1}


def test_word(world):
    """The word is right"""
    assert (world.code / "word.txt").read_text() == "right\\n", "the word is wrong"


def test_file(world):
    """The other file is still there"""
    assert (world.code / "other.txt").exists(), "other.txt is gone"
'''
DIAGNOSIS = 'first_bad_commit = "{2}"\ndataset = "words"\nmonths = ["2013-01"]\nrows_affected = 1\ncause = "word"\n'
REPAIR = "--- a/word.txt\n+++ b/word.txt\n@@ -1 +1 @@\n-wrong\n+right\n"
DELETION = "--- a/other.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-2\n"


@pytest.fixture(scope="module")
def patches(tmp_path_factory):
    """Three commits: a file, a wrong word, another file."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=before")
    for name, text in (("word.txt", "right\n"), ("word.txt", "wrong\n"), ("other.txt", "2\n")):
        (folder / name).write_text(text)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", f"--message={name} says {text.strip()}")
    git(folder, "format-patch", "--quiet", "--no-numbered", "--output-directory=patches", "HEAD~3")
    return folder / "patches"


@pytest.fixture
def word(tmp_path, monkeypatch, patches):
    """The folder of an incident that a test may spoil."""
    folder = tmp_path / "incidents" / "word"
    for name in ("solution", "wrong/nothing", "wrong/too_much"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(patches, folder / "commits")
    (folder / "incident.toml").write_text(DESCRIPTION)
    (folder / "check.py").write_text(CHECKS)
    (folder / "solution" / "diagnosis.toml").write_text(DIAGNOSIS)
    (folder / "solution" / "repair.patch").write_text(REPAIR)
    (folder / "wrong" / "nothing" / "diagnosis.toml").write_text("# fails test_word: nothing was repaired.\n")
    (folder / "wrong" / "nothing" / "repair.patch").write_text("")
    (folder / "wrong" / "too_much" / "diagnosis.toml").write_text("# fails test_file: it deletes more.\n")
    (folder / "wrong" / "too_much" / "on_top.patch").write_text(DELETION)
    monkeypatch.setattr(incident_module, "INCIDENTS_DIR", tmp_path / "incidents")
    monkeypatch.setattr(settings, "answers_dir", tmp_path / "answers")
    return folder


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    code = tmp_path_factory.mktemp("code")
    git(code, "init", "--quiet", "--initial-branch=main")
    git(code, "commit", "--quiet", "--allow-empty", "--message=before")
    with Workshop(code=code) as workshop:
        yield workshop


@pytest.fixture
def proof(workshop):
    return lambda: dict(prove(incidents()["word"], workshop))


def test_a_right_incident_is_proven(word, proof):
    assert proof() == {"untouched": "", "solution": "", "wrong/nothing": "", "wrong/too_much": ""}


def test_an_incident_that_needs_no_repair_is_noticed(word, proof):
    text = (word / "check.py").read_text()
    (word / "check.py").write_text(text.replace('== "right\\n"', '!= ""'))
    assert proof()["wrong/nothing"] == "test_word does not fail (nothing failed)"


def test_a_solution_that_fails_is_noticed(word, proof):
    (word / "solution" / "repair.patch").write_text("")
    assert proof()["solution"] == "test_word: the word is wrong"


def test_a_solution_that_does_not_apply_is_noticed(word, proof):
    (word / "solution" / "repair.patch").write_text(REPAIR.replace("-wrong", "-something else"))
    result = proof()
    assert result["solution"].startswith("`git apply --index -` failed: error: patch failed: word.txt:1")
    assert "does not fail (`git apply" in result["wrong/too_much"]


def test_a_wrong_diagnosis_of_the_solution_is_noticed(word, proof):
    (word / "solution" / "diagnosis.toml").write_text(DIAGNOSIS.replace("{2}", "{3}").replace("= 1", "= 2"))
    solution = proof()["solution"]
    assert "is not the first commit with the fault; test_rows: 2 is more than the number, about 2 times" in solution


def test_a_wrong_repair_that_fails_elsewhere_is_noticed(word, proof):
    (word / "wrong" / "nothing" / "diagnosis.toml").write_text("# fails test_file: not at all.\n")
    assert proof()["wrong/nothing"] == "test_file does not fail (test_word: the word is wrong)"


def test_one_wrong_repair_is_too_few(word, proof):
    shutil.rmtree(word / "wrong" / "too_much")
    assert proof()["wrong"] == "fewer than two wrong repairs"


def test_a_wrong_repair_must_say_what_fails(word, proof):
    (word / "wrong" / "nothing" / "diagnosis.toml").write_text('cause = "a"\n')
    with pytest.raises(ValueError, match=r"the first line must be “# fails test_…: why”"):
        proof()


def test_a_missing_package_is_visible(word, proof):
    (word / "incident.toml").write_text('packages = ["no_such_package"]\n' + DESCRIPTION)
    assert proof() == {"incident": "skipped: no no_such_package"}


def test_what_the_incident_starts_for_a_copy_is_ended(word, proof, tmp_path):
    log = tmp_path / "log.txt"
    (word / "world.py").write_text(
        f"def after(world):\n    open({str(log)!r}, 'a').write('started\\n')\n\n\n"
        f"def close(world):\n    open({str(log)!r}, 'a').write('ended\\n')\n"
    )
    proof()
    assert sorted(log.read_text().splitlines()) == ["ended"] * 3 + ["started"] * 3


def test_a_stored_repair_is_graded_again(word, workshop):
    one = incidents()["word"]
    shutil.copytree(word / "solution", one.solved)
    assert grade_again(one, workshop).state == "solved"
    (one.solved / "repair.patch").write_text("")
    assert grade_again(one, workshop).state == "failed"
