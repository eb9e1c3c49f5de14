"""Start the embedded Airflow, stop all of it."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from local_airflow.client import AirflowNotReady, Client
from local_airflow.credentials import password
from local_airflow.environment import environment
from ontime.settings import settings
from ontime.warehouse import dbt

STOP_TIMEOUT_SECONDS = 15


class EmbeddedClient(Client):
    """A client of the Airflow that this process has started."""

    #: Blocks until Airflow ends by itself, which it should not.
    wait_for_end: Callable[[], int]


@contextmanager
def running_airflow() -> Iterator[EmbeddedClient]:
    """The embedded Airflow, ready to run tasks; every process of it ends with the block."""
    process = _start()
    try:
        client = EmbeddedClient()
        _wait_until_ready(client, process)
        client.wait_for_end = process.wait
        yield client
    finally:
        _stop(process)


def log_file() -> Path:
    """Where the embedded Airflow's own output goes (each task has a log in the UI)."""
    return settings.airflow_home / "airflow.log"


def _start() -> subprocess.Popen[bytes]:
    password()
    dbt.parse()
    log_file().parent.mkdir(parents=True, exist_ok=True)
    with log_file().open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local_airflow.launcher"],
            env=settings.environment_with(environment()),
            stdin=subprocess.PIPE,  # it ends when this pipe does: also when this process is killed
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the others in order
        )


def _wait_until_ready(client: Client, process: subprocess.Popen[bytes]) -> None:
    def look() -> None:
        if process.poll() is not None:
            raise AirflowNotReady("Airflow ended while starting.")

    try:
        client.wait_until_ready(look)
    except AirflowNotReady as problem:
        raise AirflowNotReady(f"{problem} The end of {log_file()}:\n\n{log_tail()}") from problem


def log_tail() -> str:
    """The last lines of Airflow's own output."""
    return "\n".join(log_file().read_text(errors="replace").splitlines()[-30:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End every process that was started: asked first, then by force."""
    # A second Ctrl-C must not leave half of them behind.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _end_family(process)
    finally:
        signal.signal(signal.SIGINT, before)


def _end_family(process: subprocess.Popen[bytes]) -> None:
    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=STOP_TIMEOUT_SECONDS)
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for survivor in alive:
            try:
                end(survivor)
            except psutil.NoSuchProcess:
                continue
        _, alive = psutil.wait_procs(alive, timeout=STOP_TIMEOUT_SECONDS)
    process.wait()
