"""The project's Markdown documents as HTML, with links that work inside the site."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from ontime.settings import PROJECT_DIR

#: Documents outside of ``docs/`` that the site has too.
OTHERS = ("CHANGELOG.md", "CONTRIBUTING.md")


@dataclass(frozen=True)
class Document:
    """A document. ``page``: its path in the site, ``source``: its path in the project; ``html``: the body
    without the title."""

    page: str
    source: str
    title: str
    html: str

    @property
    def section(self) -> str:
        """The folder of the document, as a heading: ``Reference``."""
        folder = Path(self.source).parent.name
        return folder.capitalize() if folder not in ("", "docs") else "Project"


def documents(project: Path = PROJECT_DIR) -> list[Document]:
    """All documents of ``docs/`` and :data:`OTHERS`, in the order of their paths."""
    sources = sorted(path.relative_to(project).as_posix() for path in (project / "docs").rglob("*.md"))
    sources += [name for name in OTHERS if (project / name).exists()]
    return [_document(project, source, sources) for source in sources]


def images(project: Path = PROJECT_DIR) -> dict[str, Path]:
    """The images of the documents: path in the site → file."""
    folder = project / "docs" / "images"
    return {f"docs/images/{path.name}": path for path in sorted(folder.glob("*")) if path.is_file()}


def page_of(source: str) -> str:
    """Where a document is in the site: ``docs/learn/leaks.md`` → ``docs/learn/leaks.html``."""
    inside = source if source.startswith("docs/") else f"docs/{source.lower()}"
    return inside.removesuffix(".md") + ".html"


def _document(project: Path, source: str, sources: Iterable[str]) -> Document:
    parser = MarkdownIt("commonmark", renderer_cls=_Renderer).enable("table")
    tokens = parser.parse((project / source).read_text("utf-8"))
    _add_anchors(tokens)
    for token in _all(tokens):
        if token.type == "link_open":
            _rewrite(token, source, sources)
    title = Path(source).stem
    if tokens and tokens[0].tag == "h1":
        title, tokens = re.sub(r"[`*]", "", tokens[1].content), tokens[3:]
    return Document(page_of(source), source, title, str(parser.renderer.render(tokens, parser.options, {})))


def _all(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _add_anchors(tokens: list[Token]) -> None:
    """Give headings the identifiers that code hosts give them, so that links to a section work."""
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            words = re.sub(r"[^\w\- ]", "", tokens[number + 1].content.lower())
            token.attrSet("id", words.strip().replace(" ", "-"))


def _rewrite(token: Token, source: str, sources: Iterable[str]) -> None:
    """Let a link lead to a page of the site. A link to a file that the site does not have loses its address."""
    address = urlsplit(str(token.attrGet("href")))
    if address.scheme or not address.path:
        return
    target = os.path.normpath(os.path.join(os.path.dirname(source), address.path))  # noqa: PTH118, PTH120 - not files
    here = os.path.dirname(page_of(source))  # noqa: PTH120
    if target in sources:
        page = page_of(target)
    elif any(other.startswith(f"{target}/") for other in sources):
        page = "docs/index.html"
    else:
        token.attrs.pop("href")
        return
    token.attrSet("href", os.path.relpath(page, here) + (f"#{address.fragment}" if address.fragment else ""))


class _Renderer(RendererHTML):
    """Tables that scroll by themselves and have a scope on every header, and code that scrolls by keyboard."""

    def table_open(self, tokens: Sequence[Token], index: int, *rest: object) -> str:
        number = sum(token.type == "table_open" for token in tokens[: index + 1])
        headings = [position for position in range(index) if tokens[position].type == "heading_open"]
        heading = tokens[headings[-1] + 1].content if headings else "document"
        label = escape(f"Table {number}: {re.sub('[`*]', '', heading)}", quote=True)
        return f'<div class="wide" role="region" aria-label="{label}" tabindex="0"><table>'

    def table_close(self, *rest: object) -> str:
        return "</table></div>"

    def th_open(self, tokens: Sequence[Token], index: int, *rest: object) -> str:
        style = tokens[index].attrGet("style")
        return f'<th scope="col" style="{style}">' if style else '<th scope="col">'

    def fence(self, tokens: Sequence[Token], idx: int, *rest: object) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'
