"""The page Learn: all labs, and which of them are solved."""

import shutil

import pytest

from incidents.engine.incident import incident, incidents
from labs.engine import progress
from labs.engine.checks import Check
from labs.engine.grading import Grade
from labs.engine.lab import lab, labs
from ontime.settings import settings
from tests.dashboard.conftest import texts
from tests.portfolio.published import add_repair


@pytest.fixture(autouse=True)
def answers_dir(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "answers_dir", tmp_path / "answers")
    return settings.answers_dir


def test_every_lab_is_listed_and_none_is_solved(data_dir, open_page):
    page = open_page("learn")
    assert list(page.table[0].value.index) == list(labs())
    assert f"0 of {len(labs())} are solved." in texts(page)


def test_a_solved_lab_is_shown_until_its_answer_changes(data_dir, open_page):
    clock = lab("clock")
    shutil.copytree(clock.solution, clock.answer_dir)
    grade = Grade("solved", (Check("test_hour", "An hour has sixty minutes"),))
    progress.record_grade(clock, grade, clock.digest(clock.answer_dir))
    page = open_page("learn")
    assert f"1 of {len(labs())} are solved." in texts(page)
    assert page.table[0].value.loc["clock", "state"] == "solved"
    (clock.answer_dir / clock.answer).write_text("x = 1\n")
    assert page.run().table[0].value.loc["clock", "state"] == "changed"


def test_incidents_are_listed_and_a_repaired_one_is_shown(data_dir, open_page):
    page = open_page("learn")
    assert list(page.table[1].value.index) == list(incidents())
    assert f"0 of {len(incidents())} are solved." in texts(page)
    add_repair("boston")
    assert page.run().table[1].value.loc["boston", "state"] == "solved"
    assert f"1 of {len(incidents())} are solved." in texts(page)


def test_a_started_incident_is_not_a_repaired_one(data_dir, open_page):
    progress.record(incident("boston"))
    assert open_page("learn").table[1].value.loc["boston", "state"] == "started"
