"""The template base that all pages share."""

from html.parser import HTMLParser

import jinja2
import pytest

from ontime import pages, project
from ontime.project import Project

PAGE = """\
{% extends "base.html" %}
{% from "parts.html" import table %}
{% block title %}Flights{% endblock %}
{% block header %}<h1>{{ heading }}</h1>{% endblock %}
{% block main %}{% call table("Rows by month") %}<tbody></tbody>{% endcall %}{% endblock %}
"""


class Elements(HTMLParser):
    """Every element of a page with its attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))


@pytest.fixture
def environment() -> jinja2.Environment:
    return pages.share_base(
        jinja2.Environment(
            loader=jinja2.DictLoader({"page.html": PAGE}), autoescape=True, undefined=jinja2.StrictUndefined
        )
    )


@pytest.fixture
def page(environment) -> str:
    return environment.get_template("page.html").render(heading="UA & B6")


def test_a_page_has_a_language_a_title_landmarks_and_a_viewport(page):
    elements = Elements(page).elements
    assert ("html", {"lang": "en"}) in elements
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in elements
    landmarks = [tag for tag, _ in elements if tag in ("header", "main", "footer")]
    assert landmarks == ["header", "main", "footer"]
    assert "<title>Flights</title>" in page
    assert page.startswith("<!doctype html>\n")


def test_a_page_has_both_themes_and_escapes_values(page):
    assert "--ink: #1c1e21;" in page
    assert "prefers-color-scheme: dark" in page
    assert "--ink: #e8eaed;" in page
    assert "UA &amp; B6" in page


def test_a_page_loads_nothing(page):
    assert not [element for element in Elements(page).elements if element[0] in ("link", "script", "iframe")]
    assert "url(" not in page and "@import" not in page


def test_a_table_is_named_and_scrolls_by_keyboard(page):
    elements = Elements(page).elements
    assert ("div", {"class": "wide", "role": "region", "aria-label": "Rows by month", "tabindex": "0"}) in elements
    assert ("table", {"class": "numbers"}) in elements


def test_a_page_without_a_title_is_refused(environment):
    page = environment.from_string('{% extends "base.html" %}{% block main %}{% endblock %}')
    with pytest.raises(jinja2.TemplateRuntimeError, match="Required block"):
        page.render()


def test_a_room_finds_its_own_templates_and_the_base():
    environment = pages.environment("analysis")
    assert {"report.html", "base.html", "parts.html"} <= set(environment.list_templates())
    with pytest.raises(jinja2.UndefinedError):
        environment.from_string("{{ missing }}").render()


def test_the_footer_names_the_project_as_it_is_at_each_rendering(environment, tmp_path, monkeypatch):
    monkeypatch.setattr(project, "PROJECT_FILE", tmp_path / "project.toml")
    template = environment.get_template("page.html")
    for yours in (Project(), Project(title="Rain & delays", owner="Jane Doe")):
        project.write(yours)
        footer = template.render(heading="").partition("<footer>")[2]
        assert f"<p>{yours.byline.replace('&', '&amp;')}: from raw files" in footer
