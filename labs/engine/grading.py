"""Runs the checks of a lab on an answer, in a process of its own.

The process is a fork, so libraries and the year's tables that this one has loaded cost nothing there. It has a time
limit and a guard (:mod:`labs.engine.guard`), and its output is shown only if something breaks.
"""

import multiprocessing
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Literal

import pytest

from labs.engine.checks import Check, Plugin
from labs.engine.guard import Guard
from labs.engine.lab import Lab
from labs.engine.years import real_year

#: Of pytest; the project's own are for its tests. One plugin collects garbage at the end: in a fork, which has none of
#: the threads that libraries have started, that can crash.
WITHOUT = ("cacheprovider", "xdist", "unraisableexception")
OPTIONS = ("-o", "addopts=", "--tb=no", "--import-mode=importlib", *(f"-pno:{plugin}" for plugin in WITHOUT))

#: A busy machine may take this many times as long as the processor's time that a lab has.
PATIENCE = 5

State = Literal["solved", "failed", "not attempted", "skipped"]


@dataclass(frozen=True)
class Grade:
    """The outcome of one run: the state, each check, a sentence where there are no checks, what the answer printed."""

    state: State
    checks: Sequence[Check] = ()
    sentence: str = ""
    printed: str = ""

    @property
    def passed(self) -> int:
        return sum(not check.problem for check in self.checks)


def grade(lab: Lab, answer: Path, run_untouched: bool = False, until: str = "") -> Grade:
    """Run the checks of a lab on the answer in this folder.

    An answer that is still the starter is *not attempted*, and a lab for which the machine lacks something is
    *skipped*; neither is run. ``run_untouched`` runs the starter all the same. ``until`` names a check: when it has
    failed and another one has held, the run stops, and the grade has the checks that ran.
    """
    if lab.missing:
        return Grade("skipped", sentence=f"Skipped: this machine has no {lab.missing}.")
    if not (answer / lab.answer).is_file():
        return Grade("failed", sentence=f"{lab.answer} is missing: `ontime labs reset {lab.name}` brings it back.")
    if not (answer / lab.answer).read_text("utf-8").strip():
        sentence = f"{lab.answer} is empty: `ontime labs reset {lab.name}` brings the starter back."
        return Grade("not attempted", sentence=sentence)
    if lab.is_untouched(answer) and not run_untouched:
        return Grade("not attempted", sentence=f"{answer / lab.answer} is still as it was: edit it first.")
    real_year()
    for name in lab.imports:
        import_module(name)
    return run_in_child(lambda: _run(lab, answer, until), lab.seconds)


def run_in_child(run: Callable[[], tuple[list[Check], str]], seconds: int) -> Grade:
    """The grade of checks that ``run`` makes in a child, with its temporary files in a folder of its own.

    ``run`` returns the checks and what was printed. It may use the processor for this many seconds.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="ontime-lab-") as folder:
        process = context.Process(target=_in_child, args=(run, Path(folder), seconds, sender))
        process.start()
        sender.close()
        try:
            longest = PATIENCE * seconds
            if not receiver.poll(longest):
                return Grade("failed", sentence=f"Stopped after {longest} seconds: does it wait for something?")
            checks, printed = receiver.recv()
        except EOFError:
            process.join()
            if process.exitcode == -signal.SIGXCPU:
                return Grade("failed", sentence=f"Stopped after {seconds} seconds: is there an endless loop?")
            return Grade("failed", sentence=f"The checks did not come to an end (exit code {process.exitcode}).")
        finally:
            _end(process)
    return Grade("failed" if any(check.problem for check in checks) else "solved", checks, printed=printed)


def _in_child(run: Callable[[], tuple[list[Check], str]], folder: Path, seconds: int, sender: Connection) -> None:
    os.setsid()
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    sys.dont_write_bytecode = True
    tempfile.tempdir = str(folder)
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    checks, printed = run()
    if not checks:
        checks = [Check("check.py", "There are checks", (folder / "output.txt").read_text("utf-8"))]
    sender.send((checks, printed))
    sender.close()


def _run(lab: Lab, answer: Path, until: str) -> tuple[list[Check], str]:
    guard, plugin = Guard(), Plugin(lab, answer, int(lab.digest(answer), 16), until)
    guard.start()
    pytest.main([str(lab.folder / "check.py"), *OPTIONS], plugins=[plugin])
    checks = [check for name, check in plugin.checks.items() if not until or name in plugin.ran]
    if guard.offences:
        checks.append(Check("guard", "The answer leaves other files alone", " ".join(guard.offences)))
    return checks, plugin.printed


def _end(process: BaseProcess) -> None:
    """End the child and all that it has started."""
    if process.pid:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
