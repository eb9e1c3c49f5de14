"""The shell of somebody who has just cloned the repository, except for its own data directory and port."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ontime.settings import PROJECT_DIR

#: Runs a command that can reach this machine only; empty where the user may not cut the network.
WITHOUT_NETWORK = (
    ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if os.geteuid() == 0 and sys.platform == "linux"
    else []
)


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


def shell(commands: str, environment: dict[str, str], launcher: Sequence[str] = ()) -> str:
    """Run commands in bash and return their output; the test fails unless they succeed.

    ``launcher`` is a command that runs another one, such as ``WITHOUT_NETWORK``.
    """
    done = subprocess.run(
        [*launcher, "bash", "-euc", commands],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
    return done.stdout
