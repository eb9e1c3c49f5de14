"""The machine: a whole demo.

The conditions of the other rows at once: a folder with a blank and an umlaut, a user without a name, umask 077, the
locale C, and no network.
"""

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from ontime.settings import PROJECT_DIR
from tests.faults.fault import Fault, Verdict
from tests.faults.test_machine import NAMELESS_ID, check, free_port, machine, nameless_user, needs_root
from tests.newcomer import WITHOUT_NETWORK

__all__ = ["machine"]

FAULTS = [
    Fault(
        "a clone named `my clöne/on time`, a user id without a name, umask 077, LC_ALL=C, no network",
        "ontime demo of one month",
        Verdict.HARMLESS,
        "Look around",
    )
]


def _clone(folder: Path) -> Path:
    clone = folder / "my clöne" / "on time"
    ignored = shutil.ignore_patterns(".venv", "data", ".git", "__pycache__", "node_modules")
    shutil.copytree(PROJECT_DIR, clone, ignore=ignored)
    for path in (clone.parent, *clone.parent.rglob("*")):
        os.chown(path, NAMELESS_ID, NAMELESS_ID, follow_symlinks=False)
    return clone


@needs_root
@pytest.mark.more
@pytest.mark.timeout(2400)
def test_a_demo_of_one_month_publishes_it(machine):
    with nameless_user(machine):
        machine.code = _clone(machine.data_dir.parent)
        machine.data_dir = machine.code / "data"
        machine.launcher = [*WITHOUT_NETWORK, *machine.launcher]
        machine.variables |= {"LC_ALL": "C", "PYTHONPATH": str(machine.code), "ONTIME_PORT": free_port()}
        check(FAULTS[0], machine.ontime("demo", "--from", "2013-01", "--to", "2013-01", timeout=2300))
        with duckdb.connect(str(machine.data_dir / "warehouse" / "ontime.duckdb"), read_only=True) as connection:
            flights = "SELECT count(*), count_if(is_cancelled), sum(distance_miles)::int FROM marts.fct_flights"
            assert connection.execute(flights).fetchall() == [(27_004, 521, 27_188_805)]
