"""docs/learn/make-it-yours.md: its commands work as written, and its links lead somewhere."""

import re
import shlex

import pytest
from typer.testing import CliRunner

from cli.app import app
from ontime import project
from ontime.project import Project
from ontime.settings import PROJECT_DIR
from portfolio import documents, readme

PAGE = PROJECT_DIR / "docs" / "learn" / "make-it-yours.md"
TEXT = PAGE.read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
LINKS = re.findall(r"\]\(([^)]+)\)", TEXT)


def run(command: str):
    return CliRunner().invoke(app, shlex.split(command)[1:])


def test_the_project_gets_the_names_of_the_page(tmp_path, data_dir, monkeypatch):
    monkeypatch.setattr(project, "PROJECT_FILE", tmp_path / "project.toml")
    monkeypatch.setattr(readme, "README", tmp_path / "README.md")
    readme.README.write_text((PROJECT_DIR / "README.md").read_text("utf-8"), "utf-8")
    [init] = [command for command in COMMANDS if "project init" in command]
    assert run(init).exit_code == 0
    assert project.read() == Project(title="Delays of New York", owner="Jane Doe", repository="jane/delays")
    assert "# Delays of New York\n\n[![CI](https://github.com/jane/delays/" in readme.README.read_text("utf-8")
    check = run("ontime project check")
    assert check.exit_code == 0 and "of 7 criteria are met" in check.output


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("ontime ")])
def test_every_command_exists_with_its_options(command):
    _, *words = shlex.split(command)
    names = [word for word in words if not word.startswith("--")][:2]
    shown = CliRunner().invoke(app, [*names, "--help"])
    assert shown.exit_code == 0
    assert [word for word in words if word.startswith("--") and word not in shown.output] == []


def test_the_other_commands_are_those_of_the_readme():
    others = {command for command in COMMANDS if not command.startswith("ontime ")}
    assert others == {"make demo", "source .venv/bin/activate"}
    targets = re.findall(r"^([a-z-]+):", (PROJECT_DIR / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)`", TEXT)) <= set(targets)


def test_every_link_leads_to_a_document_and_its_section():
    html = {document.source: document.html for document in documents.documents()}
    for link in LINKS:
        path, _, anchor = link.partition("#")
        target = (PAGE.parent / path).resolve().relative_to(PROJECT_DIR).as_posix()
        assert target in html and (not anchor or f'id="{anchor}"' in html[target]), link


def test_the_files_that_the_page_names_exist():
    for name in re.findall(r"`((?:dashboard|portfolio|docs|deploy)/[\w/.]*)`", TEXT):
        assert (PROJECT_DIR / name).exists(), name


def test_the_criteria_are_those_of_the_check(data_dir):
    section = TEXT.partition("## Check it")[2].partition("\n## ")[0]
    named = [line.split(" | ")[0].removeprefix("| ") for line in section.splitlines() if line.startswith("| ")]
    shown = CliRunner().invoke(app, ["project", "check"], env={"COLUMNS": "200"}).output
    criteria = [line.split("│")[1].strip() for line in shown.splitlines() if line.startswith("│")]
    assert named[2:] == [criterion for criterion in criteria if criterion]


def test_the_readme_leads_to_the_page():
    assert "(docs/learn/make-it-yours.md)" in (PROJECT_DIR / "README.md").read_text("utf-8")
