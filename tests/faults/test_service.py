"""Abuse of the prediction service. A real process answers over sockets; after every fault it is healthy."""

import gzip
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from typing import Any, NamedTuple

import psutil
import pytest

from ml.registry import store
from ontime import files, warehouse
from ontime.settings import settings
from tests.faults.fault import Fault, Verdict
from tests.serving import conftest as made
from tests.serving.test_app import flight

flights, weather, always = made.flights, made.weather, made.always

#: Small, so that slow clients are refused soon and few connections are many.
LIMITS = {"ONTIME_REQUEST_TIMEOUT_SECONDS": "2", "ONTIME_REQUESTS_AT_ONCE": "2", "ONTIME_CONNECTIONS_AT_ONCE": "30"}
WHERE = "serving"


class Answer(NamedTuple):
    status: int
    head: str
    body: str


class Service(NamedTuple):
    port: int
    process: psutil.Process

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ask(self, *parts: bytes) -> Answer:
        """Send a request in parts and read the answer until the service closes the connection."""
        with closing(self.connect()) as connection:
            for part in parts:
                connection.sendall(part)
            return answer(connection)

    def health(self) -> dict[str, str]:
        return json.loads(self.ask(head("GET", "/healthz")).body)


def answer(connection: socket.socket) -> Answer:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    text, _, body = received.decode().partition("\r\n\r\n")
    return Answer(int(text.split()[1]), text.lower(), body)


def head(method: str, path: str, *headers: str, host: str = "Host: localhost") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", host, "Connection: close", *headers, "", ""]).encode()


def post(body: bytes | str, *headers: str) -> bytes:
    content = body if isinstance(body, bytes) else body.encode()
    lengths = headers or ("Content-Type: application/json", f"Content-Length: {len(content)}")
    return head("POST", "/predict", *lengths) + content


def with_value(field: str, literal: str) -> bytes:
    """A request whose only flight has a literal of JSON as the value of a field."""
    return post(json.dumps({"flights": [flight(**{field: "HERE"})]}).replace('"HERE"', literal))


def chunked(*chunks: bytes) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
    return post(body, "Content-Type: application/json", "Transfer-Encoding: chunked")


def of_size(size: int) -> bytes:
    """A valid request, filled with blanks to this size."""
    return json.dumps({"flights": [flight()]}).encode().ljust(size)


def refused(name: str, status: int, message: str, *request: bytes) -> Fault:
    return Fault(name, WHERE, Verdict.REFUSED, f"{status}: {message}", lambda service: service.ask(*request))


def harmless(name: str, *request: bytes, message: str = "200") -> Fault:
    return Fault(name, WHERE, Verdict.HARMLESS, message, lambda service: service.ask(*request))


