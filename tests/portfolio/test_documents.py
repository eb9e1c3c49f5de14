"""Documents: Markdown becomes pages whose links, anchors and headers work inside the site."""

from pathlib import Path

import pytest

from portfolio import evidence
from portfolio.documents import Document, documents, page_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("docs/learn", "docs/reference"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "docs" / "reference" / "model.md").write_text("# The `model`\n\n## What it sees, and when\n")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n- [The model](docs/reference/model.md)\n")
    return tmp_path


def page(project: Path, text: str) -> Document:
    (project / "docs" / "learn" / "leaks.md").write_text(text)
    return next(document for document in documents(project) if document.source == "docs/learn/leaks.md")


@pytest.mark.parametrize(
    ("link", "html"),
    [
        ("[a](../reference/model.md)", '<a href="../reference/model.html">a</a>'),
        ("[a](../reference/model.md#what-it-sees)", '<a href="../reference/model.html#what-it-sees">a</a>'),
        ("[a](../../CHANGELOG.md)", '<a href="../changelog.html">a</a>'),
        ("[a](../reference/)", '<a href="../index.html">a</a>'),
        ("[a](https://example.org/x.md)", '<a href="https://example.org/x.md">a</a>'),
        ("[a](#below)", '<a href="#below">a</a>'),
        ("[a](../../ontime/settings.py)", "<a>a</a>"),
        ("[a](missing.md)", "<a>a</a>"),
    ],
)
def test_links_lead_to_pages_of_the_site(project, link, html):
    assert page(project, f"# T\n\n{link}\n").html == f"<p>{html}</p>\n"


def test_a_document_outside_of_docs_links_into_it(project):
    changelog = documents(project)[-1]
    assert (changelog.page, changelog.title, changelog.section) == ("docs/changelog.html", "Changelog", "Project")
    assert '<a href="reference/model.html">The model</a>' in changelog.html


def test_titles_sections_and_anchors(project):
    model = documents(project)[0]
    assert (model.title, model.section) == ("The model", "Reference")
    assert model.html == '<h2 id="what-it-sees-and-when">What it sees, and when</h2>\n'


def test_tables_scroll_and_their_headers_have_a_scope(project):
    html = page(project, "# T\n\n## Costs of a & b\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n").html
    assert '<div class="wide" role="region" aria-label="Table 1: Costs of a &amp; b" tabindex="0"><table>' in html
    assert '<th scope="col">a</th>\n<th scope="col" style="text-align:right">b</th>' in html


def test_markup_in_code_is_text(project):
    html = page(project, "# T\n\n```html\n<b>&amp;</b>\n```\n").html
    assert html == '<pre tabindex="0"><code>&lt;b&gt;&amp;amp;&lt;/b&gt;\n</code></pre>\n'


def test_names_of_pages():
    assert page_of("docs/how-to/docker.md") == "docs/how-to/docker.html"
    assert page_of("CONTRIBUTING.md") == "docs/contributing.html"


def test_verdicts_are_counted_without_headers(tmp_path):
    faults = tmp_path / "faults.md"
    faults.write_text(
        "# Faults\n\n3 faults.\n\n| fault | where | verdict | message |\n| --- | --- | --- | --- |\n"
        "| a | b | refused | x |\n| a \\| b | c | refused |  |\n\n## More\n\n"
        "| fault | where | verdict | message |\n| --- | --- | --- | --- |\n| c | d | read right |  |\n"
    )
    assert evidence.verdicts(faults) == {"refused": 2, "read right": 1}


def test_the_faults_of_the_page_are_as_many_as_it_says():
    assert f"\n{sum(evidence.verdicts().values())} faults.\n" in evidence.FAULTS.read_text()
