"""Locks: only one process at a time does a step where two would damage each other's work.

The operating system locks ``data/.locks/<name>`` and releases the lock when the process ends, even after SIGKILL.
``<name>.json`` next to it describes the process that holds the lock: step, host, process id and start time.
"""

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ontime import files
from ontime.settings import settings

#: The warehouse: prepare, build, check, publish, roll back and drop.
WAREHOUSE = "warehouse"
#: The registry of models: register, promote, roll back.
MODELS = "models"
#: The work folders of trainings.
TRAINING = "training"
#: The build of the site.
SITE = "site"
#: The command that runs the local Airflow: one per data directory.
AIRFLOW = "airflow"
#: The processes of the local Airflow. If their command is killed, they need some more seconds to end.
AIRFLOW_PROCESSES = "airflow-processes"


def raw_lock(dataset: str, partition: str) -> str:
    """The name of the lock of a download: a partition's manifest has one writer."""
    return f"raw-{dataset}-{partition}"


def clean_lock(dataset: str) -> str:
    """The name of the lock of a cleaning: two cleanings of a dataset would delete each other's files."""
    return f"clean-{dataset}"


def station_years_lock(year: str) -> str:
    """The name of the lock of NOAA's files of a year, which several months are cut from."""
    return f"weather-{year}"


class Busy(RuntimeError):
    """Another process holds the lock; the message says which one."""


@contextmanager
def hold(name: str, step: str, wait_seconds: float | None = None) -> Iterator[None]:
    """Hold the lock ``name`` of the data directory while the block runs; ``step`` is shown to processes that wait.

    If another process holds the lock, print its step and wait up to ``wait_seconds`` (by default
    ``settings.lock_wait_seconds``). Raises :class:`Busy` after that. Blocks of one process may be nested.
    """
    path = settings.locks_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, is_singleton=True)
    _acquire(lock, path, settings.lock_wait_seconds if wait_seconds is None else wait_seconds)
    outer = _owner(path) if lock.lock_counter > 1 else None
    try:
        if outer is None:
            _take(path, step)
        yield
    finally:
        if outer is None:
            _owner_file(path).unlink(missing_ok=True)
        lock.release()


def owner(name: str) -> dict[str, Any]:
    """The process that holds the lock ``name``, or was killed while it did: ``step``, ``host``, ``pid``,
    ``started_at``. Empty if there is none.
    """
    return _owner(settings.locks_dir / name)


def _acquire(lock: FileLock, path: Path, wait_seconds: float) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if wait_seconds:
            print(f"Waiting for {_named(path)}.", flush=True)
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout:
            raise Busy(
                f"{_named(path)} is still running in {settings.data_dir}. Wait for it or stop it, then try again."
            ) from None


def _take(path: Path, step: str) -> None:
    """Write the file that describes this process. If the file exists already, its process was killed."""
    if _owner(path):
        print(f"{_named(path)} ended without releasing its lock, which this process takes over.", flush=True)
    for leftover in path.parent.glob(f".{path.name}.json.*"):  # of a process that was killed while writing it
        leftover.unlink()
    owner = {"step": step, "host": platform.node(), "pid": os.getpid(), "started_at": files.now()}
    files.write_json(_owner_file(path), owner)


def _named(path: Path) -> str:
    owner = _owner(path)
    if not owner:
        return "Another process"
    return f"{owner['step']} (process {owner['pid']} on {owner['host']}, since {owner['started_at']})"


def _owner(path: Path) -> dict[str, Any]:
    try:
        return json.loads(_owner_file(path).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def _owner_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")
