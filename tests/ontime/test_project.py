"""`project.toml`: what it may say, and what is derived from it."""

import tomllib

import pytest

from ontime import failures, project
from ontime.datasets import DATASETS
from ontime.project import BadProject, Project

YOURS = {"title": "Zoë's delays", "owner": "Zoë Doe", "repository": "zoe-doe/delays", "lead_dataset": "weather"}


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A `project.toml` of the test's own, which does not exist yet."""
    monkeypatch.setattr(project, "PROJECT_FILE", tmp_path / "project.toml")
    return project.PROJECT_FILE


def test_what_is_written_is_read_back(file):
    yours = project.checked(YOURS)
    project.write(yours)
    assert project.read() == yours
    assert tomllib.loads(file.read_text("utf-8")) == YOURS


def test_without_a_file_the_defaults_hold(file):
    assert (project.stored(), project.read()) == ({}, Project())


def test_the_committed_file_is_complete_and_as_the_command_writes_it():
    assert project.PROJECT_FILE.read_text("utf-8") == project.as_toml(project.read())


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        pytest.param("title", " ", "1 to 60 characters", id="an empty title"),
        pytest.param("title", "x" * 61, "1 to 60 characters", id="a title that is too long for a badge"),
        pytest.param("title", "<b>Delays</b>", "plain text, without <", id="HTML"),
        pytest.param("title", "My *delays*", "plain text, without *", id="Markdown"),
        pytest.param("owner", 'Jane "J" Doe', 'plain text, without "', id="a quote, which would end the text in TOML"),
        pytest.param("owner", "Jane\nDoe", "one line", id="two lines"),
        pytest.param("owner", "Jane\u202eDoe", "one line that can be printed", id="text that runs backwards"),
        pytest.param("owner", 7, "valid string", id="a number"),
        pytest.param("repository", "delays", "owner/name", id="a repository without its owner"),
        pytest.param("repository", "https://github.com/jane/delays", "owner/name", id="an address"),
        pytest.param("repository", "-jane/delays", "owner/name", id="an owner that GitHub refuses"),
        pytest.param("repository", "jane/delays/../..", "owner/name", id="a path"),
        pytest.param("lead_dataset", "trams", f"choose from {', '.join(DATASETS)}", id="a dataset that is not there"),
        pytest.param("colour", "red", "not permitted", id="a name that is none of the four"),
    ],
)
def test_a_bad_value_is_named_in_one_sentence(name, value, reason):
    with pytest.raises(BadProject) as refused:
        project.checked({**YOURS, name: value})
    sentence = str(refused.value)
    assert sentence.startswith(f"project.toml: {name} = ") and reason in sentence
    assert sentence.count("\n") == 0
    assert failures.sentence(refused.value) == sentence


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"title = Delays\n", id="text without quotes"),
        pytest.param(b'title = "\xff"\n', id="bytes that are not UTF-8"),
    ],
)
def test_a_file_that_is_not_toml_is_refused_in_one_sentence(file, content):
    file.write_bytes(content)
    with pytest.raises(
        BadProject, match=r"^project\.toml cannot be read: [^\n]+ delete it and run `ontime project init`\.$"
    ):
        project.read()


@pytest.mark.parametrize(
    ("repository", "code_url", "site_url"),
    [
        ("", "", ""),
        ("Zoe/Delays", "https://github.com/Zoe/Delays", "https://zoe.github.io/Delays/"),
        ("Zoe/zoe.github.io", "https://github.com/Zoe/zoe.github.io", "https://zoe.github.io/"),
    ],
)
def test_addresses_follow_from_the_repository(repository, code_url, site_url):
    yours = Project(repository=repository)
    assert (yours.code_url, yours.site_url) == (code_url, site_url)


def test_a_project_that_owns_itself_names_no_owner():
    assert Project(title="Ontime", owner="ontime").byline == "Ontime"
    assert Project(title="Delays", owner="Zoë Doe").byline == "Delays by Zoë Doe"


def test_the_lead_dataset_comes_first_and_all_others_once():
    names = list(Project(lead_dataset="weather").datasets)
    assert names == ["weather", *(name for name in DATASETS if name != "weather")]
