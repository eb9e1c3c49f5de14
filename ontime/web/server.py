"""The web server: uvicorn with time limits. `python -m serving` and `python -m dashboard` start it."""

import argparse
import asyncio
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ontime.settings import settings
from ontime.web.limits import FULL

LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class TimedProtocol(H11Protocol):
    """HTTP/1.1 with limits that uvicorn does not have.

    The head of a request, and then its body, must each arrive within ``settings.request_timeout_seconds``, or the
    connection is closed. More connections than ``settings.connections_at_once`` are answered with 503 and closed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._receiving: Any = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > settings.connections_at_once:
            self.app = FULL
        self._set_deadline()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _set_deadline(self) -> None:
        """Set a time limit when the head or the body of a request begins; remove it when the request is complete."""
        is_websocket = self.transport.get_protocol() is not self  # a websocket took over, which may stay open
        if self.conn.their_state is self._receiving and not is_websocket:
            return
        self._receiving = self.conn.their_state
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
        if self._receiving in (h11.IDLE, h11.SEND_BODY) and not is_websocket:
            # One second more for a body: BodyLimit answers a late body with 408, and this only closes the connection.
            seconds = settings.request_timeout_seconds + (self._receiving is h11.SEND_BODY)
            self._deadline = self.loop.call_later(seconds, self._close)

    def _close(self) -> None:
        if self.conn.our_state is h11.IDLE and not self.transport.is_closing():
            self.transport.write(LATE)
        self.transport.close()


#: Longest message that a browser may send through a websocket.
WEBSOCKET_BYTES = 1_000_000


def main(app: str, websockets: bool = False) -> None:
    """Run an application, for example ``serving.app:app``, on the host and port of the command line.

    ``websockets``: whether the application uses them; if not, a request for one is answered like any other request.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--log-level", default="info")
    options = parser.parse_args()
    uvicorn.run(
        app,
        host=options.host,
        port=options.port,
        log_level=options.log_level,
        access_log=False,
        http=TimedProtocol,
        ws="websockets-sansio" if websockets else "none",
        ws_max_size=WEBSOCKET_BYTES,
        proxy_headers=False,
        server_header=False,
    )
