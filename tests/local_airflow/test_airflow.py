"""What is refused and repaired when a local Airflow starts; `tests/end_to_end` runs a real one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from local_airflow import airflow
from local_airflow.airflow import running_airflow
from local_airflow.client import AirflowNotReady
from ontime import locks
from ontime.settings import settings


def test_a_port_that_the_system_would_choose_is_refused_at_once(data_dir, monkeypatch):
    monkeypatch.setattr(settings, "port", 0)
    with pytest.raises(AirflowNotReady, match="ONTIME_PORT=0: choose a port"), running_airflow("the test"):
        pytest.fail("Airflow was started")
    assert not settings.airflow_home.exists()


def test_a_start_repairs_what_a_killed_backfill_has_left(data_dir, monkeypatch):
    calls = []

    class FakeAirflow:
        def __init__(self, process):
            calls.append(process)

        def wait_until_ready(self, before_each_try):
            calls.append("ready")

        def set_paused(self, dag_id, is_paused):
            calls.append((dag_id, is_paused))

    monkeypatch.setattr(airflow, "LocalAirflow", FakeAirflow)
    monkeypatch.setattr(airflow, "_check_machine", lambda: None)
    monkeypatch.setattr(airflow, "_start", lambda resumes: "started")
    monkeypatch.setattr(airflow, "_stop", lambda process: calls.append("stopped"))
    with running_airflow("the test"):
        assert calls == ["started", "ready", ("warehouse", False)]
    assert calls[-1] == "stopped"


#: Holds the lock of Airflow's processes and starts one of them, whose process id it prints.
LAUNCHER = """
import subprocess, sys, time
from pathlib import Path
from ontime import locks
from ontime.settings import settings
settings.data_dir = Path(sys.argv[1])
with locks.hold(locks.AIRFLOW_PROCESSES, "Airflow"):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", *sys.argv[2:]])
    print(child.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def killed_launcher(data_dir) -> Iterator:
    """Starts a launcher whose one process has further words in its command line; kills it; returns that process."""
    started = []

    def start(*words: str) -> psutil.Process:
        command = [sys.executable, "-c", LAUNCHER, str(data_dir), *words]
        launcher = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        started.append(psutil.Process(int(launcher.stdout.readline())))
        launcher.kill()
        launcher.wait()
        launcher.stdout.close()
        return started[-1]

    yield start
    for process in started:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def test_a_start_stops_the_processes_of_a_killed_launcher(killed_launcher, capsys):
    left = killed_launcher("airflow", "api_server")
    assert left.is_running()
    airflow._wait_for_the_last_one()
    assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE
    assert "Stopping what is left of an Airflow that was killed." in capsys.readouterr().out


def test_a_session_without_a_process_of_airflow_is_left_alone(killed_launcher):
    left = killed_launcher("somebody", "else")
    airflow._wait_for_the_last_one()
    assert left.is_running()


def test_the_owner_of_another_machine_is_left_alone(killed_launcher, monkeypatch):
    left = killed_launcher("airflow", "api_server")
    owner = locks.owner(locks.AIRFLOW_PROCESSES) | {"host": "another"}
    monkeypatch.setattr(locks, "owner", lambda name: owner)
    airflow._wait_for_the_last_one()
    assert left.is_running()
