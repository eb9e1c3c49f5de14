"""A publisher on this machine that goes wrong in the ways that real ones do, on demand."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SENT_AT = "Tue, 02 Jan 2024 00:00:00 GMT"


@dataclass(frozen=True)
class Answer:
    """How the server answers one request: correctly, but for the fields that say otherwise."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None
    #: Closes the connection after so many bytes of the body.
    breaks_off_after_bytes: int | None = None
    #: Says nothing for so long before it closes the connection.
    pauses_seconds: float = 0
    says_length: bool = True
    knows_range: bool = True
    #: Sends the rest of what it has now, whatever version the client has begun with.
    heeds_if_range: bool = True
    #: Where the ranges that it sends begin, instead of where it was asked.
    range_begins_at: int | None = None
    #: Sends no more than so many bytes of a range.
    longest_range_bytes: int | None = None
    #: Says how long the whole file is when it sends a range.
    says_total: bool = True


class MisbehavingServer(ThreadingHTTPServer):
    """Gives a path's own answer, or else its answers one a request, the last one for ever; keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Answer] = []
        self.files: dict[str, Answer] = {}
        self.requests: list[Message] = []
        self.paths: list[str] = []
        self.busy = self.most_at_once = 0
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.scheme = "http"

    def url(self, path: str = "flights.csv") -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}/{path}"

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def asked(self, header: str) -> list[str | None]:
        """A header's value in every request so far."""
        return [request[header] for request in self.requests]

    def handle_error(self, request, client_address) -> None:
        """Clients that hang up are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    server: MisbehavingServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        with server.lock:
            server.requests.append(self.headers)
            server.paths.append(self.path)
            answer = server.files.get(self.path) or server.next_answer()
            server.busy += 1
            server.most_at_once = max(server.most_at_once, server.busy)
        try:
            self.give(answer)
        finally:
            with server.lock:
                server.busy -= 1

    def give(self, answer: Answer) -> None:
        status, body, headers = answer.status, answer.content, dict(answer.headers)
        if status == 200 and self.has_it_already(answer):
            status, body = 304, b""
        elif status == 200 and self.goes_on(answer):
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            start = start if answer.range_begins_at is None else answer.range_begins_at
            status, body = 206, answer.content[start:][: answer.longest_range_bytes]
            total = len(answer.content) if answer.says_total else "*"
            headers["Content-Range"] = f"bytes {start}-{start + len(body) - 1}/{total}"
        headers |= {"ETag": answer.etag} if answer.etag else {}
        headers |= {"Last-Modified": answer.last_modified} if answer.last_modified else {}
        headers |= {"Content-Length": str(len(body))} if answer.says_length and status != 304 else {}
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: answer.breaks_off_after_bytes])
        self.wfile.flush()
        self.server.closing.wait(answer.pauses_seconds)

    def has_it_already(self, answer: Answer) -> bool:
        if "If-None-Match" in self.headers:
            return self.headers["If-None-Match"] == answer.etag
        return bool(answer.last_modified) and self.headers["If-Modified-Since"] == answer.last_modified

    def goes_on(self, answer: Answer) -> bool:
        if not answer.knows_range or "Range" not in self.headers:
            return False
        return not answer.heeds_if_range or self.headers["If-Range"] in (answer.etag, answer.last_modified)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return SENT_AT

    def log_message(self, format: str, *arguments: object) -> None:
        """Not to the tests' output."""


@contextmanager
def misbehaving_server(certificate: str | None = None) -> Iterator[MisbehavingServer]:
    """A running server; with the path of a certificate and its key in one file, it speaks TLS."""
    with MisbehavingServer() as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.scheme = "https"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
