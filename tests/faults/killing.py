"""Runs steps in forks of this process: stopped before their n-th change of a file, or several at once."""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

CREATIONS = frozenset(f"os.{name}" for name in ("rename", "link", "symlink", "mkdir", "truncate"))
REMOVALS = frozenset(f"os.{name}" for name in ("remove", "rmdir"))
STOPPED = 3


def kill(event: str) -> None:
    """The process ends at once, as by a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def full_disk(event: str) -> None:
    """The disk is full: from now on nothing can be created or written."""
    if event not in REMOVALS:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def is_stopped(step: Callable[[], object], before: int, by: Callable[[str], None] = kill) -> bool:
    """Run a step in a fork and stop it before its n-th change (from 0) of a file; False if it made fewer changes."""
    child = os.fork()
    if child == 0:
        left = before

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal left
            is_write = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            if event in CREATIONS | REMOVALS or is_write:
                left -= 1
                if left < 0:
                    by(event)

        sys.addaudithook(watch)
        os._exit(_run(step))
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) in (0, STOPPED), "the step failed"
    return status != 0


def at_once(*steps: Callable[[], object]) -> list[int]:
    """Run steps at the same time, each in a fork, and return their exit codes: 0 if it ended well."""
    gate, opened = os.pipe()
    children = []
    for step in steps:
        if (child := os.fork()) == 0:
            os.close(opened)
            os.read(gate, 1)  # returns for all of them when the parent closes its end
            os._exit(_run(step))
        children.append(child)
    os.close(gate)
    os.close(opened)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _run(step: Callable[[], object]) -> int:
    try:
        step()
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            return STOPPED
        traceback.print_exc()
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
