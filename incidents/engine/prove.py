"""Proves incidents: untouched fails, the solution passes, and each wrong repair fails with the check it names."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from incidents.engine.building import begin, build_faulty, build_healthy, close
from incidents.engine.grading import grade
from incidents.engine.incident import Incident
from incidents.engine.repository import GitFailed, apply_patch, copy_of_the_code
from incidents.engine.running import Runner
from incidents.engine.world import World
from labs.engine.grading import Grade
from labs.engine.prove import problems, unless_convicted
from ontime.settings import settings


class RepairFailed(RuntimeError):
    """A repair could not be carried out. The message says what failed."""


@dataclass(frozen=True)
class Answer:
    """What a learner does: changes of the code, commands, and a diagnosis.

    ``before`` is what was done before that: the solution, for a mistake that is made on top of it.
    """

    patch: str
    commands: str
    diagnosis: dict[str, Any]
    before: "Answer | None" = None

    @classmethod
    def of(cls, folder: Path, solution: "Answer | None" = None) -> "Answer":
        """The answer in a folder; what it lacks is taken from the solution."""
        diagnosis = (solution.diagnosis if solution else {}) | tomllib.loads(_read(folder / "diagnosis.toml", ""))
        on_top = folder / "on_top.patch"
        if on_top.exists():
            return cls(on_top.read_text("utf-8"), _read(folder / "commands.txt", ""), diagnosis, before=solution)
        patch = _read(folder / "repair.patch", solution.patch if solution else "")
        commands = _read(folder / "commands.txt", solution.commands if solution else "")
        return cls(patch, commands, diagnosis)

    @property
    def done(self) -> tuple[str, ...]:
        """What decides the world that comes out: everything but the diagnosis."""
        return (*(self.before.done if self.before else ()), self.patch, self.commands)

    def diagnosis_text(self, world: World) -> str:
        """The diagnosis as TOML; ``{3}`` in a text is the third commit of the incident."""
        commits = {str(number): name for number, name in enumerate(world.facts.commits, start=1)}
        lines = []
        for name, value in self.diagnosis.items():
            if isinstance(value, str) and value.strip("{}") in commits and value.startswith("{"):
                value = commits[value.strip("{}")]
            lines.append(f"{name} = {_toml(value)}\n")
        return "".join(lines)


#: By what was done: the world after it, or why there is none.
CarriedOut = dict[tuple[str, ...], "World | str"]


class Workshop:
    """Builds worlds in a folder. A healthy world is built once for all incidents with the same months and datasets.

    ``libraries`` are imported once for all runs; ``code`` is a repository, by default a copy of this checkout. Use it
    as a context manager.
    """

    def __init__(self, *libraries: str, code: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ontime-incidents-")
        self.folder = Path(self._folder.name)
        self.runner = Runner(*libraries)
        self._code = code or copy_of_the_code(_made(self.folder / "code"))
        self._healthy: dict[tuple[str, ...], Path] = {}

    def __enter__(self) -> "Workshop":
        return self

    def __exit__(self, *_: object) -> None:
        self.runner.__exit__()
        self._folder.cleanup()

    def faulty(self, incident: Incident) -> World:
        """The incident's world and code, as a learner gets them, but for what ``world.after`` adds to each copy."""
        place = _made(self.folder / incident.name)
        shutil.copytree(self._healthy_world(incident), place / "world", symlinks=True)
        code = shutil.copytree(self._code, place / "code", symlinks=True)
        return build_faulty(incident, code, place / "world", self.runner)

    def copy(self, world: World, name: str) -> World:
        """A copy of a world and of its code."""
        place = _made(self.folder / world.incident.name / name)
        shutil.copytree(world.folder, place / "world", symlinks=True)
        code = shutil.copytree(world.code, place / "code", symlinks=True)
        return World(world.incident, place / "world", code, self.runner)

    def remove(self, incident: Incident) -> None:
        """Delete all worlds of an incident."""
        shutil.rmtree(self.folder / incident.name, ignore_errors=True)

    def _healthy_world(self, incident: Incident) -> Path:
        key = (*incident.months, "of", *sorted(incident.datasets), *incident.steps)
        if key not in self._healthy:
            folder = _made(self.folder / f"healthy-{len(self._healthy)}")
            build_healthy(incident, self._code, folder, self.runner)
            self._healthy[key] = folder
        return self._healthy[key]


