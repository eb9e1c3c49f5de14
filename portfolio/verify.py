"""The proof of the site: every number is computed again and compared with what the built pages say."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ontime import files, warehouse
from ontime.settings import settings
from portfolio.content import Content, gather
from portfolio.copied import copied_pages

RECORD = "facts.json"

NO_VERSION = {"version": "no version"}

#: The attributes that mark what is compared: a number, a sentence, and a table of a figure.
MARKS = ("data-fact", "data-claim", "data-table")


class NoSite(LookupError):
    """The site has not been built yet."""


def verify() -> tuple[list[str], Content]:
    """The differences between the built site and what is published, each as a sentence, and the computed content.

    Raises :class:`NoSite`, :class:`ontime.warehouse.NothingPublished` and
    :class:`labs.engine.progress.DamagedProgress`.
    """
    record = settings.site_dir / RECORD
    if not record.exists():
        raise NoSite("The site has not been built yet: run `ontime site build`.")
    if warehouse.current() is None:
        raise warehouse.NothingPublished("No warehouse has been published, so the site cannot be compared with it.")
    content = gather()
    try:
        stored = json.loads(record.read_text("utf-8"))
        problems = [*_versions(stored, content), *_record(stored, content), *_pages(content), *_files(stored)]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        problems = [f"{RECORD} is damaged: {problem}"]
    return problems, content


def _versions(stored: dict[str, Any], content: Content) -> Iterator[str]:
    published = content.record()["versions"]
    for name in sorted(stored["versions"].keys() | published.keys()):
        shown, now = stored["versions"].get(name, NO_VERSION), published.get(name, NO_VERSION)
        if shown["version"] != now["version"]:
            yield f"The site shows {shown['version']} of the {name}, but {now['version']} is published: build it again."
        elif shown != now:
            yield f"{RECORD}: {name} is {_short(shown, now)}"


def _record(stored: dict[str, Any], content: Content) -> Iterator[str]:
    """Differences of ``facts.json``, by the name of the fact, claim or figure."""
    computed = json.loads(json.dumps(content.record(), default=str))
    for part in ("facts", "claims", "figures"):
        for name in sorted(stored[part].keys() | computed[part].keys()):
            is_, should = stored[part].get(name), computed[part].get(name)
            if is_ != should:
                yield f"{RECORD}: {name} is {_short(is_, should)}"


def _short(is_: Any, should: Any) -> str:
    """What is recorded and what was computed; of two records, only the fields that differ."""
    if isinstance(is_, dict) and isinstance(should, dict):
        fields = [field for field in sorted(is_.keys() | should.keys()) if is_.get(field) != should.get(field)]
        return "; ".join(f"{is_.get(field)!r}, computed {should.get(field)!r} ({field})" for field in fields)
    return f"{is_!r}, computed {should!r}"


def _pages(content: Content) -> Iterator[str]:
    """Differences of the built pages: numbers, sentences, tables and alternative texts."""
    for path in _own_pages(content):
        marks = Marks.of(path)
        page = path.relative_to(settings.site_dir).as_posix()
        for name, text in marks.texts["data-fact"]:
            should = content.facts[name].text if name in content.facts else "nothing"
            if text != should:
                yield f"{page}: {name} reads {text}, computed {should}"
        for name, value in marks.values:
            if name in content.facts and value != str(content.facts[name].value):
                yield f"{page}: {name} has the value {value}, computed {content.facts[name].value}"
        for name, text in marks.texts["data-claim"]:
            claim = content.claims.get(name)
            if claim is None or text != claim.written(content.facts):
                yield f"{page}: the claim {name} reads “{text}”, which the data does not say"
        for name, rows in marks.tables:
            if rows != content.tables.get(name):
                yield f"{page}: {_difference(name, rows, content.tables.get(name, []))}"
        for name, alt in marks.alts:
            if name not in content.figures or alt != content.figures[name].alt:
                yield f"{page}: the alternative text of {name} is not the computed one"


def _difference(name: str, rows: list[list[str]], should: list[list[str]]) -> str:
    for number, (row, computed) in enumerate(zip(rows, should, strict=False)):
        for column, is_, value in zip(should[0], row, computed, strict=False):
            if is_ != value:
                return f"{column} in row {number} of the table {name} reads {is_}, computed {value}"
    return f"the table {name} has {len(rows)} rows, computed {len(should)}"


def _files(stored: dict[str, Any]) -> Iterator[str]:
    digests = file_digests(settings.site_dir)
    for name in sorted(stored["files"].keys() | digests.keys()):
        if name not in digests:
            yield f"{name} is missing"
        elif name not in stored["files"]:
            yield f"{name} is not part of the site that was built"
        elif digests[name] != stored["files"][name]:
            yield f"{name} was changed: its sha256 is not the recorded one"


def file_digests(folder: Path) -> dict[str, str]:
    """The sha256 of every file of a site but the record itself, by path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: files.file_sha256(path) for name, path in named.items() if name != RECORD}


def is_recorded(name: str) -> bool:
    """Whether the built site has this file, exactly as it was built."""
    try:
        stored = json.loads((settings.site_dir / RECORD).read_text("utf-8"))
        return bool(files.file_sha256(settings.site_dir / name) == stored["files"][name])
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _own_pages(content: Content) -> list[Path]:
    """The pages that the site itself writes; copied ones have no marks."""
    copied = copied_pages(content.published)
    paths = sorted(settings.site_dir.rglob("*.html"))
    return [path for path in paths if path.relative_to(settings.site_dir).parts[0] not in copied]


class Marks(HTMLParser):
    """The marked parts of a page.

    ``texts``: by attribute, name and text of each element. ``values``: fact and its value, as programs read it
    and as a bar draws it.
    ``tables``: name and cells. ``alts``: figure and text.
    """

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, list[tuple[str, str]]] = {"data-fact": [], "data-claim": []}
        self.values: list[tuple[str, str]] = []
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.alts: list[tuple[str, str]] = []
        self._open: list[list[Any]] = []  # attribute, name, tag, depth of that tag, text

    @classmethod
    def of(cls, path: Path) -> "Marks":
        marks = cls()
        marks.feed(path.read_text("utf-8"))
        return marks

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for mark in self._open:
            mark[3] += mark[2] == tag
        given = dict(attributes)
        for attribute in MARKS:
            if attribute in given:
                self._open.append([attribute, given[attribute], tag, 1, ""])
                if attribute == "data-table":
                    self.tables.append((str(given[attribute]), []))
        if "data-fact" in given:
            self.values.append((str(given["data-fact"]), given.get("value") or ""))
        if "data-whole" in given:
            self.values.append((str(given["data-whole"]), given.get("max") or ""))
        if "data-alt" in given:
            self.alts.append((str(given["data-alt"]), given.get("alt") or ""))
        if self._is_in_table():
            if tag == "tr":
                self.tables[-1][1].append([])
            elif tag in ("td", "th"):
                self.tables[-1][1][-1].append("")

    def handle_data(self, data: str) -> None:
        for mark in self._open:
            mark[4] += data
        if self._is_in_table() and self.tables[-1][1] and self.tables[-1][1][-1]:
            self.tables[-1][1][-1][-1] += data.strip()

    def handle_endtag(self, tag: str) -> None:
        for mark in self._open:
            mark[3] -= mark[2] == tag
        for attribute, name, _, depth, text in self._open:
            if depth == 0 and attribute in self.texts:
                self.texts[attribute].append((name, " ".join(text.split())))
        self._open = [mark for mark in self._open if mark[3]]

    def _is_in_table(self) -> bool:
        return any(mark[0] == "data-table" for mark in self._open)
