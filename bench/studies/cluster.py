"""What executors of a Spark cluster bring: the same cleaning with one, two and four, on a cluster of this machine."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import tenacity

from bench.studies.measure import Cost, cost
from bench.studies.spark import submission
from ontime.settings import settings

HOST = "127.0.0.1"
SPARK_HOME = Path(find_spec("pyspark").submodule_search_locations[0])  # type: ignore[union-attr, index]
MASTER, WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
TABLE_HEAD = """\
| executors, of one core | wall seconds | × one | CPU seconds | × one |
| ---: | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True)
class Run:
    """A cleaning on so many executors; the cost is the driver's and, for CPU, the whole cluster's."""

    executors: int
    cost: Cost


def measure(executors: int, first_month: str, last_month: str, rows: int) -> Run:
    """Start a cluster with as many workers of one core, clean the lake's flights on it, and stop it."""
    children = os.times()
    with _cluster(executors) as master, _setting("spark_master", master):
        environment = settings.environment_with(
            settings.as_environment() | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": HOST}
        )
        spent = cost(submission("flights", first_month, last_month, "--reprocess", rows=rows), environment)
    now = os.times()
    cpu_seconds = now.children_user + now.children_system - children.children_user - children.children_system
    return Run(executors, Cost(cpu_seconds, spent.wall_seconds, spent.peak_bytes))


def table(runs: list[Run]) -> str:
    """Seconds, and their ratios to the first run's, in Markdown."""
    first = runs[0].cost
    lines = []
    for run in runs:
        wall, cpu = run.cost.wall_seconds, run.cost.cpu_seconds
        ratios = f"{wall / first.wall_seconds:.2f} | {cpu:.1f} | {cpu / first.cpu_seconds:.2f}"
        lines.append(f"| {run.executors} | {wall:.1f} | {ratios} |\n")
    return TABLE_HEAD + "".join(lines)


@contextmanager
def _cluster(workers: int) -> Iterator[str]:
    """A standalone master and its workers, for as long as the context lasts; yields the master's address."""
    with TemporaryDirectory() as folder, socket.socket() as web, socket.socket() as rpc:
        for listener in (web, rpc):
            listener.bind((HOST, 0))
        web_port, port = (str(listener.getsockname()[1]) for listener in (web, rpc))
        web.close()
        rpc.close()
        address = f"spark://{HOST}:{port}"
        programs = [_start(folder, MASTER, "--host", HOST, "--port", port, "--webui-port", web_port)]
        try:
            of_worker = ("--host", HOST, "--cores", "1", "--memory", "1g", "--work-dir", folder, "--webui-port", "0")
            programs += [_start(folder, WORKER, *of_worker, address) for _ in range(workers)]
            _wait_for(workers, f"http://{HOST}:{web_port}/json/")
            yield address
        finally:
            for program in programs:
                program.send_signal(signal.SIGTERM)
            for program in programs:
                program.wait()


def _start(folder: str, *words: str) -> subprocess.Popen:
    environment = settings.environment_with(
        {"SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_MEMORY": "256m"}
    )
    with Path(folder, "daemons.log").open("ab") as log:
        return subprocess.Popen(
            [str(SPARK_HOME / "bin" / "spark-class"), *words], env=environment, stdout=log, stderr=log
        )


@tenacity.retry(wait=tenacity.wait_fixed(0.5), stop=tenacity.stop_after_delay(60), reraise=True)
def _wait_for(workers: int, address: str) -> None:
    found = httpx.get(address, trust_env=False).raise_for_status().json()["aliveworkers"]
    if found < workers:
        raise TimeoutError(f"{found} of {workers} workers have come")


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    before = getattr(settings, name)
    setattr(settings, name, value)
    try:
        yield
    finally:
        setattr(settings, name, before)