def prove(incident: Incident, workshop: Workshop) -> Iterator[tuple[str, str]]:
    """Grade all answers that an incident ships. Yields what was graded and what is wrong with it (empty: nothing)."""
    if incident.missing:
        yield "incident", f"skipped: no {incident.missing}"
        return
    faulty = workshop.faulty(incident)
    solution = Answer.of(incident.solution)
    carried_out: CarriedOut = {}
    try:
        untouched = _graded(workshop, faulty, Answer("", "", {}), carried_out)
        yield "untouched", "" if untouched.state == "failed" else "it passes without an answer"
        result = _graded(workshop, faulty, solution, carried_out)
        yield "solution", "; ".join([result.sentence, *problems(result)]).strip("; ")
        if len(incident.wrong_answers) < 2:
            yield "wrong", "fewer than two wrong repairs"
        for name, must_fail in incident.wrong_answers.items():
            answer = Answer.of(incident.folder / "wrong" / name, solution)
            result = _graded(workshop, faulty, answer, carried_out)
            yield f"wrong/{name}", unless_convicted(result, must_fail)
    finally:
        for world in carried_out.values():
            if isinstance(world, World):
                close(world)
        workshop.remove(incident)


def grade_again(incident: Incident, workshop: Workshop) -> Grade:
    """Grade a learner's stored repair in a new world. Commands that are not stored are those of the solution."""
    carried_out: CarriedOut = {}
    answer = Answer.of(incident.solved, Answer.of(incident.solution))
    try:
        return _graded(workshop, workshop.faulty(incident), answer, carried_out)
    finally:
        for world in carried_out.values():
            if isinstance(world, World):
                close(world)
        workshop.remove(incident)


def _graded(workshop: Workshop, faulty: World, answer: Answer, carried_out: CarriedOut) -> Grade:
    world = _carried_out(workshop, faulty, answer, carried_out)
    if isinstance(world, str):
        return Grade("failed", sentence=world)
    world.diagnosis_text = answer.diagnosis_text(world)
    world.__dict__.pop("diagnosis", None)
    return grade(world)


def _carried_out(workshop: Workshop, faulty: World, answer: Answer, carried_out: CarriedOut) -> World | str:
    """The world after an answer, or why there is none. Answers that differ only in their diagnosis share it."""
    if answer.done not in carried_out:
        start = _carried_out(workshop, faulty, answer.before, carried_out) if answer.before else faulty
        if isinstance(start, str):
            return start
        world = workshop.copy(start, f"answer-{len(carried_out)}")
        begin(world)
        try:
            carry_out(world, answer)
            carried_out[answer.done] = world
        except (RepairFailed, GitFailed) as problem:
            close(world)
            carried_out[answer.done] = str(problem)
    return carried_out[answer.done]


def carry_out(world: World, answer: Answer) -> None:
    """Commit an answer's patch and run its commands. Raises :class:`RepairFailed` and :class:`GitFailed`.

    A command of ``ontime`` may fail, as it may for a learner; the checks see what came out.
    """
    if answer.patch.strip():
        apply_patch(world.code, answer.patch)
    for line in answer.commands.splitlines():
        command = line.strip()
        if command.startswith("$"):
            _shell(world, command[1:].strip())
        elif command and not command.startswith("#"):
            world.ontime(*command.split())


def _shell(world: World, command: str) -> None:
    environment = settings.environment_with({**world.environment, "PYTHONPATH": str(world.code)})
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(["bash", "-c", command], cwd=world.code, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RepairFailed(f"`{command}` failed: {done.stdout}{done.stderr}".strip())


def _read(path: Path, otherwise: str) -> str:
    with suppress(FileNotFoundError):
        return path.read_text("utf-8")
    return otherwise


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _toml(value: Any) -> str:
    """A text, number or list as TOML."""
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
