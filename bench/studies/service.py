"""One of the web servers in a process of its own, on a free port."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from bench.studies.programs import environment


@contextmanager
def running(module: str) -> Iterator[tuple[str, int]]:
    """Run ``serving`` or ``dashboard`` on the current settings; yields its address and its process once it is healthy.

    Raises ``httpx.HTTPStatusError`` if it is not.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", module, "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, env=environment() | {"OMP_NUM_THREADS": "1"})
    address = f"http://127.0.0.1:{port}"
    try:
        is_starting = retry_if_exception_type(httpx.TransportError)
        for attempt in Retrying(retry=is_starting, wait=wait_fixed(0.5), stop=stop_after_delay(120), reraise=True):
            with attempt:
                httpx.get(f"{address}/healthz", timeout=120, trust_env=False).raise_for_status()
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(30)
