"""Proves incidents: untouched fails, the solution passes, and each wrong repair fails with the check it names."""

import shutil
import subprocess
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
from incidents.engine.running import OF_THE_MODEL, Runner
from incidents.engine.world import World
from labs.engine.grading import Grade
from ontime.settings import settings


class RepairFailed(RuntimeError):
    """A repair could not be carried out. The message says what failed."""


@dataclass(frozen=True)
class Answer:
    """What a learner does: changes of the code, commands, and a diagnosis."""

    patch: str
    commands: str
    diagnosis: dict[str, Any]

    @classmethod
    def of(cls, folder: Path, solution: "Answer | None" = None) -> "Answer":
        """The answer in a folder; what it lacks is taken from the solution."""
        patch = _read(folder / "repair.patch", solution.patch if solution else "")
        commands = _read(folder / "commands.txt", solution.commands if solution else "")
        given = tomllib.loads(_read(folder / "diagnosis.toml", ""))
        return cls(patch, commands, (solution.diagnosis if solution else {}) | given)

    def diagnosis_text(self, world: World) -> str:
        """The diagnosis as TOML; ``{3}`` in a text is the third commit of the incident."""
        commits = {str(number): name for number, name in enumerate(world.facts.commits, start=1)}
        lines = []
        for name, value in self.diagnosis.items():
            if isinstance(value, str) and value.strip("{}") in commits and value.startswith("{"):
                value = commits[value.strip("{}")]
            lines.append(f"{name} = {_toml(value)}\n")
        return "".join(lines)


class Workshop:
    """Builds worlds in a folder. A healthy world is built once for all incidents with the same months and datasets.

    Use it as a context manager.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ontime-incidents-")
        self.folder = Path(self._folder.name)
        self.runner = Runner(*OF_THE_MODEL)
        self._code = copy_of_the_code(_made(self.folder / "code"))
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
    carried_out: dict[tuple[str, str], World | str] = {}
    try:
        untouched = _graded(workshop, faulty, Answer("", "", {}), carried_out)
        yield "untouched", "" if untouched.state == "failed" else "it passes without an answer"
        result = _graded(workshop, faulty, solution, carried_out)
        yield "solution", "; ".join([result.sentence, *_problems(result)]).strip("; ")
        if len(incident.wrong_answers) < 2:
            yield "wrong", "fewer than two wrong repairs"
        for name, must_fail in incident.wrong_answers.items():
            answer = Answer.of(incident.folder / "wrong" / name, solution)
            result = _graded(workshop, faulty, answer, carried_out)
            if must_fail not in [check.name for check in result.checks if check.problem]:
                reasons = "; ".join(_problems(result)) or result.sentence or "nothing failed"
                yield f"wrong/{name}", f"{must_fail} does not fail ({reasons})"
            elif not result.passed:
                yield f"wrong/{name}", f"no check holds, as if it could not run at all ({_problems(result)[0]})"
            else:
                yield f"wrong/{name}", ""
    finally:
        for world in carried_out.values():
            if isinstance(world, World):
                close(world)
        workshop.remove(incident)


def _graded(
    workshop: Workshop, faulty: World, answer: Answer, carried_out: dict[tuple[str, str], World | str]
) -> Grade:
    """The grade of an answer. Answers that differ only in their diagnosis share a world, or why there is none."""
    key = (answer.patch, answer.commands)
    if key not in carried_out:
        world = workshop.copy(faulty, f"answer-{len(carried_out)}")
        begin(world)
        try:
            carry_out(world, answer)
            carried_out[key] = world
        except (RepairFailed, GitFailed) as problem:
            close(world)
            carried_out[key] = str(problem)
    if isinstance(result := carried_out[key], str):
        return Grade("failed", sentence=result)
    result.diagnosis_text = answer.diagnosis_text(result)
    result.__dict__.pop("diagnosis", None)
    return grade(result)


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
    done = subprocess.run(["bash", "-c", command], cwd=world.code, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RepairFailed(f"`{command}` failed: {done.stdout}{done.stderr}".strip())


def _problems(result: Grade) -> list[str]:
    return [f"{check.name}: {check.problem}" for check in result.checks if check.problem]


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
