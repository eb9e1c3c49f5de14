"""The shell of somebody who has just cloned the repository, except for its own data directory and port."""

import os
import socket
import subprocess
from pathlib import Path

from ontime.settings import PROJECT_DIR


def shell_environment(data_dir: Path) -> dict[str, str]:
    """This process's variables without those of Airflow, make and Ontime, and without a developer's ``.env``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ONTIME", "MAKE"))},
        "ONTIME_DATA_DIR": str(data_dir),
        "ONTIME_ENV_FILE": os.devnull,
        "ONTIME_PORT": str(port),
        "COLUMNS": "120",
    }


def shell(commands: str, environment: dict[str, str]) -> str:
    """Run commands in bash and return their output; the test fails unless they succeed."""
    done = subprocess.run(
        ["bash", "-euc", commands], cwd=PROJECT_DIR, env=environment, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
    return done.stdout
