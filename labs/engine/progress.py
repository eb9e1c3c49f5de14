"""What has been solved: one JSON file beside the answers.

A result counts only for the answer and the checks that it was made with, so an answer that has changed since is
*changed* until it is checked again.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from labs.engine.lab import Lab, labs
from ontime import files
from ontime.settings import settings

#: What the evidence says of a solved lab.
COLUMNS = ("lab", "phase", "solved on", "minutes", "hints", "checks", "digest")

if TYPE_CHECKING:  # the dashboard reads progress, and it runs where there is no pytest
    from labs.engine.grading import Grade


class DamagedProgress(ValueError):
    """``progress.json`` cannot be read: edited by hand, or merged with conflicts. The message names the file."""


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
    """The entries by name of the lab. Raises :class:`DamagedProgress`."""
    path = settings.answers_dir / "progress.json"
    if not path.is_file():
        return {}
    try:
        return {name: Entry(**values) for name, values in json.loads(path.read_text("utf-8")).items()}
    except (ValueError, TypeError, AttributeError) as problem:
        raise DamagedProgress(
            f"{path} cannot be read ({problem}). Correct it, or delete it and run `ontime labs check`."
        ) from problem


class Exercise(Protocol):
    """A lab or an incident."""

    @property
    def key(self) -> str:
        """Its name among all exercises."""


def record(exercise: Exercise, **changes: object) -> Entry:
    """Store changed values of an exercise's entry."""
    now = entries()
    entry = Entry(**{**asdict(now.get(exercise.key, Entry(files.now()))), **changes})
    content = {name: asdict(value) for name, value in (now | {exercise.key: entry}).items()}
    settings.answers_dir.mkdir(parents=True, exist_ok=True)
    files.write_json(settings.answers_dir / "progress.json", content)
    return entry


def record_grade(exercise: Exercise, grade: "Grade", digest: str) -> None:
    """Store the outcome of a run, with the digest of the answer and its checks.

    If the run is the first that solves the exercise, also how long that took from the start.
    """
    entry = entries().get(exercise.key, Entry(files.now()))
    values = {"digest": digest, "passed": grade.passed, "checks": len(grade.checks)}
    if grade.state == "solved" and not entry.solved_at:
        started = datetime.fromisoformat(entry.started_at)
        minutes = max(1, round((datetime.now(UTC) - started).total_seconds() / 60))
        values |= {"solved_at": files.now(), "minutes": minutes}
    record(exercise, **values)


def state(lab: Lab) -> str:
    """``new``, ``not attempted``, ``changed``, ``failed``, ``solved`` or ``skipped`` (the machine lacks something)."""
    entry = entries().get(lab.key)
    if not (lab.answer_dir / lab.answer).is_file():
        return f"skipped: no {lab.missing}" if lab.missing else "new"
    if lab.is_untouched(lab.answer_dir):
        return "not attempted"
    if entry is None or entry.digest != lab.digest(lab.answer_dir):
        return "changed"
    return "solved" if entry.checks and entry.passed == entry.checks else "failed"


def solved() -> list[tuple[Lab, Entry]]:
    """The labs that are solved, in the order in which one learns, each with its entry."""
    now = entries()
    return [(one, now[one.key]) for one in labs().values() if state(one) == "solved"]


def table() -> list[list[str]]:
    """What has been solved as text: :data:`COLUMNS`, then one row for each lab."""
    return [[*COLUMNS], *(cells(one.title, one.phase, entry) for one, entry in solved())]


def cells(title: str, phase: str, entry: Entry) -> list[str]:
    """The row of a solved lab."""
    numbers = (str(number) for number in (entry.minutes, entry.hints, entry.checks))
    return [title, phase, entry.solved_at[:10], *numbers, entry.digest]


def markdown(table: list[list[str]]) -> list[str]:
    """The lines of a Markdown table and an empty one; none if it has no row but the header."""
    header, *rows = table
    lines = [header, ["---", "---", "---", "---:", "---:", "---:", "---"]]
    lines += [[*others, f"`{digest}`"] for *others, digest in rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""] if rows else []


def evidence() -> str:
    """What has been solved, as a Markdown table, with what a reviewer needs to grade it again."""
    return "\n".join(
        [
            f"Solved: {len(solved())} of {len(labs())} labs. "
            "A lab counts as long as neither its answer nor its checks change; then its digest changes too.",
            "",
            *markdown(table()),
            "To grade all answers again: `make install`, then `.venv/bin/ontime labs check`.",
        ]
    )
