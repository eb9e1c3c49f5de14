"""The dashboard has the names of `project.toml`."""

import pytest

from ontime import project
from ontime.project import Project
from tests.dashboard.conftest import texts


@pytest.fixture(autouse=True)
def yours(tmp_path, monkeypatch) -> Project:
    """A `project.toml` with another title and owner."""
    monkeypatch.setattr(project, "PROJECT_FILE", tmp_path / "project.toml")
    yours = Project(title="Rain & delays", owner="Jane Doe", repository="jane/rain", lead_dataset="weather")
    project.write(yours)
    return yours


def test_the_title_and_the_footer_are_those_of_the_project(one_month, open_page):
    page = open_page("overview")
    assert page.title[0].value == "Rain & delays"
    assert page.caption[-1].value.endswith(" UTC · Rain & delays by Jane Doe")


def test_about_names_owner_and_code_and_the_lead_dataset_first(data_dir, open_page):
    page = open_page("about")
    assert "By Jane Doe · [source code](https://github.com/jane/rain)" in texts(page)
    assert "Rain & delays is a complete data pipeline" in texts(page)
    assert page.table[0].value.index[0] == "weather"


def test_a_changed_file_needs_no_restart(one_month, open_page, yours):
    page = open_page("overview")
    project.write(yours.model_copy(update={"title": "Snow"}))
    assert page.run().title[0].value == "Snow"


def test_a_bad_file_is_shown_as_one_sentence(data_dir, open_page):
    project.PROJECT_FILE.write_text('title = "<b>"\n')
    page = open_page("overview")
    assert not page.exception and not page.title
    assert [error.value for error in page.error] == ["project.toml: title = '<b>': it must be plain text, without <."]