DEPARTURE = "scheduled_departure_local_at"
FORM = "Content-Type: application/x-www-form-urlencoded"
UPGRADE = "Connection: upgrade\r\nUpgrade: websocket"
EXPECT = "Expect: 100-continue"
NOT_A_NAME = "(another field)"
VALUES = [
    *(
        refused(f"flight number {value}", 422, "valid integer", with_value("flight_number", value))
        for value in ("NaN", "Infinity", "-Infinity", "1e400", "true", "{}")
    ),
    refused("flight number of 5,000 digits", 400, "error parsing the body", with_value("flight_number", "1" * 5000)),
    refused("flight number 10^300", 422, "less than or equal to 9999", with_value("flight_number", "1" + "0" * 300)),
    refused("lone surrogate as a value", 422, "valid string", with_value("airline_code", r'"\ud800"')),
    refused("lone surrogate as a name", 422, "unicode string", post(r'{"flights": [], "\ud800": 1}')),
    refused("departure in the year 9999", 422, "less than 2100", with_value(DEPARTURE, '"9999-12-31T23:59:59"')),
    refused("departure in the year 1", 422, "or equal to 1987", with_value(DEPARTURE, '"0001-01-01T00:00:00"')),
    refused("departure in the year 10000", 422, "valid datetime", with_value(DEPARTURE, '"10000-01-01T00:00:00"')),
    refused("departure 1e308 seconds after 1970", 422, "valid datetime", with_value(DEPARTURE, "1e308")),
    refused("NUL in a tail number", 422, "should match pattern", with_value("tail_number", r'"N1\u0000"')),
    harmless("SQL as a tail number", with_value("tail_number", '"\';DROP--"')),
    refused("a script as an airport", 422, "pattern", with_value("origin_airport_code", '"<script>SECRET"')),
    refused("60 kB as an airport", 422, "should match pattern", with_value("origin_airport_code", f'"{"A" * 60000}"')),
    refused("a script as a name", 422, NOT_A_NAME, post('{"flights": [], "<script>SECRET": 1}')),
    refused("3,000 unknown names", 422, "not permitted", post(json.dumps({f"a{n}": n for n in range(3000)}))),
    refused("20,000 empty flights", 422, "valid dictionary", post("[" + "{}," * 20000 + "{}]")),
    refused("30,000 nested lists", 400, "error parsing the body", post("[" * 30000)),
    refused("latin-1", 400, "error parsing the body", post('{"flights": "é"}'.encode("latin-1"))),
    refused("UTF-16 of other bytes", 400, "error parsing the body", post(b"\xff\xfe\x00")),
    refused("a JSON string", 422, "valid dictionary", post('"SECRET"')),
    refused("no body", 422, "required", post("")),
    refused("JSON that ends early", 422, "json", post('{"flights": [')),
    refused("gzip", 400, "error parsing the body", post(gzip.compress(of_size(900)))),
    refused(
        "a form",
        422,
        "dictionary",
        post("a=SECRET", f"{FORM}\r\nContent-Length: 8"),
    ),
]
SIZES = [
    harmless("a body of exactly 64 kB", post(of_size(65536))),
    refused("a body of 64 kB and a byte", 413, "at most 65,536 bytes", post(of_size(65537))),
    refused("Content-Length of 10^15 and Expect", 413, "65,536", post("", f"Content-Length: {10**15}", EXPECT)),
    refused("64 kB and a byte in chunks, without Content-Length", 413, "65,536", chunked(*[b" " * 4096] * 16, b" ")),
    refused("a GET with 1 MB", 413, "65,536", head("GET", "/healthz", "Content-Length: 1000000") + b" " * 1_000_000),
    harmless("a body in chunks of one byte", chunked(*(bytes([byte]) for byte in of_size(300)))),
]
HEADS = [
    refused("20 kB of a head", 400, "Invalid HTTP request", head("GET", "/healthz", "X: " + "x" * 20_000)[:-4]),
    refused("no Host", 400, "Invalid HTTP request", head("GET", "/healthz", host="X: y")),
    refused("Content-Length -1", 400, "Invalid HTTP request", post("", "Content-Length: -1")),
    refused("two Content-Lengths", 400, "Invalid HTTP request", post("ab", "Content-Length: 1", "Content-Length: 2")),
    refused("a TLS greeting", 400, "Invalid HTTP request", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    refused("HTTP/9.9", 400, "Invalid HTTP request", b"GET / HTTP/9.9 SECRET\r\n\r\n"),
    *(
        refused(f"method {method}", 405, "Method Not Allowed", head(method, "/predict"))
        for method in ("GET", "PUT", "DELETE", "TRACE", "OPTIONS", "SECRET")
    ),
    *(
        refused(f"path {path}", 404, "Not Found", head("GET", path))
        for path in (
            "/../../etc/passwd",
            "/%2e%2e%2fetc%2fpasswd",
            "/predict/",
            "/docs",
            "/%00",
            "//example.org/SECRET",
        )
    ),
    harmless("an upgrade to a web socket", head("GET", "/healthz", UPGRADE)),
]


def slow_head(service: Service) -> Answer:
    return service.ask(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nX: y")


def slow_body(service: Service) -> Answer:
    return service.ask(post(b'{"flights": [', "Content-Length: 1000"))


def endless_chunks(service: Service) -> Answer:
    return service.ask(chunked(b"{")[:-5])


def many_posts(service: Service) -> Answer:
    """Send posts from sixteen clients at once; return the first answer that is not 200. One or more must be 200."""
    request = post(json.dumps({"flights": [flight()] * 100}))
    with ThreadPoolExecutor(16) as clients:
        answers = [future.result() for future in [clients.submit(service.ask, request) for _ in range(16)]]
    assert {one.status for one in answers} == {200, 503}
    return next(one for one in answers if one.status != 200)


def many_connections(service: Service) -> Answer:
    with ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(closing(service.connect()))
        return service.ask(head("GET", "/healthz"))


def large_posts(service: Service) -> Answer:
    """Three posts of 300 MB at once, in chunks; the service's memory must not grow by 30 MB."""
    before = service.process.memory_info().rss

    def send() -> Answer:
        with closing(service.connect()) as connection:
            connection.sendall(post(b"", "Content-Type: text/plain", "Transfer-Encoding: chunked"))
            try:
                for _ in range(300):
                    connection.sendall(b"%x\r\n%s\r\n" % (1_000_000, b" " * 1_000_000))
                connection.sendall(b"0\r\n\r\n")
            except OSError:
                pass  # the service closed the connection before it received everything
            return answer(connection)

    with ThreadPoolExecutor(3) as clients:
        sent = [clients.submit(send) for _ in range(3)]
        started = time.monotonic()
        assert service.health()["status"] == "healthy"
        assert time.monotonic() - started < 2
        answers = [one.result() for one in sent]
    assert service.process.memory_info().rss - before < 30_000_000
    assert {one.status for one in answers} == {413}
    return answers[0]


def predicted(service: Service, problem: str) -> Answer:
    """A prediction. It must come from the first champion, and ``/healthz`` must say why."""
    state = service.health()
    assert (state["status"], state["model_version"]) == ("degraded", "one")
    assert problem in state["problem"] and str(settings.data_dir) not in state["problem"]
    answered = service.ask(post(of_size(300)))
    assert json.loads(answered.body)["model_version"] == "one"
    return answered


def tampered_champion(service: Service) -> Answer:
    [model] = store.version_dir("two").glob("model.*")
    content = model.read_bytes()
    model.write_bytes(content + b" ")
    (settings.models_dir / "champion.json").write_text(pointer("two"))
    return predicted(service, "Champion two")


def pointer(version: str) -> str:
    sha256 = files.file_sha256(store.version_dir(version) / store.CARD_FILE)
    return json.dumps({"version": version, "card_sha256": sha256, "promoted_at": "2026", "reason": "by hand"})


def champion_file(content: str, service: Service) -> Answer:
    (settings.models_dir / "champion.json").write_text(content)
    return predicted(service, "ontime model")


def dangling_link(service: Service) -> Answer:
    link = warehouse.published_path()
    target = link.readlink()
    link.unlink()
    link.symlink_to("versions/ontime/none.duckdb")
    try:
        return predicted(service, "ontime warehouse history")
    finally:
        link.unlink()
        link.symlink_to(target)


def fault(name: str, verdict: Verdict, message: str, cause: Callable[[Service], Answer]) -> Fault:
    return Fault(name, WHERE, verdict, message, cause)


SLOW_AND_MANY = [
    fault("a head that never ends", Verdict.REFUSED, "408: ", slow_head),
    fault("a body that never ends", Verdict.REFUSED, "408: not complete after 2 seconds", slow_body),
    fault("chunks that never end", Verdict.REFUSED, "408: not complete after 2 seconds", endless_chunks),
    fault("16 requests at once where 2 may run", Verdict.REFUSED, "503: The service is busy", many_posts),
    fault("31 connections where 30 may be open", Verdict.REFUSED, "503: The service is busy", many_connections),
    fault("three posts of 300 MB at once", Verdict.REFUSED, "413: at most 65,536 bytes", large_posts),
]
CHAMPIONS = [
    fault("a new champion with a changed model file", Verdict.HARMLESS, "200", tampered_champion),
    fault("champion.json is garbage", Verdict.HARMLESS, "200", partial(champion_file, "\x00garbage")),
    fault("champion.json is empty", Verdict.HARMLESS, "200", partial(champion_file, "")),
    fault("champion.json is a list", Verdict.HARMLESS, "200", partial(champion_file, "[1]")),
    fault("champion.json names no version", Verdict.HARMLESS, "200", partial(champion_file, "{}")),
    fault("the warehouse's link leads nowhere", Verdict.HARMLESS, "200", dangling_link),
]
FAULTS = [*VALUES, *SIZES, *HEADS, *SLOW_AND_MANY, *CHAMPIONS]
MORE = {large_posts, endless_chunks}


@pytest.fixture(scope="module")
def service(module_data_dir, flights, weather, always) -> Iterator[Service]:
    made.publish_flights(flights, weather)
    made.promote_model("two", always(0.75))
    made.promote_model("one", always(0.25))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "serving", "--port", str(port), "--log-level", "error"]
    with subprocess.Popen(command, env=settings.environment_with(settings.as_environment() | LIMITS)) as process:
        try:
            wait_for(port, process)
            yield Service(port, psutil.Process(process.pid))
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(1500):
        assert process.poll() is None
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail("The service did not start.")


@pytest.fixture
def champion_stays(service) -> Iterator[None]:
    file = settings.models_dir / "champion.json"
    content = file.read_bytes()
    yield
    file.write_bytes(content)
    assert service.health() == {"status": "healthy", "model_version": "one"}


def params(faults: list[Fault]) -> list[Any]:
    return [pytest.param(row, id=row.name, marks=pytest.mark.more if row.cause in MORE else ()) for row in faults]


@pytest.mark.usefixtures("champion_stays")
@pytest.mark.parametrize("row", params(FAULTS))
def test_the_answer_is_words_and_the_service_stays_healthy(service, row):
    answered = row.cause(service)
    status, _, message = row.message.partition(": ")
    assert (answered.status, message in answered.body) == (int(status), True), answered
    assert len(answered.body) < 5000
    for never in ("SECRET", "<script>", "Traceback", str(settings.data_dir), str(settings.dags_dir.parent)):
        assert never not in answered.body + answered.head
    if status == "503":
        assert "retry-after: 1" in answered.head
    if row.cause is not slow_head and "Invalid HTTP request" not in message:
        assert "x-content-type-options: nosniff" in answered.head or status == "503"
