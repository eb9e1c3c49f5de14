"""Locks of the data directory, held by real processes."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from ontime import locks
from ontime.settings import settings

HOLD = """
import sys
from ontime import locks
with locks.hold("warehouse", "ontime warehouse build"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process():
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, **settings.as_environment()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_busy_lock_names_its_owner(data_dir, capsys):
    with other_process() as process:
        busy = rf"ontime warehouse build \(process {process.pid} on .*is still running"
        publishing = locks.hold("warehouse", "ontime warehouse publish", wait_seconds=0.1)
        with pytest.raises(locks.Busy, match=busy), publishing:
            pytest.fail("two processes hold one lock")
        assert f"Waiting for ontime warehouse build (process {process.pid}" in capsys.readouterr().out


def test_a_waiting_step_goes_on_when_the_other_one_ends(data_dir):
    with other_process() as process:
        process.stdin.close()
        with locks.hold("warehouse", "ontime warehouse publish", wait_seconds=30):
            assert json.loads((settings.locks_dir / "warehouse.json").read_text())["pid"] == os.getpid()


def test_the_lock_of_a_killed_owner_is_taken_over(data_dir, capsys):
    with other_process() as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with locks.hold("warehouse", "ontime warehouse publish", wait_seconds=0):
            pass
    assert "ended without releasing its lock, which this process takes over" in capsys.readouterr().out


def test_a_holder_may_hold_again_and_releases_at_the_outer_end(data_dir):
    with locks.hold("warehouse", "outer"):
        with locks.hold("warehouse", "inner"):
            pass
        assert json.loads((settings.locks_dir / "warehouse.json").read_text())["step"] == "outer"
    assert [path.name for path in settings.locks_dir.iterdir()] == ["warehouse"]


def test_other_locks_are_free(data_dir):
    with other_process(), locks.hold("models", "ontime model train", wait_seconds=0):
        pass
