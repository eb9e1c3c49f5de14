"""Start and stop the local Airflow."""

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import httpx
import psutil

from local_airflow import doctor
from local_airflow.client import AirflowNotReady, Client
from local_airflow.credentials import password
from local_airflow.environment import database_file, environment
from local_airflow.launcher import END_UNFINISHED
from ontime import locks
from ontime.settings import settings
from ontime.warehouse import dbt

STOP_TIMEOUT_SECONDS = 15
#: How long a start waits for the processes of a killed command to end: longer than stopping them one by one may take.
LAST_ONE_SECONDS = 3 * STOP_TIMEOUT_SECONDS


class LocalAirflow(Client):
    """A client of the Airflow that this process started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self._process = process

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait_for_end(self) -> NoReturn:
        """Block until Airflow ends by itself, which it should not. Raises :class:`AirflowNotReady`."""
        self._process.wait()
        raise AirflowNotReady(f"Airflow ended by itself. {_end_of_log()}")


@contextmanager
def running_airflow(command: str, resumes: bool = True) -> Iterator[LocalAirflow]:
    """Start the local Airflow, yield it when it can run tasks, and stop all its processes when the block ends.

    ``command`` is the command that needs Airflow, such as ``ontime demo``. A data directory has one Airflow at a time.
    Runs that an earlier Airflow left unfinished go on if this one ``resumes`` them; else they are marked as failed.

    Raises :class:`ontime.locks.Busy` if another one is running, :class:`AirflowNotReady` if this machine lacks
    something or Airflow does not start or stops answering, and :class:`ontime.warehouse.dbt.DbtFailed` if the dbt
    project cannot be parsed.
    """
    with locks.hold(locks.AIRFLOW, command, wait_seconds=0):
        _wait_for_the_last_one()
        _check_machine()
        process = _start(resumes)
        try:
            client = LocalAirflow(process)
            _wait_until_ready(client)
            # A backfill or demo that was killed has left it paused: no chain would ever be published.
            client.set_paused("warehouse", False)
            yield client
        except httpx.HTTPError as problem:
            raise AirflowNotReady(f"Airflow stopped answering ({problem}). {_end_of_log()}") from problem
        finally:
            _stop(process)


def _wait_for_the_last_one() -> None:
    """Wait until the processes of an earlier, killed command have ended.

    They stop by themselves, unless their launcher was killed too: then stop them.
    """
    launcher = locks.owner(locks.AIRFLOW_PROCESSES)
    with locks.hold(locks.AIRFLOW_PROCESSES, "Airflow", LAST_ONE_SECONDS):
        if launcher.get("host") == platform.node():
            _stop_leftovers(launcher["pid"])


def _stop_leftovers(launcher: int) -> None:
    """Stop what a killed launcher has left: the processes of its session, whose id was the launcher's process id.

    The system does not reuse a process id while a session has it. So if a process has the launcher's id now, the
    session is over. A session without a process of Airflow is not touched: the id may be from before a restart.
    """
    leftovers = [] if psutil.pid_exists(launcher) else _family(launcher)
    if any(_is_of_airflow(process) for process in leftovers):
        print("Stopping what is left of an Airflow that was killed.", flush=True)
        _stop_processes(leftovers)


def _is_of_airflow(process: psutil.Process) -> bool:
    try:
        return "airflow" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _check_machine() -> None:
    """Raise :class:`AirflowNotReady` if Airflow or Spark cannot work, before anything is started."""
    if not settings.port:  # the system would choose a port, and neither a person nor a task would know which
        raise AirflowNotReady("ONTIME_PORT=0: choose a port between 1024 and 65535.")
    for is_good, state, way_out in (doctor.check_java(), doctor.check_port(settings.port)):
        if not is_good:
            raise AirflowNotReady(f"{state}: {way_out}.")


def log_file() -> Path:
    """The file with the output of the local Airflow's processes; each task has a log of its own in the UI."""
    return settings.airflow_home / "airflow.log"


def _start(resumes: bool) -> subprocess.Popen[bytes]:
    password()  # creates it before Airflow does
    dbt.parse()
    log_file().parent.mkdir(parents=True, exist_ok=True)
    for private in (log_file(), database_file()):
        private.touch(mode=0o600)
        private.chmod(0o600)
    with log_file().open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local_airflow.launcher", *([] if resumes else [END_UNFINISHED])],
            env=settings.environment_with(environment()),
            stdin=subprocess.PIPE,  # the launcher ends when this pipe closes, so also when this process is killed
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only this process, which then stops the others in order
        )


def _wait_until_ready(client: LocalAirflow) -> None:
    def check_process() -> None:
        if not client.is_alive():
            raise AirflowNotReady("Airflow ended while starting.")

    try:
        client.wait_until_ready(check_process)
    except AirflowNotReady as problem:
        raise AirflowNotReady(f"{problem} {_end_of_log()}") from problem


def _end_of_log() -> str:
    lines = log_file().read_text(errors="replace").splitlines()[-30:]
    return "\n".join([f"The end of {log_file()}:", "", *lines])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop every process of Airflow; a second Ctrl-C must not leave half of them running."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _stop_family(process)
    finally:
        signal.signal(signal.SIGINT, previous)


def _stop_family(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the launcher, then to every process that is left, then SIGKILL."""
    family = _family(process.pid)
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=STOP_TIMEOUT_SECONDS)
    _stop_processes(alive)
    process.wait()


def _stop_processes(alive: list[psutil.Process]) -> None:
    """SIGTERM, then SIGKILL to those that are left."""
    for stop in (psutil.Process.terminate, psutil.Process.kill):
        for survivor in alive:
            try:
                stop(survivor)
            except psutil.NoSuchProcess:
                continue
        _, alive = psutil.wait_procs(alive, timeout=STOP_TIMEOUT_SECONDS)


def _family(launcher: int) -> list[psutil.Process]:
    """The launcher, its session, and their descendants; a launcher that was killed leaves its session behind."""
    family = set()
    for pid in psutil.pids():
        try:
            if os.getsid(pid) == launcher:
                member = psutil.Process(pid)
                family |= {member, *member.children(recursive=True)}
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            continue
    return list(family)
