"""What has been solved: one JSON file beside the answers.

A result counts only for the answer and the checks that it was made with, so an answer that has changed since is
*changed* until it is checked again.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from labs.engine.lab import Lab, labs
from ontime import files
from ontime.settings import settings

if TYPE_CHECKING:  # the dashboard reads progress, and it runs where there is no pytest
    from labs.engine.grading import Grade


@dataclass(frozen=True)
class Entry:
    """What is known of one lab. ``solved_at`` and ``minutes`` (since the start) stay empty until it is solved."""

    started_at: str
    digest: str = ""
    passed: int = 0
    checks: int = 0
    hints: int = 0
    solved_at: str = ""
    minutes: int = 0


def entries() -> dict[str, Entry]:
    """The entries by name of the lab."""
    path = settings.answers_dir / "progress.json"
    if not path.is_file():
        return {}
    return {name: Entry(**values) for name, values in json.loads(path.read_text("utf-8")).items()}


def record(lab: Lab, **changes: object) -> Entry:
    """Store changed values of a lab's entry."""
    now = entries()
    entry = Entry(**{**asdict(now.get(lab.name, Entry(files.now()))), **changes})
    content = {name: asdict(value) for name, value in (now | {lab.name: entry}).items()}
    files.write_json(settings.answers_dir / "progress.json", content)
    return entry


def record_grade(lab: Lab, grade: "Grade") -> None:
    """Store the outcome of a run, and how long it took from the start if it is the first that solves the lab."""
    entry = entries().get(lab.name, Entry(files.now()))
    values = {"digest": lab.digest(lab.answer_dir), "passed": grade.passed, "checks": len(grade.checks)}
    if grade.state == "solved" and not entry.solved_at:
        started = datetime.fromisoformat(entry.started_at)
        minutes = max(1, round((datetime.now(UTC) - started).total_seconds() / 60))
        values |= {"solved_at": files.now(), "minutes": minutes}
    record(lab, **values)


def state(lab: Lab) -> str:
    """``new``, ``not attempted``, ``changed``, ``failed``, ``solved`` or ``skipped`` (the machine lacks something)."""
    entry = entries().get(lab.name)
    if not (lab.answer_dir / lab.answer).is_file():
        return f"skipped: no {lab.missing}" if lab.missing else "new"
    if lab.is_untouched(lab.answer_dir):
        return "not attempted"
    if entry is None or entry.digest != lab.digest(lab.answer_dir):
        return "changed"
    return "solved" if entry.checks and entry.passed == entry.checks else "failed"


def evidence() -> str:
    """What has been solved, as a Markdown table, with what a reviewer needs to grade it again."""
    now = entries()
    solved = [one for one in labs().values() if state(one) == "solved"]
    rows = [
        f"| {one.phase} | {one.title} | {now[one.name].solved_at[:10]} | {now[one.name].minutes} "
        f"| {now[one.name].hints} | {now[one.name].checks} | `{now[one.name].digest}` |"
        for one in solved
    ]
    head = [
        "| phase | lab | solved on | minutes | hints | checks | digest |",
        "| --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    return "\n".join(
        [
            f"Solved: {len(solved)} of {len(labs())} labs. "
            "A lab counts as long as neither its answer nor its checks change; then its digest changes too.",
            "",
            *(head if rows else []),
            *rows,
            *([""] if rows else []),
            "To grade all answers again: `make install`, then `.venv/bin/ontime labs check`.",
        ]
    )
