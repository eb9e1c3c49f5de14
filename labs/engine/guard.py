"""Keeps an answer to its task: it may not read solutions and may not change files of the project."""

import os
import sys
from pathlib import Path
from typing import Any

from labs.engine.lab import LABS_DIR
from ontime.settings import PROJECT_DIR

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: Python's audit events that change paths, and how many of their arguments are paths. A file descriptor of the folder
#: can follow, as within `shutil.rmtree`, which has an event of its own.
CHANGES = {
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.truncate": 1,
    "os.link": 2,
    "os.symlink": 2,
    "os.chmod": 1,
    "shutil.rmtree": 1,
}
WITHOUT_FOLDER = {"os.truncate", "shutil.rmtree"}


class Forbidden(PermissionError):
    """An answer touched what it must leave alone. The message says what."""


class Guard:
    """Watches this process from :meth:`start` on. It cannot be stopped, so it belongs into a process of its own.

    It stops mistakes and temptation, not an attacker: programs that the answer starts are not watched.
    """

    def __init__(self) -> None:
        #: One sentence for each forbidden access, also if the answer catches the error.
        self.offences: list[str] = []

    def start(self) -> None:
        sys.addaudithook(self._watch)

    def _watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
            path = _absolute(arguments[0])
            if _is_kept_back(path):
                self._refuse(f"The answer reads {path.relative_to(PROJECT_DIR)}: solve it without the solutions.")
            if arguments[2] & WRITING:
                self._refuse_change(path)
        elif event in CHANGES:
            paths, others = arguments[: CHANGES[event]], arguments[CHANGES[event] :]
            if event in WITHOUT_FOLDER or others[-1:] == (-1,):
                for path in paths:
                    self._refuse_change(_absolute(path))

    def _refuse_change(self, path: Path) -> None:
        if path.is_relative_to(PROJECT_DIR):
            self._refuse(
                f"The answer changes {path.relative_to(PROJECT_DIR)}: it must leave the project's files alone."
            )

    def _refuse(self, sentence: str) -> None:
        if sentence not in self.offences:
            self.offences.append(sentence)
        raise Forbidden(sentence)


def _absolute(path: Any) -> Path:
    return Path(os.path.realpath(os.fsdecode(path)))


def _is_kept_back(path: Path) -> bool:
    if not path.is_relative_to(LABS_DIR):
        return False
    return bool({"solution", "wrong"} & set(path.relative_to(LABS_DIR).parts[1:-1]))
