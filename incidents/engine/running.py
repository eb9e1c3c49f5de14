"""Runs commands of a copy of the project in forks of one process that has imported the libraries."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ontime.settings import PROJECT_DIR, settings


@dataclass(frozen=True)
class Run:
    """How a run ended: its exit code (0: well; negative: a signal), the command that failed, and what was printed."""

    code: int
    failed: tuple[str, ...]
    printed: str
    cpu_seconds: float

    @property
    def sentence(self) -> str:
        """Which command failed and the last lines that it printed; empty if none failed."""
        if not self.code:
            return ""
        lines = [line for line in self.printed.splitlines() if line.strip()]
        after = max((place for place, line in enumerate(lines) if line.startswith("$ ontime")), default=-1)
        last = lines[after + 1 :][-12:]
        return " ".join([f"`ontime {' '.join(self.failed)}` failed:", *(line.strip() for line in last)])


class Runner:
    """The process whose forks the runs are; it is started for the first one. Use it as a context manager."""

    def __init__(self, *libraries: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ontime-runs-")
        self._libraries = libraries
        self.cpu_seconds = 0.0

    @cached_property
    def _process(self) -> subprocess.Popen[str]:
        environment = settings.environment_with({"PYTHONPATH": str(PROJECT_DIR), "PYTHONUTF8": "1"})
        return subprocess.Popen(
            [sys.executable, "-m", "incidents.engine.runner", *self._libraries],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def commands(
        self, code: Path, environment: Mapping[str, str], commands: Sequence[Sequence[str]], seconds: float = 900
    ) -> Run:
        """Run commands of ``ontime``, with the code in this folder, one after the other until one fails."""
        return self._run(code, environment, seconds, commands=[[*command] for command in commands])

    def program(self, code: Path, environment: Mapping[str, str], program: str, seconds: float = 300) -> Run:
        """Run a program in Python that imports the code in this folder."""
        return self._run(code, environment, seconds, program=program)

    def _run(self, code: Path, environment: Mapping[str, str], seconds: float, **what: Any) -> Run:
        output = Path(self._folder.name) / "output.txt"
        output.write_text("")
        values = {"PYTHONPATH": str(code), "ONTIME_ENV_FILE": "/dev/null", **environment}
        run = {"code": str(code), "environment": values, "output": str(output), "seconds": seconds, **what}
        assert self._process.stdin and self._process.stdout  # noqa: S101 - both are pipes
        self._process.stdin.write(json.dumps(run) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        self.cpu_seconds += answer["cpu_seconds"]
        failed = tuple(what["commands"][answer["failed"]]) if answer["code"] and what.get("commands") else ()
        printed = output.read_text("utf-8", errors="replace")
        if answer["code"] is None:
            printed += f"\nStopped after {seconds} seconds."
        return Run(-9 if answer["code"] is None else answer["code"], failed, printed, answer["cpu_seconds"])

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, *_: object) -> None:
        if "_process" in self.__dict__:
            assert self._process.stdin  # noqa: S101
            self._process.stdin.close()
            self._process.wait()
        self._folder.cleanup()
