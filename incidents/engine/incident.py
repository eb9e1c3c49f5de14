"""One incident as its folder describes it."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from labs.engine.lab import PHASES, digest_of, named
from ontime.datasets import in_order
from ontime.settings import PROJECT_DIR, settings

INCIDENTS_DIR = PROJECT_DIR / "incidents"

Step = Literal["download", "check raw", "clean", "check clean", "prepare", "build", "check marts", "publish", "train"]

#: The commands of the chain; ``*`` stands for datasets and months.
COMMANDS: dict[Step, tuple[str, ...]] = {
    "download": ("download", "*"),
    "check raw": ("check", "raw", "*"),
    "clean": ("clean", "*"),
    "check clean": ("check", "clean", "*"),
    "prepare": ("warehouse", "prepare"),
    "build": ("warehouse", "build"),
    "check marts": ("check", "marts"),
    "publish": ("warehouse", "publish"),
    "train": ("model", "train"),
}
#: The steps that need a candidate, and all that come after it is prepared.
ON_CANDIDATE: tuple[Step, ...] = ("build", "check marts", "publish")
LAST_STEPS: tuple[Step, ...] = (*ON_CANDIDATE, "train")

#: Libraries that only the model needs.
OF_THE_MODEL = ("sklearn.ensemble", "lightgbm", "mlflow.tracking", "scipy.stats")


class UnknownIncident(ValueError):
    """There is no incident of this name. The message lists the names."""


class Incident(BaseModel):
    """The values of ``incident.toml``; ``extra="forbid"`` refuses a misspelled one."""

    model_config = ConfigDict(extra="forbid")

    name: str
    title: str
    phase: Literal["foundation", "intermediate", "advanced"]
    skill: str
    minutes: int = Field(gt=0, description="What the incident takes a reader.")
    order: int = Field(50, description="Place in its phase.")
    months: list[str] = Field(min_length=1, description="Months that were published before the incident.")
    new_months: list[str] = Field([], description="Months that arrive with it.")
    datasets: list[str] = Field(
        ["flights", "weather", "airports", "airlines", "aircraft"], description="Datasets of the chain."
    )
    hints: list[str] = Field(min_length=2)
    causes: dict[str, str] = Field(min_length=4, max_length=6, description="A sentence by the word that stands for it.")
    cause: str = Field(description="The right one of the causes.")
    bad: int = Field(ge=0, description="The number of the bad commit; 0: none is bad.")
    fields: dict[str, str] = Field({}, description="Further fields of the diagnosis: what each one asks.")
    readers_hurt: bool = Field(False, description="A wrong version is published: it must be rolled back first.")
    steps: list[Step] = Field([*COMMANDS][:-1], description="What the chain consists of.")
    stops_at: Step | None = Field(None, description="The step that fails when the incident begins.")
    then: list[str] = Field([], description="Commands after the faulty chain, such as `model train`.")
    parses_dags: bool = Field(True, description="Whether the grading reads the DAGs.")
    protected: list[str] = Field(
        ["expectations", "incidents", "labs"], description="Paths that must be as they were before the incident."
    )
    packages: list[str] = Field([], description="Modules beyond the locked environment.")
    seconds: int = Field(120, description="The checks may use the processor for this time.")

    @property
    def folder(self) -> Path:
        return INCIDENTS_DIR / self.name

    @property
    def key(self) -> str:
        """Its name among labs and incidents."""
        return f"incident {self.name}"

    @property
    def branch(self) -> str:
        return f"incident/{self.name}"

    @property
    def ticket(self) -> str:
        return (self.folder / "ticket.md").read_text("utf-8")

    @property
    def patches(self) -> list[Path]:
        return sorted((self.folder / "commits").glob("*.patch"))

    @property
    def solution(self) -> Path:
        return self.folder / "solution"

    @property
    def answer_dir(self) -> Path:
        return settings.answers_dir / "incidents" / self.name

    @property
    def solved(self) -> Path:
        """The folder of a repair that was graded as right, in the form of a solution."""
        return self.answer_dir / "solved"

    @property
    def world_dir(self) -> Path:
        """The folder of the learner's own world."""
        return settings.incidents_dir / self.name

    @property
    def missing(self) -> str:
        """What this machine lacks for the incident; empty if it lacks nothing."""
        return ", ".join(name for name in self.packages if find_spec(name) is None)

    @property
    def libraries(self) -> tuple[str, ...]:
        """Slow libraries that its chain needs besides those of every chain."""
        return OF_THE_MODEL if "train" in self.steps or any("model" in command for command in self.then) else ()

    @property
    def months_in_order(self) -> list[str]:
        return sorted({*self.months, *self.new_months})

    @cached_property
    def wrong_answers(self) -> dict[str, str]:
        """The check that must fail, by name of the wrong answer's folder."""
        answers = {}
        for path in sorted((self.folder / "wrong").glob("[!_.]*")):
            words = (path / "diagnosis.toml").read_text("utf-8").partition("\n")[0].split()
            if words[:2] != ["#", "fails"] or len(words) < 3:
                raise ValueError(f"{path}/diagnosis.toml: the first line must be “# fails test_…: why”.")
            answers[path.name] = words[2].rstrip(":")
        return answers

    def commands(self, steps: Sequence[Step], months: Sequence[str] = ()) -> list[list[str]]:
        """These steps for these months (without any: all of the incident), as arguments of ``ontime``."""
        months = months or self.months_in_order
        wanted = [*in_order(self.datasets), "--from", months[0], "--to", months[-1]]
        return [[word for part in COMMANDS[step] for word in (wanted if part == "*" else [part])] for step in steps]

    @property
    def first_steps(self) -> list[Step]:
        """The steps of the chain that come before it is known whether there is a candidate to build."""
        return [step for step in self.steps if step not in LAST_STEPS]

    def last_steps(self, has_candidate: bool) -> list[Step]:
        """The other steps. Without a candidate there is nothing to build, to check or to publish."""
        return [step for step in self.steps if step in LAST_STEPS and (has_candidate or step not in ON_CANDIDATE)]

    def world_module(self) -> ModuleType | None:
        """The incident's ``world.py``."""
        return module(self.folder / "world.py") if (self.folder / "world.py").is_file() else None

    def digest(self, answer: Mapping[str, str]) -> str:
        """Identifies an answer (texts by name) together with the checks."""
        return digest_of(self.folder / "check.py", {name: text.encode() for name, text in answer.items()})

    def diagnosis_form(self) -> str:
        """The file that a learner fills in."""
        asked: dict[str, tuple[str, str]] = {
            "first_bad_commit": ("The first bad commit; none if no commit is bad.", '""'),
            "dataset": ("The dataset concerned.", '""'),
            "months": ("Its months, as YYYY-MM.", "[]"),
            "rows_affected": ("How many of its rows are wrong, missing or too many.", '""'),
        }
        asked |= {name: (question, '""') for name, question in self.fields.items()}
        lines = [f"# {question}\n{name} = {value}\n" for name, (question, value) in asked.items()]
        causes = "".join(f"#   {word}: {sentence}\n" for word, sentence in self.causes.items())
        return "\n".join([*lines, f'# What is the cause? One of:\n{causes}cause = ""\n'])


def module(path: Path) -> ModuleType:
    """A Python file of an incident as a module."""
    loader = SourceFileLoader(f"incident_{path.parent.name}_{path.stem}", str(path))
    loaded = ModuleType(loader.name)
    loaded.__file__ = str(path)
    loader.exec_module(loaded)
    return loaded


def incidents() -> dict[str, Incident]:
    """All incidents by name, in the order in which one learns."""
    listed = [_read(path) for path in INCIDENTS_DIR.glob("*/incident.toml")]
    listed.sort(key=lambda one: (PHASES.index(one.phase), one.order, one.name))
    return {one.name: one for one in listed}


def _read(path: Path) -> Incident:
    values: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    return Incident(name=path.parent.name, **values)


def incident(name: str) -> Incident:
    """The incident of this name. Raises :class:`UnknownIncident`."""
    return named("incident", name, incidents(), UnknownIncident)
