"""`ontime project init`: what it asks, what it writes, and that a bad answer writes nothing."""

import pytest
from typer.testing import CliRunner

from cli.app import app
from ontime import project
from ontime.project import Project
from ontime.settings import settings
from portfolio import readme

BEFORE = Project(title="Delays", owner="Zoë Doe", repository="zoe/delays", lead_dataset="flights")
README = "<!-- head: written by `ontime project init` -->\n\n# Old\n\n<!-- /head -->\n\nMy own words.\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A project of the test's own."""
    monkeypatch.setattr(project, "PROJECT_FILE", tmp_path / "project.toml")
    monkeypatch.setattr(readme, "README", tmp_path / "README.md")
    project.write(BEFORE)
    readme.README.write_text(README, "utf-8")
    return tmp_path


def init(*options: str, answers: str = ""):
    return CliRunner().invoke(app, ["project", "init", *options], input=answers)


def contents(folder) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_an_option_changes_one_value_and_asks_nothing(folder):
    ended = init("--title", "Footfall")
    assert ended.exit_code == 0, ended.output
    assert project.read() == BEFORE.model_copy(update={"title": "Footfall"})
    assert readme.README.read_text("utf-8") == (
        "<!-- head: written by `ontime project init` -->\n\n# Footfall\n\n"
        "[![CI](https://github.com/zoe/delays/actions/workflows/ci.yml/badge.svg)]"
        "(https://github.com/zoe/delays/actions/workflows/ci.yml)\n"
        "[![Site](https://github.com/zoe/delays/actions/workflows/pages.yml/badge.svg)]"
        "(https://zoe.github.io/delays/)\n\n"
        "Data: [Scheduled flights](ontime/datasets/flights.py), Bureau of Transportation Statistics, Reporting Carrier "
        "On-Time Performance. Made by Zoë Doe.\n\n<!-- /head -->\n\nMy own words.\n"
    )


def test_without_options_four_answers_are_asked_and_an_empty_one_keeps_the_value():
    ended = init(answers="Rain\n\njane/rain\nweather\n")
    assert ended.exit_code == 0, ended.output
    assert project.read() == Project(title="Rain", owner="Zoë Doe", repository="jane/rain", lead_dataset="weather")
    assert ended.output.splitlines()[-2] == (
        "Written: project.toml and the head of README.md. The project is now Rain by Zoë Doe."
    )


def test_an_empty_repository_removes_it_and_the_badge_is_that_of_any_copy():
    assert init("--repository", "").exit_code == 0
    assert project.read().repository == ""
    text = readme.README.read_text("utf-8")
    assert "[![CI](../../actions/workflows/ci.yml/badge.svg)](../../actions/workflows/ci.yml)\n\nData:" in text


def test_a_second_time_nothing_changes(folder):
    init("--owner", "Zoë Doe")
    once = contents(folder)
    assert init("--owner", "Zoë Doe").exit_code == 0
    assert contents(folder) == once


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(["--title", "<b>"], "project.toml: title = '<b>': it must be plain text", id="markup"),
        pytest.param(["--repository", "delays"], "write it as owner/name", id="a repository without its owner"),
        pytest.param(["--lead-dataset", "trams"], "there is no such dataset; choose from flights", id="no dataset"),
        pytest.param(["--title", "Good", "--owner", ""], "owner = ''", id="one of two answers"),
    ],
)
def test_a_bad_answer_gets_one_sentence_and_writes_nothing(folder, options, words):
    before = contents(folder)
    ended = init(*options)
    assert (ended.exit_code, ended.output.count("\n")) == (1, 1)
    assert words in ended.output
    assert contents(folder) == before


def test_a_bad_answer_to_a_question_writes_nothing(folder):
    before = contents(folder)
    ended = init(answers="Rain\nJane\nrain\nweather\n")
    assert ended.exit_code == 1
    assert ended.output.splitlines()[-1].startswith("project.toml: repository = 'rain'")
    assert contents(folder) == before


def test_questions_that_nobody_answers_write_nothing(folder):
    before = contents(folder)
    assert init().exit_code == 1
    assert contents(folder) == before


def test_a_readme_without_the_part_stays_and_nothing_is_written(folder):
    readme.README.write_text("# Mine\n", "utf-8")
    before = contents(folder)
    ended = init("--title", "Rain")
    assert ended.exit_code == 1 and "no part “head”" in ended.output
    assert contents(folder) == before


def test_a_damaged_file_is_refused_and_a_bad_value_in_it_can_be_replaced(folder):
    project.PROJECT_FILE.write_text("title = Delays\n", "utf-8")
    ended = init("--title", "Rain")
    assert ended.exit_code == 1 and "delete it and run `ontime project init`" in ended.output
    project.PROJECT_FILE.write_text('title = "Delays"\nlead_dataset = "removed"\n', "utf-8")
    assert init("--lead-dataset", "weather").exit_code == 0
    assert project.read() == Project(title="Delays", lead_dataset="weather")


def test_the_committed_head_is_that_of_the_committed_project(monkeypatch):
    monkeypatch.undo()
    text = readme.README.read_text("utf-8")
    assert readme.with_head(text, project.read()) == text


def test_the_check_prints_every_criterion_without_data_too(data_dir, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(settings, "data_dir", data_dir)
    shown = CliRunner().invoke(app, ["project", "check"], env={"COLUMNS": "160"})
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith("No warehouse has been published yet")
    for words in ("problem ", "cloud ", "not yet", "Recorded runs: 0.", "Raw rows in the lake: 0."):
        assert words in shown.output
    assert " of 7 criteria are met." in shown.output
