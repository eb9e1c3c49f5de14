"""The compose stack, started from nothing as the README says, with a project name and ports of its own."""

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

PORTS = ("AIRFLOW_PORT", "SPARK_MASTER_UI_PORT", "DASHBOARD_PORT")


@dataclass
class Stack:
    """A compose project: its environment, and what `make up-docker` printed."""

    environment: dict[str, str]
    told: str = ""

    def up(self, **variables: str) -> None:
        self.environment |= variables
        self.told = self.run("make", "up-docker", timeout=1800)

    def compose(self, *arguments: str, timeout: int = 300) -> str:
        return self.run("docker", "compose", *arguments, timeout=timeout)

    def run(self, *command: str, timeout: int = 300) -> str:
        done = subprocess.run(
            command, cwd=PROJECT_DIR, env=self.environment, capture_output=True, text=True, timeout=timeout
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
        return done.stdout

    def start(self, *command: str) -> subprocess.Popen[str]:
        """A command in a container of the stack that goes on while the test does something else."""
        return subprocess.Popen(
            ["docker", "compose", "exec", "--no-TTY", *command],
            cwd=PROJECT_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """What Docker says of the containers, also of those that have ended."""
        ids = self.compose("ps", "--all", "--quiet", *services).split()
        return json.loads(self.run("docker", "inspect", *ids))

    def copy(self, path: str, to: Path) -> Path:
        """A file or folder of the data volume, on this side."""
        self.compose("cp", "--follow-link", f"api-server:{path}", str(to))
        return to

    @property
    def password(self) -> str:
        return re.search(r"user admin +password (\S{16})", self.told)[1]

    def address(self, name: str) -> str:
        return re.search(rf"^{name} +(http://localhost:\d+)", self.told, re.MULTILINE)[1]

    def client(self) -> Client:
        client = Client(self.address("Airflow"), self.password)
        client.log_in()
        return client


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    settable = {line.split("=")[0] for line in (PROJECT_DIR / ".env.example").read_text().splitlines() if "=" in line}
    ours = {
        name for name in os.environ if name in settable or name.startswith(("AIRFLOW", "COMPOSE", "ONTIME", "MAKE"))
    }
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ours - {"PIP_INDEX_URL"}},
        **{name: str(_free_port()) for name in PORTS},
        # Nobody's own settings, image or stack.
        "COMPOSE_DISABLE_ENV_FILE": "1",
        "COMPOSE_PROJECT_NAME": f"ontime-test-{os.getpid()}",
        "ONTIME_VERSION": "test",
        "SPARK_WORKERS": "2",
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
