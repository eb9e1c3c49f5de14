"""The parts of README.md between its markers: its head, and tables written from the facts and claims of the site.

A part begins with the line ``<!-- <name>: written by `ontime site readme` -->`` and ends with ``<!-- /<name> -->``.
"""

import re
from collections.abc import Iterable

from ontime.project import Project
from ontime.settings import PROJECT_DIR
from portfolio import scores
from portfolio.claims import NO_ANSWER
from portfolio.content import Content
from portfolio.tables import Table, has_words

README = PROJECT_DIR / "README.md"

#: Question → the claims that answer it.
ANSWERS = {
    "How often do flights arrive late?": ("lateness",),
    "When should you leave?": ("hours",),
    "Which airline is most punctual?": ("airlines",),
    "What do rain and snow do?": ("rain",),
    "Can a model predict a late arrival?": ("ranking", "calibration"),
}


class NoPart(ValueError):
    """The text has no place for a part."""


def written(text: str, content: Content) -> str:
    """The text of README.md with all parts written from this content. Raises :class:`NoPart`."""
    for name, lines in parts(content).items():
        text = _with_part(text, name, lines)
    return text


def with_head(text: str, project: Project) -> str:
    """The text of README.md with the title, the badges and the first line of this project. Raises :class:`NoPart`."""
    # Without a repository, the badge leads to the one that shows this file.
    code = project.code_url or "../.."
    badges = [f"[![CI]({code}/actions/workflows/ci.yml/badge.svg)]({code}/actions/workflows/ci.yml)"]
    if project.site_url:
        badges.append(f"[![Site]({code}/actions/workflows/pages.yml/badge.svg)]({project.site_url})")
    lead = project.datasets[project.lead_dataset]
    data = f"Data: [{lead.title}](ontime/datasets/{lead.name}.py), {lead.source}."
    made_by = f" Made {project.by}." if project.by else ""
    return _with_part(text, "head", [f"# {project.title}", "", *badges, "", data + made_by])


def _with_part(text: str, name: str, lines: Iterable[str]) -> str:
    between = re.compile(rf"(<!-- {name}: .*? -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not between.search(text):
        raise NoPart(f"README.md has no part “{name}”: see the markers in portfolio/readme.py.")
    part = "\n".join(["", *lines, "", ""])
    return between.sub(lambda match: match[1] + part + match[2], text)


def parts(content: Content) -> dict[str, list[str]]:
    """The lines of each part by name."""
    return {"answers": _answers(content), "rows": _markdown(content.tables["rows"]), "scores": _scores(content)}


def _answers(content: Content) -> list[str]:
    rows = [["question", "answer"]]
    for question, names in ANSWERS.items():
        claims = [content.claims[name].written(content.facts) for name in names if name in content.claims]
        rows.append([question, " ".join(claims) or NO_ANSWER])
    return _markdown(rows)


def _scores(content: Content) -> list[str]:
    """The scores, with the period of the test above them and the champion in bold."""
    header, *rows = content.tables["scores"]
    bold = [[f"**{cell}**" for cell in row] if row[0].endswith(scores.CHAMPION) else row for row in rows]
    if not rows:
        return ["No model has been trained yet."]
    facts = content.facts
    return [
        f"Tested on the {facts['model.flight_count'].text} flights that arrived from {facts['model.first_date'].text} "
        f"to {facts['model.last_date'].text}; {facts['model.late_share'].text} of them were late:",
        "",
        *_markdown([header, *bold]),
    ]


def _markdown(rows: Table) -> list[str]:
    """A Markdown table; its columns of numbers are aligned to the right."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    words = has_words([[cell.strip("*") for cell in row] for row in rows])
    return [lines[0], f"| {' | '.join('---' if is_text else '---:' for is_text in words)} |", *lines[1:]]
