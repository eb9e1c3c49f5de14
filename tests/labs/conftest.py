"""Fixtures of the labs: the lab *clock*, and answers to it."""

import shutil

import pytest

from labs.engine.lab import lab
from ontime.settings import settings


@pytest.fixture(autouse=True)
def answers_dir(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "answers_dir", tmp_path / "answers")
    return settings.answers_dir


@pytest.fixture
def clock():
    """The lab *clock*."""
    return lab("clock")


@pytest.fixture
def answer(clock):
    """Writes an answer to *clock* and returns its folder."""

    def write(text: str):
        shutil.copytree(clock.starter, clock.answer_dir, dirs_exist_ok=True)
        (clock.answer_dir / clock.answer).write_text(text)
        return clock.answer_dir

    return write
