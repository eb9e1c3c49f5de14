"""Do more Spark executors help? The same cleaning with one, two and four executors, all on this machine."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import tenacity

from bench.studies import FIRST_MONTH, LAST_MONTH, page
from bench.studies.generate import make_lake
from bench.studies.measure import Cost, cost
from bench.studies.programs import environment, submission
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
    """A cleaning on a number of executors. Memory is the driver's; CPU time is the whole cluster's."""

    executors: int
    cost: Cost


def run(executors: Sequence[int], scale: int) -> None:
    """Clean a year of ``scale`` times the real flights with each number of executors, and write to the page."""
    row_count = make_lake(scale, FIRST_MONTH, LAST_MONTH)
    runs = [measure(number, FIRST_MONTH, LAST_MONTH, row_count) for number in sorted(executors)]
    page.write("cluster", f"{row_count:,} flights.\n\n{table(runs)}", "pyspark")


def measure(executors: int, first_month: str, last_month: str, row_count: int) -> Run:
    """Start a cluster with one worker of one core per executor, clean the lake's flights on it, and stop it."""
    before = os.times()
    with _cluster(executors) as master, _setting("spark_master", master):
        command = submission("flights", "--from", first_month, "--to", last_month, "--reprocess", rows=row_count)
        spent = cost(command, environment() | {"SPARK_LOCAL_IP": HOST})
    # The master and the workers are children of this process, and have ended.
    after = os.times()
    cpu_seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(executors, Cost(cpu_seconds, spent.wall_seconds, spent.peak_bytes))


def table(runs: Sequence[Run]) -> str:
    """Seconds, and their ratios to the first run, in Markdown."""
    first = runs[0].cost
    lines = []
    for run in runs:
        wall, cpu = run.cost.wall_seconds, run.cost.cpu_seconds
        ratios = f"{wall / first.wall_seconds:.2f} | {cpu:.1f} | {cpu / first.cpu_seconds:.2f}"
        lines.append(f"| {run.executors} | {wall:.1f} | {ratios} |\n")
    return TABLE_HEAD + "".join(lines)


@contextmanager
def _cluster(workers: int) -> Iterator[str]:
    """Run a standalone master and its workers; yields the master's address."""
    with TemporaryDirectory() as folder, socket.socket() as web, socket.socket() as rpc:
        for listener in (web, rpc):
            listener.bind((HOST, 0))
        web_port, port = (str(listener.getsockname()[1]) for listener in (web, rpc))
        web.close()
        rpc.close()
        address = f"spark://{HOST}:{port}"
        programs = [_start(folder, MASTER, "--host", HOST, "--port", port, "--webui-port", web_port)]
        try:
            options = ("--host", HOST, "--cores", "1", "--memory", "1g", "--work-dir", folder, "--webui-port", "0")
            programs += [_start(folder, WORKER, *options, address) for _ in range(workers)]
            _wait_for(workers, f"http://{HOST}:{web_port}/json/")
            yield address
        finally:
            for program in programs:
                program.send_signal(signal.SIGTERM)
            for program in programs:
                program.wait()


def _start(folder: str, *arguments: str) -> subprocess.Popen:
    daemon_environment = settings.environment_with(
        {"SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_MEMORY": "256m"}
    )
    command = [str(SPARK_HOME / "bin" / "spark-class"), *arguments]
    with Path(folder, "daemons.log").open("ab") as log:
        return subprocess.Popen(command, env=daemon_environment, stdout=log, stderr=log)


@tenacity.retry(wait=tenacity.wait_fixed(0.5), stop=tenacity.stop_after_delay(60), reraise=True)
def _wait_for(workers: int, address: str) -> None:
    alive = httpx.get(address, trust_env=False).raise_for_status().json()["aliveworkers"]
    if alive < workers:
        raise TimeoutError(f"Only {alive} of {workers} workers have registered with the master.")


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    before = getattr(settings, name)
    setattr(settings, name, value)
    try:
        yield
    finally:
        setattr(settings, name, before)
