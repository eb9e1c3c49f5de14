"""Downloads from a misbehaving server: requests, waits, errors, and the files that remain."""

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ontime.sources import http
from ontime.sources.base import DownloadFailed, NotPublished, Published, TooLarge
from tests.ontime.sources.misbehaving_server import Answer, misbehaving_server

FILE = b"flight,carrier,name\n" + b"".join(b"%d,UA,United Air Lines Inc.\n" % flight for flight in range(4_000))
NEW_FILE = FILE.replace(b"United", b"Untied")
LONG_AGO = "Mon, 01 Jan 2024 00:00:00 GMT"
PAGE = b"\n<!DOCTYPE html><html><head><title>Sorry!</title><STYLE>p {}</STYLE></head><p>Down for&nbsp;repair</p></html>"


@pytest.fixture
def server():
    with misbehaving_server() as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "misbehaving server")])
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + built.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(autouse=True)
def sleeps(monkeypatch, data_dir, certificate):
    """The requested sleeps, in order; nothing really waits. Proxy settings of the environment are removed."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sleeps = []
    monkeypatch.setattr(http, "sleep", sleeps.append)
    return sleeps


@pytest.fixture
def short_timeout(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 1)
    monkeypatch.setattr(http, "ATTEMPTS", 2)


def waits(sleeps):
    """The sleeps between two attempts, without the pause after each request."""
    return [seconds for seconds in sleeps if seconds != http.MINIMUM_INTERVAL_SECONDS]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# -- success -------------------------------------------------------------------
def test_a_file_is_downloaded_with_its_version(server, folder):
    server.answers = [Answer(FILE, etag='"1"', last_modified=LONG_AGO)]
    assert http.fetch(server.url(), folder / "file") == Published(server.url(), '"1"', LONG_AGO)
    assert files(folder) == {"file": FILE}
    [request] = server.requests
    assert request["User-Agent"] == http.USER_AGENT
    assert request["Accept-Encoding"] == "identity"
    assert not {"Range", "If-None-Match", "If-Modified-Since"} & set(request)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(FILE, says_length=False), id="no Content-Length"),
        pytest.param(Answer(b""), id="empty: the gates check content"),
        pytest.param(Answer(bytes(range(256))), id="not text"),
    ],
)
def test_a_file_is_downloaded_byte_for_byte(server, folder, answer):
    server.answers = [answer]
    assert http.fetch(server.url(), folder / "file") == Published(server.url())
    assert files(folder) == {"file": answer.content}


def test_a_file_replaces_the_previous_one(server, folder):
    (folder / "file").write_bytes(b"old")
    server.answers = [Answer(FILE)]
    http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


def test_a_redirect_is_followed_and_the_requested_url_is_the_source(server, folder):
    server.answers = [Answer(status=302, headers={"Location": "/moved.csv"}), Answer(FILE)]
    assert http.fetch(server.url(), folder / "file") == Published(server.url())
    assert server.paths == ["/flights.csv", "/moved.csv"]
    assert files(folder) == {"file": FILE}


# -- retries -------------------------------------------------------------------
BROKEN_OFF = Answer(FILE, etag='"1"', breaks_off_after_bytes=1_000)
WHOLE = Answer(FILE, etag='"1"')
NEW = Answer(NEW_FILE, etag='"2"')


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([Answer(status=500), Answer(status=500), WHOLE], id="the server fails twice"),
        pytest.param([Answer(status=502), WHOLE], id="a gateway fails"),
        pytest.param([Answer(status=429), WHOLE], id="too many requests"),
        pytest.param([BROKEN_OFF, WHOLE], id="breaks off"),
        pytest.param([BROKEN_OFF, replace(BROKEN_OFF, breaks_off_after_bytes=500), WHOLE], id="breaks off twice"),
        pytest.param([replace(BROKEN_OFF, breaks_off_after_bytes=0), WHOLE], id="breaks off before the first byte"),
        pytest.param([BROKEN_OFF, Answer(status=503), WHOLE], id="breaks off, then fails"),
        pytest.param([BROKEN_OFF, NEW], id="breaks off and changes meanwhile"),
    ],
)
def test_temporary_failures_are_retried_from_the_start(server, folder, sleeps, answers):
    server.answers = list(answers)
    assert http.fetch(server.url(), folder / "file") == Published(server.url(), answers[-1].etag)
    assert files(folder) == {"file": answers[-1].content}
    assert server.asked("Range") == [None] * len(answers)
    assert len(waits(sleeps)) == len(answers) - 1


@pytest.mark.parametrize("says_length", [True, False])
def test_a_server_that_stops_sending_is_asked_again(server, folder, short_timeout, says_length):
    server.answers = [replace(BROKEN_OFF, pauses_seconds=9, says_length=says_length), WHOLE]
    http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


def test_each_wait_is_about_twice_the_previous_one(server, folder, sleeps):
    server.answers = [Answer(status=500)] * (http.ATTEMPTS - 1) + [Answer(FILE)]
    http.fetch(server.url(), folder / "file")
    assert [2 ** (n + 1) <= seconds <= 2 ** (n + 1) + 2 for n, seconds in enumerate(waits(sleeps))] == [True] * 4


def retry_after(asked):
    """A header value: a text unchanged; a number of seconds from now as a date and time."""
    if isinstance(asked, str):
        return {"Retry-After": asked}
    return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=asked), usegmt=True)}


@pytest.mark.parametrize(
    ("asked", "shortest", "longest"),
    [
        pytest.param("17", 17, 17, id="seconds"),
        pytest.param("300", 300, 300, id="the limit"),
        pytest.param(200, 100, 200, id="a time"),
        pytest.param(-200, 2, 4, id="a time in the past"),
        pytest.param("Mon, 01 Jan 2024 00:00:00 -0000", 2, 4, id="a time without a zone"),
        pytest.param("0", 2, 4, id="less than the backoff"),
        pytest.param("soon", 2, 4, id="nonsense"),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_honours_retry_after(server, folder, sleeps, status, asked, shortest, longest):
    server.answers = [Answer(status=status, headers=retry_after(asked)), Answer(FILE)]
    http.fetch(server.url(), folder / "file")
    [wait] = waits(sleeps)
    assert shortest <= wait <= longest


# -- failures ------------------------------------------------------------------
def unused_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(Answer(status=500), "answers 500 Internal Server Error", id="an error"),
        pytest.param(BROKEN_OFF, "RemoteProtocolError: peer closed connection", id="always breaks off"),
    ],
)
def test_the_download_fails_after_the_last_attempt(server, folder, sleeps, answer, message):
    server.answers = [answer]
    with pytest.raises(http.ServerUnavailable, match=rf"in 5 attempts; the last one: .*{message}.*Try again later"):
        http.fetch(server.url(), folder / "file")
    assert (len(server.requests), len(waits(sleeps))) == (5, 4)
    assert files(folder) == {}


def test_a_server_that_never_sends_is_unavailable(server, folder, short_timeout):
    server.answers = [Answer(FILE, breaks_off_after_bytes=0, pauses_seconds=9)]
    with pytest.raises(http.ServerUnavailable, match="in 2 attempts; the last one: ReadTimeout"):
        http.fetch(server.url(), folder / "file")
    assert files(folder) == {}


def test_a_server_that_does_not_run_is_unavailable(folder, sleeps):
    with pytest.raises(http.ServerUnavailable, match="in 5 attempts; the last one: ConnectError"):
        http.fetch(f"http://127.0.0.1:{unused_port()}/flights.csv", folder / "file")
    assert len(waits(sleeps)) == 4
    assert files(folder) == {}


@pytest.mark.parametrize("asked", ["301", 4_000])
def test_a_retry_after_above_the_limit_fails_at_once(server, folder, sleeps, asked):
    server.answers = [Answer(status=429, headers=retry_after(asked))]
    with pytest.raises(http.ServerUnavailable, match=r"answers 429 .* asks to wait [\d,]+ seconds: run it again after"):
        http.fetch(server.url(), folder / "file")
    assert (len(server.requests), waits(sleeps)) == (1, [])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(Answer(status=400), "answers 400 Bad Request", id="a bad request"),
        pytest.param(Answer(status=401), "answers 401 Unauthorized", id="a login"),
        pytest.param(Answer(status=403), "answers 403 Forbidden", id="forbidden"),
        pytest.param(Answer(status=408), "answers 408 Request Timeout", id="request timeout"),
        pytest.param(Answer(status=410), "answers 410 Gone", id="gone for good"),
        pytest.param(Answer(status=416), "answers 416", id="range not satisfiable, without a range request"),
        pytest.param(Answer(status=204), "answers 204", id="no content"),
        pytest.param(Answer(status=206, content=FILE), "answers 206", id="partial content, without a range request"),
        pytest.param(Answer(status=304), "answers 304", id="not modified, without a condition"),
        pytest.param(Answer(status=300), "answers 300", id="multiple choices"),
        pytest.param(
            Answer(FILE, headers={"Content-Encoding": "gzip"}),
            "was compressed for the transfer",
            id="compressed for the transfer",
        ),
    ],
)
def test_permanent_failures_are_not_retried(server, folder, sleeps, answer, message):
    server.answers = [answer]
    with pytest.raises(http.RequestRefused, match=message):
        http.fetch(server.url(), folder / "file")
    assert (len(server.requests), waits(sleeps)) == (1, [])
    assert files(folder) == {}


def test_endless_redirects_are_refused(server, folder, sleeps):
    server.answers = [Answer(status=302, headers={"Location": "/flights.csv"})]
    with pytest.raises(http.RequestRefused, match="TooManyRedirects"):
        http.fetch(server.url(), folder / "file")
    assert waits(sleeps) == []


def test_an_address_of_another_protocol_is_refused(folder, sleeps):
    with pytest.raises(http.RequestRefused, match="UnsupportedProtocol"):
        http.fetch("ftp://127.0.0.1/flights.csv", folder / "file")
    assert waits(sleeps) == []


def test_a_404_means_not_published(server, folder, sleeps):
    server.answers = [Answer(status=404)]
    with pytest.raises(NotPublished) as raised:
        http.fetch(server.url(), folder / "file", hint="Months appear about two months late.")
    assert str(raised.value) == f"{server.url()} does not exist (404). Months appear about two months late."
    assert (len(server.requests), waits(sleeps)) == (1, [])
    assert files(folder) == {}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=404),
        Answer(status=403),
        Answer(status=500),
        BROKEN_OFF,
        Answer(PAGE),
        Answer(b"0" * 200_000),
    ],
)
def test_a_failure_leaves_the_previous_file(server, folder, monkeypatch, answer):
    monkeypatch.setattr(http, "MAXIMUM_BYTES", 150_000)
    (folder / "file").write_bytes(b"old")
    server.answers = [answer]
    with pytest.raises((DownloadFailed, NotPublished)):
        http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": b"old"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(FILE), id="by its Content-Length"),
        pytest.param(Answer(FILE, breaks_off_after_bytes=10), id="by its Content-Length, before it is sent"),
        pytest.param(Answer(FILE, says_length=False), id="no Content-Length"),
    ],
)
def test_a_file_that_is_too_large_is_refused(server, folder, sleeps, monkeypatch, answer):
    monkeypatch.setattr(http, "MAXIMUM_BYTES", len(FILE) - 1)
    server.answers = [answer]
    with pytest.raises(TooLarge, match=rf"is larger than {len(FILE) - 1:,} bytes"):
        http.fetch(server.url(), folder / "file")
    assert (len(server.requests), waits(sleeps)) == (1, [])
    assert files(folder) == {}


@pytest.mark.parametrize("says_length", [True, False])
def test_a_file_may_be_as_large_as_the_limit(server, folder, monkeypatch, says_length):
    monkeypatch.setattr(http, "MAXIMUM_BYTES", len(FILE))
    server.answers = [Answer(FILE, says_length=says_length)]
    http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


# -- conditional requests ------------------------------------------------------
@pytest.mark.parametrize(
    ("etag", "last_modified"),
    [
        pytest.param('"1"', LONG_AGO, id="by both"),
        pytest.param('"1"', None, id="by ETag"),
        pytest.param('W/"1"', None, id="by a weak ETag, which suffices to compare whole files"),
        pytest.param(None, LONG_AGO, id="by date"),
    ],
)
def test_an_unchanged_file_is_not_sent_again(server, folder, etag, last_modified):
    (folder / "file").write_bytes(b"old")
    server.answers = [Answer(FILE, etag=etag, last_modified=last_modified)]
    assert http.fetch(server.url(), folder / "file", Published(server.url(), etag, last_modified)) is None
    assert (server.asked("If-None-Match"), server.asked("If-Modified-Since")) == ([etag], [last_modified])
    assert files(folder) == {"file": b"old"}


def test_the_result_of_a_fetch_is_the_condition_of_the_next(server, folder):
    server.answers = [Answer(FILE, etag='"1"', last_modified=LONG_AGO)]
    first = http.fetch(server.url(), folder / "file")
    assert http.fetch(server.url(), folder / "file", first) is None


@pytest.mark.parametrize(
    ("etag", "last_modified", "path", "asked"),
    [
        pytest.param('"0"', "Sun, 31 Dec 2023 00:00:00 GMT", "flights.csv", '"0"', id="it has changed"),
        pytest.param(None, None, "flights.csv", None, id="the previous version has no ETag and no date"),
        pytest.param('"1"', LONG_AGO, "weather.csv", None, id="the previous version came from another URL"),
    ],
)
def test_any_other_file_is_downloaded(server, folder, etag, last_modified, path, asked):
    server.answers = [Answer(FILE, etag='"1"', last_modified=LONG_AGO)]
    previous = Published(server.url(path), etag, last_modified)
    assert http.fetch(server.url(), folder / "file", previous) == Published(server.url(), '"1"', LONG_AGO)
    assert server.asked("If-None-Match") == [asked]
    assert files(folder) == {"file": FILE}


def test_a_broken_transfer_of_a_version_that_is_withdrawn_leaves_nothing(server, folder):
    (folder / "file").write_bytes(b"old")
    server.answers = [replace(NEW, breaks_off_after_bytes=700), WHOLE]
    assert http.fetch(server.url(), folder / "file", Published(server.url(), '"1"')) is None
    assert server.asked("If-None-Match") == ['"1"', '"1"']
    assert files(folder) == {"file": b"old"}


# -- politeness ----------------------------------------------------------------
def test_a_host_gets_one_request_at_a_time(server, folder):
    server.answers = [Answer(FILE, pauses_seconds=0.1, says_length=False)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda number: http.fetch(server.url(), folder / f"file {number}"), range(3)))
    assert (len(server.requests), server.most_at_once) == (3, 1)


def test_a_host_does_not_wait_for_another(server, folder):
    server.answers = [Answer(FILE)]
    with http._host_lock("http://publisher.invalid/"):
        http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


@pytest.mark.parametrize("status", [200, 404])
def test_every_request_is_followed_by_a_pause(server, folder, sleeps, status):
    server.answers = [Answer(status=500), Answer(status=status)]
    try:
        http.fetch(server.url(), folder / "file")
    except NotPublished:
        assert status == 404
    [after_first, backoff, after_second] = sleeps
    assert after_first == after_second == http.MINIMUM_INTERVAL_SECONDS
    assert backoff >= 2


def test_the_proxy_of_the_environment_is_used(server, folder, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.url(""))
    server.answers = [Answer(FILE)]
    http.fetch("http://publisher.invalid/flights.csv", folder / "file")
    assert server.paths == ["http://publisher.invalid/flights.csv"]


# -- certificates --------------------------------------------------------------
@pytest.fixture
def tls_server(certificate):
    with misbehaving_server(str(certificate)) as server:
        server.answers = [Answer(FILE)]
        yield server


def test_a_self_signed_certificate_is_not_trusted(tls_server, folder, sleeps, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(http.UntrustedCertificate, match=r"of 127\.0\.0\.1 .*self-signed certificate.* SSL_CERT_FILE"):
        http.fetch(tls_server.url(), folder / "file")
    assert (tls_server.requests, waits(sleeps)) == ([], [])
    assert files(folder) == {}


def test_a_certificate_in_the_bundle_is_trusted(tls_server, folder):
    http.fetch(tls_server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


def test_a_certificate_for_another_host_is_not_trusted(tls_server, folder):
    with pytest.raises(http.UntrustedCertificate, match="Hostname mismatch"):
        http.fetch(tls_server.url().replace("127.0.0.1", "localhost"), folder / "file")


def test_a_missing_bundle_is_reported(tls_server, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(http.UntrustedCertificate, match="SSL_CERT_FILE names cannot be read"):
        http.fetch(tls_server.url(), folder / "file")


def test_a_redirect_to_https_is_followed(tls_server, server, folder):
    server.answers = [Answer(status=302, headers={"Location": tls_server.url()})]
    http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


def test_a_redirect_from_https_to_http_is_refused(tls_server, server, folder):
    tls_server.answers = [Answer(status=302, headers={"Location": server.url()})]
    server.answers = [Answer(FILE)]
    with pytest.raises(http.RequestRefused, match="redirects to an unencrypted address"):
        http.fetch(tls_server.url(), folder / "file")
    assert files(folder) == {}


# -- web pages -----------------------------------------------------------------
def test_the_error_quotes_a_web_page_that_came_instead_of_the_file(server, folder, sleeps):
    server.answers = [Answer(PAGE)]
    with pytest.raises(http.ErrorPage) as raised:
        http.fetch(server.url(), folder / "file")
    assert f"{server.url()} is a web page, not a file: “Sorry! Down for repair”." in str(raised.value)
    assert (len(server.requests), waits(sleeps)) == (1, [])
    assert files(folder) == {}


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (PAGE, True),
        (b"<html>", True),
        (b"\xef\xbb\xbf \r\n<HTML lang='en'>", True),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN'>", True),
        (b"<!-- maintenance --><head>", True),
        (b"<body bgcolor='white'>", True),
        (FILE, False),
        (b"", False),
        (b"PK\x03\x04<html>", False),
        (b"note\n<html> in a cell\n", False),
        (b"<?xml version='1.0'?><stations/>", False),
    ],
)
def test_web_pages_are_recognised_by_their_start(folder, start, expected):
    (folder / "file").write_bytes(start)
    assert http.looks_like_html(folder / "file") is expected
