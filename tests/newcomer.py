"""Somebody who has just cloned the repository, with a data directory and a port of their own."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ontime.settings import PROJECT_DIR

#: Whether this process may become another user, mount file systems and cut the network.
IS_ROOT_OF_LINUX = os.geteuid() == 0 and sys.platform == "linux"
NAMELESS_ID = 12345
#: Runs a command as a user without a name. It may read Python where only root can; it may write only what it owns.
NAMELESS = [
    "setpriv",
    f"--reuid={NAMELESS_ID}",
    f"--regid={NAMELESS_ID}",
    "--clear-groups",
    *(f"--{kind}-caps=-all,+dac_read_search" for kind in ("inh", "ambient")),
]
#: Runs a command that can reach this machine only.
WITHOUT_NETWORK = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


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


@dataclass(frozen=True)
class Newcomer:
    """A person who runs commands in a clone. ``launcher`` is a command that runs another one."""

    environment: dict[str, str]
    clone: Path = PROJECT_DIR
    launcher: Sequence[str] = ()
    umask: int = -1

    def shell(self, commands: str) -> str:
        """Run commands in bash and return their output; the test fails unless they succeed."""
        done = subprocess.run(
            [*self.launcher, "bash", "-euc", commands],
            cwd=self.clone,
            env=self.environment,
            umask=self.umask,
            capture_output=True,
            text=True,
            timeout=1800,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
        return done.stdout


@contextmanager
def newcomer_on_a_strange_machine() -> Iterator[Newcomer]:
    """A clone in a folder with a blank and an umlaut, umask 077, and the locale C.

    Where the tests may, also a user without a name and a home, and no network. The installed packages are those of
    this clone.
    """
    with TemporaryDirectory() as folder:  # only its owner may enter pytest's folders
        clone = Path(folder) / "my clöne" / "on time"
        ignored = shutil.ignore_patterns(".venv", "data", ".git", "__pycache__", "node_modules", "target", "logs")
        shutil.copytree(PROJECT_DIR, clone, ignore=ignored)
        (clone / ".venv").symlink_to(PROJECT_DIR / ".venv")
        environment = shell_environment(clone / "data") | {"LC_ALL": "C", "PYTHONPATH": str(clone)}
        if not IS_ROOT_OF_LINUX:
            yield Newcomer(environment, clone, umask=0o077)
            return
        for path in (Path(folder), *Path(folder).rglob("*")):
            os.chown(path, NAMELESS_ID, NAMELESS_ID, follow_symlinks=False)
        for name in ("HOME", "USER"):
            environment.pop(name, None)
        yield Newcomer(environment, clone, [*WITHOUT_NETWORK, *NAMELESS], 0o077)
