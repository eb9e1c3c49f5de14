"""The dashboard in a process of its own, for tests with a real browser."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import expect
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from ontime.settings import PROJECT_DIR
from tests.browser import Visit

#: Streamlit looks for its server below the page's address first, and expects that it is not there.
PROBES = "/_stcore/"


@dataclass(frozen=True)
class RunningDashboard:
    """Its address (``http://…``) and its process."""

    address: str
    pid: int


@contextmanager
def running_dashboard(data_dir: Path, log: Path) -> Iterator[RunningDashboard]:
    """Run the dashboard of a data directory on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = os.environ | {"ONTIME_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-m", "dashboard", "--port", port]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=PROJECT_DIR, env=environment, stdout=output, stderr=output)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", process, log)
        yield RunningDashboard(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait()


@retry(
    retry=retry_if_exception_type(httpx.TransportError), stop=stop_after_delay(180), wait=wait_fixed(0.2), reraise=True
)
def _wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    assert process.poll() is None, log.read_text()
    httpx.get(address).raise_for_status()


def opened(visit, address: str, name: str, view: str = "light", **options) -> Visit:
    """A page of the dashboard when its script has ended and the browser has drawn all of it."""
    path = "" if name == "overview" else name
    seen = visit(f"{address}/{path}", view, ready="h1", **options)
    seen.page.get_by_test_id("stStatusWidget").wait_for(state="detached")
    expect(seen.page.get_by_test_id("stSkeleton")).to_have_count(0)
    seen.failed = [request for request in seen.failed if PROBES not in request]
    return seen
