"""One lab as its folder describes it."""

import hashlib
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ontime.settings import PROJECT_DIR, settings

LABS_DIR = PROJECT_DIR / "labs"

PHASES = ("foundation", "intermediate", "advanced", "portfolio")


class UnknownLab(ValueError):
    """There is no lab of this name. The message lists the names."""


class Lab(BaseModel):
    """The values of ``lab.toml``; ``extra="forbid"`` refuses a misspelled one."""

    model_config = ConfigDict(extra="forbid")

    name: str
    title: str
    phase: Literal["foundation", "intermediate", "advanced", "portfolio"]
    skill: str
    minutes: int = Field(gt=0, description="What the lab takes a reader.")
    answer: str = Field(description="The file that is edited.")
    hints: list[str] = Field(min_length=2)
    seconds: int = Field(60, description="The checks may use the processor for this time.")
    imports: list[str] = Field([], description="Slow modules that are imported before the checks' process is forked.")
    packages: list[str] = Field([], description="Modules beyond the locked environment.")
    programs: list[str] = Field([], description="Programs beyond the locked environment.")
    order: int = Field(50, description="Place in its phase.")

    @property
    def folder(self) -> Path:
        return LABS_DIR / self.name

    @property
    def key(self) -> str:
        """Its name among labs and incidents."""
        return self.name

    @property
    def starter(self) -> Path:
        return self.folder / "starter"

    @property
    def solution(self) -> Path:
        return self.folder / "solution"

    @property
    def answer_dir(self) -> Path:
        return settings.answers_dir / self.name

    @property
    def task(self) -> str:
        return (self.folder / "task.md").read_text("utf-8")

    @cached_property
    def wrong_answers(self) -> dict[str, str]:
        """The check that must fail, by name of the wrong answer's file or folder.

        The first line of the file says it: ``# fails test_midnight: …``, with ``--`` instead of ``#`` in SQL.
        """
        answers = {}
        for path in sorted((self.folder / "wrong").glob("[!_.]*")):
            file = path / self.answer if path.is_dir() else path
            words = file.read_text("utf-8").partition("\n")[0].split()
            if words[1:2] != ["fails"] or len(words) < 3:
                raise ValueError(f"{file}: the first line must be “# fails test_…: why”.")
            answers[path.name] = words[2].rstrip(":")
        return answers

    @property
    def missing(self) -> str:
        """What this machine lacks for the lab; empty if it lacks nothing."""
        lacking = [name for name in self.packages if find_spec(name) is None]
        lacking += [name for name in self.programs if shutil.which(name) is None]
        return ", ".join(lacking)

    def digest(self, answer: Path) -> str:
        """Identifies an answer together with the checks: a result is true as long as neither changes."""
        answers = {str(path.relative_to(answer)): path.read_bytes() for path in answer_files(answer)}
        return digest_of(self.folder / "check.py", answers)

    def is_untouched(self, answer: Path) -> bool:
        """Whether the answer is still the starter, or empty."""
        if not (answer / self.answer).read_text("utf-8").strip():
            return True
        return all(
            (answer / path.relative_to(self.starter)).read_bytes() == path.read_bytes()
            for path in answer_files(self.starter)
            if (answer / path.relative_to(self.starter)).is_file()
        )


def answer_files(answer: Path) -> Iterator[Path]:
    """The files of an answer, without compiled modules."""
    return (path for path in sorted(answer.rglob("*")) if path.is_file() and path.suffix != ".pyc")


def labs() -> dict[str, Lab]:
    """All labs by name, in the order in which one learns."""
    listed = [
        Lab(name=path.parent.name, **tomllib.loads(path.read_text("utf-8"))) for path in LABS_DIR.glob("*/lab.toml")
    ]
    listed.sort(key=lambda lab: (PHASES.index(lab.phase), lab.order, lab.name))
    return {lab.name: lab for lab in listed}


def lab(name: str) -> Lab:
    """The lab of this name. Raises :class:`UnknownLab`."""
    return named("lab", name, labs(), UnknownLab)


T = TypeVar("T")


def named(kind: str, name: str, every: Mapping[str, T], error: type[ValueError]) -> T:
    """The one of this name among all of a kind. Raises ``error`` with a sentence that helps to find the right name."""
    if name not in every:
        similar = get_close_matches(name, every, n=1)
        hint = f"Did you mean {similar[0]}?" if similar else f"Choose from {', '.join(every)}."
        raise error(f"There is no {kind} “{name}”. {hint}")
    return every[name]


def digest_of(checks: Path, answers: Mapping[str, bytes]) -> str:
    """Identifies the contents of an answer's files together with its checks."""
    digest = hashlib.sha256(checks.read_bytes())
    for name, content in answers.items():
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]
