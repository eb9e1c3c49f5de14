"""The compose stack, started from nothing as the README says, with its own project name and ports."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_airflow.client import Client
from ontime.settings import PROJECT_DIR

PORTS = ("ONTIME_PORT", "ONTIME_SPARK_MASTER_UI_PORT", "ONTIME_DASHBOARD_PORT")


@dataclass
class Stack:
    """A compose project: its environment variables, and the output of the last `make up-docker`."""

    environment: dict[str, str]
    printed: str = ""

    def up(self, **variables: str) -> None:
        self.environment |= variables
        self.printed = self.run("make", "up-docker", timeout=1800)

    def compose(self, *arguments: str, timeout: int = 300) -> str:
        return self.run("docker", "compose", *arguments, timeout=timeout)

    def run(self, *command: str, timeout: int = 300) -> str:
        """The output of a command; the test fails unless it succeeds."""
        done = subprocess.run(
            command, cwd=PROJECT_DIR, env=self.environment, capture_output=True, text=True, timeout=timeout
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
        return done.stdout

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command in a container of the stack; it runs while the test continues."""
        return subprocess.Popen(
            ["docker", "compose", "exec", "--no-TTY", *command],
            cwd=PROJECT_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """Docker's description of the containers, including those that have ended."""
        ids = self.compose("ps", "--all", "--quiet", *services).split()
        return json.loads(self.run("docker", "inspect", *ids))

    def copy(self, path: str, to: Path) -> Path:
        """Copy a file or folder of the data volume out of the stack."""
        self.compose("cp", "--follow-link", f"api-server:{path}", str(to))
        return to

    @property
    def password(self) -> str:
        return re.search(r"user admin +password (\S{16})", self.printed)[1]

    def address(self, name: str) -> str:
        return re.search(rf"^{name} +(http://localhost:\d+)", self.printed, re.MULTILINE)[1]

    def client(self) -> Client:
        client = Client(self.address("Airflow"), self.password)
        client.log_in()
        return client


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    # No developer's own settings, image or stack.
    foreign = ("AIRFLOW", "COMPOSE", "ONTIME", "MAKE")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
        **{name: str(_free_port()) for name in PORTS},
        "COMPOSE_DISABLE_ENV_FILE": "1",
        "COMPOSE_PROJECT_NAME": f"ontime-test-{os.getpid()}",
        "ONTIME_VERSION": "test",
        "ONTIME_SPARK_WORKERS": "2",
    }
    stack = Stack(environment)
    try:
        stack.up()
        yield stack
    finally:
        stack.compose("--profile", "celery", "down", "--volumes", "--remove-orphans", "--timeout", "20")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
