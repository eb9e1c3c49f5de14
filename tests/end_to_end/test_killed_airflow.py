"""`ontime demo` is killed with processes of its Airflow in each part of the chain. The same command runs again and ends
with the publisher's figures.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pandas as pd
import psutil
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from local_airflow.client import Client
from ml.registry import store, tracking
from ontime import lake, locks, warehouse
from ontime.settings import settings
from tests.end_to_end.figures import figures_of, figures_of_the_warehouse, one_row
from tests.faults.chain import FIRST_MONTHS, publish_files
from tests.faults.test_machine import A_KILLED_AIRFLOW, A_KILLED_LAUNCHER
from tests.newcomer import shell_environment

pytestmark = [pytest.mark.more, pytest.mark.timeout(1200)]

#: While a task of this DAG with this beginning of its name runs, the demo is killed.
KILLS = [(A_KILLED_LAUNCHER, "flights", "clean"), (A_KILLED_AIRFLOW, "warehouse", "build.")]


class NotYet(Exception):
    """The task does not run yet."""


class Demo:
    """The command, as a process of its own, with an Airflow on its own port."""

    def __init__(self, folder: Path) -> None:
        publish_files(folder / "publisher")
        source = {"ONTIME_SOURCE": "folder", "ONTIME_SOURCE_DIR": str(folder / "publisher")}
        self.environment = shell_environment(folder / "data") | source
        self.log = folder / "demo.log"
        self.sessions: set[int] = set()

    def start(self) -> subprocess.Popen:
        command = [Path(sys.executable).with_name("ontime"), "demo", "--from", FIRST_MONTHS[0], "--to", FIRST_MONTHS[1]]
        with self.log.open("w") as log:
            return subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def kill_while(self, dag_id: str, task: str, is_everything: bool) -> None:
        """Start the command; while this task runs, kill it and all its processes, or itself and the launcher."""
        process = self.start()
        self._wait_for(process, dag_id, task)
        started, launcher = self.processes(), locks.owner(locks.AIRFLOW_PROCESSES)["pid"]
        victims = started if is_everything else [psutil.Process(process.pid), psutil.Process(launcher)]
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        assert process.wait() == -signal.SIGKILL
        _, alive = psutil.wait_procs(victims, timeout=60)
        assert not alive
        if not is_everything:
            assert any(other.is_running() for other in started), "nothing is left for the next start to stop"

    def processes(self) -> list[psutil.Process]:
        """All processes in sessions that had a process with this data directory in its environment.

        Titles overwrite the environment of some, so a look at the environment is not enough.
        """
        every = list(psutil.process_iter())
        for process in every:
            with suppress(psutil.Error, ProcessLookupError):
                if process.environ().get("ONTIME_DATA_DIR") == self.environment["ONTIME_DATA_DIR"]:
                    self.sessions.add(os.getsid(process.pid))
        mine = []
        for process in every:
            with suppress(ProcessLookupError):
                if os.getsid(process.pid) in self.sessions:
                    mine.append(process)
        return mine

    @retry(
        retry=retry_if_exception_type((NotYet, httpx.HTTPError, OSError)),
        stop=stop_after_delay(600),
        wait=wait_fixed(0.3),
        reraise=True,
    )
    def _wait_for(self, process: subprocess.Popen, dag_id: str, task: str) -> None:
        assert process.poll() is None, self.log.read_text()
        client = Client()
        client.log_in()
        active = [run for run in client.active_dag_runs() if run["dag_id"] == dag_id]
        states = [(one["task_id"], one["state"]) for run in active for one in client.task_instances(run)]
        if not any(name.startswith(task) and state == "running" for name, state in states):
            raise NotYet(states)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("killed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", Path(demo.environment["ONTIME_DATA_DIR"]))
        patch.setattr(settings, "port", int(demo.environment["ONTIME_PORT"]))
        yield demo
    for process in demo.processes():
        process.kill()


def test_the_command_run_again_finishes_what_was_killed_in_every_part(demo):
    message = ""
    for fault, dag_id, task in KILLS:
        demo.kill_while(dag_id, task, is_everything=fault is A_KILLED_AIRFLOW)
        assert message in demo.log.read_text()
        message = fault.message
    process = demo.start()
    assert process.wait(600) == 0, demo.log.read_text()
    assert message in demo.log.read_text()

    months = [pd.read_csv(demo.log.parent / "publisher" / "flights" / f"{month}.csv") for month in FIRST_MONTHS]
    assert figures_of_the_warehouse(warehouse.published_path()) == figures_of(pd.concat(months))
    assert len(warehouse.history()) == 1
    assert [partition.is_validated for partition in lake.clean_partitions("flights")] == [True, True]
    [model] = tracking.versions()
    assert store.champion_version() == model.version
    scored = one_row(warehouse.published_path("predictions"), "SELECT count(*) FROM ml.flight_delay_predictions")
    assert scored > (0,)
    assert demo.processes() == []
