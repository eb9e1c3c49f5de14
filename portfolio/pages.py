"""The pages of the site: which there are, and what each template gets."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from ontime import lake, pages, project
from ontime.datasets import DATASETS
from portfolio import documents, evidence, exercises, rubric
from portfolio.charts import Drawing
from portfolio.claims import PLACEHOLDER
from portfolio.content import Content
from portfolio.copied import Copied
from portfolio.documents import Document
from portfolio.facts import Fact
from portfolio.tables import Table, has_words

ASSETS_DIR = Path(__file__).parent / "assets"

#: The pages run one script of their own, from the site; everything else is as strict as on the other pages.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'"
)

#: Name in the navigation → page.
NAVIGATION = {
    "Story": "index.html",
    "Model": "model.html",
    "Pipeline": "pipeline.html",
    "Performance": "docs/reference/performance.html",
    "What broke": "docs/reference/faults.html",
    "Datasets": "datasets/index.html",
    "Documents": "docs/index.html",
    "Proof": "proof.html",
}
LABS_PAGE = "labs.html"
FAULTS_PAGE = NAVIGATION["What broke"]


class Writer:
    """Renders pages. ``drawings``: by figure and variant; ``copied``: the copied pages by name."""

    def __init__(
        self, content: Content, drawings: dict[str, dict[str, Drawing]], copied: dict[str, Copied], vega: str
    ) -> None:
        self.content, self.drawings, self.copied, self._vega = content, drawings, copied, vega
        self._environment = _environment()
        self._navigation = dict(NAVIGATION)
        # Without answers there is nothing to show to a visitor.
        if any(content.facts[f"{what}.solved_count"].value for what in ("labs", "incidents")):
            self._navigation["Labs"] = LABS_PAGE

    def pages(self) -> Iterator[tuple[str, str]]:
        """Path and HTML of every page."""
        for page in ("index.html", "model.html", "pipeline.html", "opinion.html", "proof.html"):
            yield page, self.render(page, page, rubric=rubric.SOURCE)
        yield LABS_PAGE, self.render(LABS_PAGE, LABS_PAGE, phases=exercises.phases())
        yield (
            "datasets/index.html",
            self.render("datasets.html", "datasets/index.html", datasets=project.read().datasets),
        )
        arrived = {row.dataset for row in lake.row_counts()}
        for name, dataset in DATASETS.items():
            page = f"datasets/{name}.html"
            yield page, self.render("dataset.html", page, dataset=dataset, has_arrived=name in arrived)
        yield from self._documents(documents.documents())

    def _documents(self, all_documents: list[Document]) -> Iterator[tuple[str, str]]:
        sections: dict[str, list[Document]] = {}
        for document in all_documents:
            sections.setdefault(document.section, []).append(document)
        yield "docs/index.html", self.render("documents.html", "docs/index.html", sections=sections)
        for document in all_documents:
            yield (
                document.page,
                self.render(
                    "document.html",
                    document.page,
                    document=document,
                    body=Markup(document.html),  # noqa: S704 - the project's own Markdown
                    verdicts=evidence.verdicts() if document.page == FAULTS_PAGE else {},
                ),
            )

    def render(self, template: str, page: str, **values: Any) -> str:
        """One page; ``page`` is its path in the site."""
        return self._environment.get_template(template).render(
            **values,
            page=page,
            to=_links_from(page),
            content=self.content,
            drawings=self.drawings,
            copied=self.copied,
            navigation=self._navigation,
            vega=self._vega,
            fact=self._fact,
            bar=self._bar,
            claim=self._claim,
            columns_of_words=_columns_of_words,
        )

    def _fact(self, name: str) -> Markup:
        """A fact, marked so that it can be verified. Raises ``KeyError`` for an unknown one."""
        return marked(self.content.facts[name])

    def _bar(self, part: str, whole: str, label: str) -> Markup:
        """A bar for one fact as a part of another, marked so that both can be verified."""
        done, of = self.content.facts[part], self.content.facts[whole]
        return Markup(
            '<progress aria-label="{}" data-fact="{}" value="{}" data-whole="{}" max="{}">{}</progress>'
        ).format(label, done.name, done.value, of.name, of.value, done.text)

    def _claim(self, name: str) -> Markup:
        """A claim with its facts, both marked; nothing if the data does not support any of its wordings."""
        claim = self.content.claims.get(name)
        if claim is None:
            return Markup()
        parts = PLACEHOLDER.split(claim.text)
        texts = [marked(self.content.facts[part]) if number % 2 else part for number, part in enumerate(parts)]
        return Markup('<span data-claim="{}">{}</span>').format(name, Markup("").join(texts))


def marked(fact: Fact) -> Markup:
    """A fact as HTML."""
    return Markup('<data data-fact="{}" value="{}">{}</data>').format(fact.name, fact.value, fact.text)


def _columns_of_words(rows: Table) -> list[Markup]:
    """For each column, the class that aligns words to the left; nothing for numbers."""
    return [Markup(' class="words"') if words else Markup() for words in has_words(rows)]


def _links_from(page: str) -> Callable[[str], str]:
    folder = os.path.dirname(page)  # noqa: PTH120 - an address, not a file
    return lambda target: os.path.relpath(target, folder or ".")


def _environment() -> Environment:
    environment = pages.environment("portfolio")
    environment.globals["content_security_policy"] = CONTENT_SECURITY_POLICY
    environment.globals["site_style"] = Markup((ASSETS_DIR / "site.css").read_text("utf-8"))  # noqa: S704 - our own
    return environment
