"""A local publisher's server that fails on demand, in the ways that real ones do."""

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
    """How the server answers one request: correctly, except where a field says otherwise."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None
    #: Closes the connection after this many bytes of the body.
    breaks_off_after_bytes: int | None = None
    #: Waits this long before it closes the connection.
    pauses_seconds: float = 0
    says_length: bool = True


class MisbehavingServer(ThreadingHTTPServer):
    """Answers with ``files[path]``, else with the next of ``answers``, whose last one repeats; records all requests."""

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
        """The value of a header in each request so far."""
        return [request[header] for request in self.requests]

    def handle_error(self, request, client_address) -> None:
        """Stay silent: the tests close connections on purpose."""


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
            self.send(answer)
        finally:
            with server.lock:
                server.busy -= 1

    def send(self, answer: Answer) -> None:
        status, body, headers = answer.status, answer.content, dict(answer.headers)
        if status == 200 and self.is_unchanged(answer):
            status, body = 304, b""
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

    def is_unchanged(self, answer: Answer) -> bool:
        if "If-None-Match" in self.headers:
            return self.headers["If-None-Match"] == answer.etag
        return bool(answer.last_modified) and self.headers["If-Modified-Since"] == answer.last_modified

    def date_time_string(self, timestamp: float | None = None) -> str:
        return SENT_AT

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep the tests' output clean."""


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
