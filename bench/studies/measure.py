"""What a program costs: CPU, time and memory of all the processes it is made of."""

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
    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


def cost(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a program to its end; raises ``subprocess.CalledProcessError`` if it fails.

    CPU is user and system time of the program and of all that it waited for. Memory is the most that the whole tree was
    seen to have at once; what two processes share counts twice.
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


def _watch(pid: int, peaks: list[int]) -> None:
    """Append every new peak of the tree's resident memory, until its root is gone."""
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
