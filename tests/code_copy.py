"""A copy of the code in which a test makes datasets, with a data folder of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ontime.settings import PROJECT_DIR

ROOMS = (
    *("ontime", "spark_jobs", "expectations", "dbt_project", "ml", "local_airflow"),
    *("cli", "dags", "deploy", "templates", "tests"),
)
#: Runs several commands in one process, because each import of the libraries takes seconds.
COMMANDS = """
import json, sys
from cli.app import app
for command in json.loads(sys.argv[1]):
    assert not app(command, standalone_mode=False), command
"""


class Copy:
    """A copy of the code under version control, with an empty data folder.

    ``packages``: a folder of further installed packages. ``environment``: further variables of its commands.
    """

    def __init__(self, folder: Path, packages: Path | None = None, environment: dict[str, str] | None = None) -> None:
        self.folder, self.data, self.environment = folder / "code", folder / "data", environment or {}
        self._path = os.pathsep.join(str(place) for place in (self.folder, packages) if place)
        for room in ROOMS:
            ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
            shutil.copytree(PROJECT_DIR / room, self.folder / room, ignore=ignored)
        for file in ("pyproject.toml", "project.toml", ".gitignore"):
            shutil.copy(PROJECT_DIR / file, self.folder)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=copy")

    def git(self, *arguments: str) -> list[str]:
        return self._run("git", *arguments).splitlines()

    def python(self, *arguments: str) -> str:
        return self._run(sys.executable, *arguments)

    def ontime(self, *commands: str) -> str:
        return self.python("-c", COMMANDS, json.dumps([command.split() for command in commands]))

    def refused(self, command: str) -> str:
        """What a command prints that must fail."""
        with pytest.raises(AssertionError) as failed:
            self.ontime(command)
        return str(failed.value)

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.data / "warehouse" / "ontime.duckdb"), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def new(self, sample: Path, **answers: str) -> None:
        """Make a dataset; its source is the folder of the sample, unless the answers name another one."""
        answers = {"source": str(sample.parent)} | answers
        data = [part for name, answer in answers.items() for part in ("--data", f"{name}={answer}")]
        self.python("-c", "from cli.app import main; main()", "dataset", "new", "--sample", str(sample), *data)
        changes = self.git("status", "--porcelain")
        assert changes, "nothing was written"
        assert {change[:2] for change in changes} == {"??"}, "a tracked file was changed"

    def publish(self, *datasets: str) -> str:
        """Run all steps; a part is datasets and their months, such as ``rain --from 2024-01``."""
        steps = ("download", "check raw", "clean", "check clean")
        ingest = [f"{step} {dataset}" for dataset in datasets for step in steps]
        return self.ontime(*ingest, "warehouse prepare", "warehouse build", "check marts", "warehouse publish")

    def _run(self, *command: str) -> str:
        environment = os.environ | {"PYTHONPATH": self._path, "ONTIME_DATA_DIR": str(self.data)} | self.environment
        environment["NO_PROXY"] = "127.0.0.1"
        done = subprocess.run(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
