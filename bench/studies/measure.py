"""The cost of a program: CPU time, wall time and memory of all its processes."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """CPU and wall time in seconds, and peak memory in bytes."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


def cost(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a program and return its cost. Raises ``subprocess.CalledProcessError`` if it fails.

    CPU time is user and system time of the program and of the processes it waited for. Memory is the largest sum of
    resident memory over the process tree, sampled 20 times a second; memory that processes share counts twice.
    """
    started = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks: list[int] = []
    watch = threading.Thread(target=_watch, args=(process.pid, peaks))
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall_seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(usage.ru_utime + usage.ru_stime, wall_seconds, max(peaks, default=0))


def total(costs: Sequence[Cost]) -> Cost:
    """The cost of programs that ran one after another: times are added, memory is the largest."""
    return Cost(
        sum(cost.cpu_seconds for cost in costs),
        sum(cost.wall_seconds for cost in costs),
        max(cost.peak_bytes for cost in costs),
    )


def _watch(pid: int, peaks: list[int]) -> None:
    """Append each new peak of the resident memory of the process tree, until the root process ends."""
    while True:
        try:
            root = psutil.Process(pid)
            total = sum(_resident(process) for process in [root, *root.children(recursive=True)])
        except psutil.NoSuchProcess:
            return
        if total > max(peaks, default=0):
            peaks.append(total)
        time.sleep(SAMPLE_SECONDS)


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
