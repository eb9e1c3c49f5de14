"""The web server's time limits hold for requests, not for a websocket that has taken over their connection."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed
from websockets.sync.client import ClientConnection, connect

from ontime.settings import PROJECT_DIR

TIMEOUT_SECONDS = 1


@pytest.fixture
def websocket() -> Iterator[ClientConnection]:
    """A websocket to a server with a short limit for requests."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"ONTIME_REQUEST_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS)}
    command = [sys.executable, "-m", "tests.ontime.web_echo", "--port", str(port)]
    process = subprocess.Popen(command, cwd=PROJECT_DIR, env=environment)
    try:
        with opened(port) as connection:
            yield connection
    finally:
        process.terminate()
        process.wait()


@retry(retry=retry_if_exception_type(OSError), stop=stop_after_delay(60), wait=wait_fixed(0.1), reraise=True)
def opened(port: int) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{port}/", proxy=None)


def test_a_silent_websocket_stays_open(websocket):
    with pytest.raises(TimeoutError):  # a closed connection would raise ConnectionClosed
        websocket.recv(timeout=3 * TIMEOUT_SECONDS + 1)
    websocket.send("still here")
    assert websocket.recv(timeout=10) == "still here"
