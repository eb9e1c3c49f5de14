"""Checks of the incident *It hangs*: the two processes, the lock, and the program that runs after a publication."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from filelock import FileLock, Timeout

from incidents.engine.incident import module

#: A publication takes two seconds; a busy machine may take this many.
LONGEST_SECONDS = 60
#: A hook that notes its argument, and whether another process could take the lock of the warehouse now.
PROBE = """#!{python}
import fcntl, sys
with open("{data}/.locks/warehouse") as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        state = "held"
    else:
        state = "free"
open("{data}/noted", "w").write(sys.argv[1] + " " + state)
"""


def truth(world):
    return {"dataset": "none", "months": ["none"], "rows_affected": 0}


@pytest.fixture(scope="session")
def processes(world):
    return module(world.incident.folder / "world.py")


@pytest.fixture
def data(world, processes, tmp_path):
    """A small data directory in which a publication can be tried."""
    processes.copy_of_warehouse(world.data, tmp_path)
    return tmp_path


@pytest.fixture
def publish(world, processes, data):
    """Publishes once more; returns whether that has come to an end."""

    def run(**settings):
        command, environment = processes.publish(world, data, **settings)
        silent = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        process = subprocess.Popen(command, cwd=world.code, env=environment, start_new_session=True, **silent)
        try:
            process.wait(LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return True

    return run


def test_ended(world, processes):
    """The publication that hung has ended"""
    assert processes.has_ended(world, "holder"), (
        "it still runs, and waits for its child: `ontime warehouse prepare` names its number"
    )


def test_lock_is_free(world, processes):
    """Nobody holds the lock of the warehouse any more"""
    lock = FileLock(processes.lock(world))
    with suppress(Timeout):
        lock.acquire(timeout=0)
    is_free = lock.is_locked
    lock.release()
    assert is_free, "another process holds data/.locks/warehouse: `ontime warehouse prepare` still waits"


def test_colleague(world, processes):
    """The colleague's publication still runs"""
    assert processes.running(world, "colleague"), (
        "it works on another data directory, had nothing to do with the fault, and has been ended"
    )


def test_hook_runs(data, processes, publish):
    """The program still runs after a publication, with the version's name"""
    processes.write_hook(data, PROBE.format(python=sys.executable, data=data))
    publish()
    noted = (data / "noted").read_text().split() if (data / "noted").exists() else []
    current = (data / "warehouse" / "ontime.duckdb").resolve().stem
    assert noted[:1] == [current], f"it was to run with {current}; it noted: {' '.join(noted) or 'nothing'}"


def test_others_can_work_meanwhile(data, processes, publish):
    """While the program runs, other steps can take the lock of the warehouse"""
    processes.write_hook(data, PROBE.format(python=sys.executable, data=data))
    publish()
    noted = (data / "noted").read_text() if (data / "noted").exists() else ""
    assert "held" not in noted, "the lock is held as long as a program runs of which nobody knows how long it takes"


def test_limit(data, processes, publish):
    """A program that never ends is ended after ONTIME_HOOK_SECONDS, and the publication with it"""
    processes.write_hook(data, "#!/bin/sh\nexec sleep 600\n")
    assert publish(ONTIME_HOOK_SECONDS="1"), (
        f"the publication still waited for it after {LONGEST_SECONDS} s, with a limit of 1 s"
    )


def test_lock(world):
    """The diagnosis names the lock that everything waited for"""
    assert world.diagnosis["lock"] == "warehouse", "see the files of data/.locks, and which of them is locked"


def test_program(world):
    """The diagnosis names the program that the process waited for"""
    [hook] = (world.data / "hooks").glob("after*")
    assert world.diagnosis["waits_for"] == hook.name, "look at the children of the process: `ps --forest`"
