"""Downloads from a server that misbehaves: what arrives, what is asked for, how long is waited, what is left."""

import hashlib
import io
import socket
import zipfile
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
from ontime.sources.base import NotPublished
from tests.ontime.sources.misbehaving_server import SENT_AT, Answer, misbehaving_server

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
    """A certificate for 127.0.0.1 that nobody but itself vouches for, and its key, in one file."""
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
    """What would have been slept, in order: nothing really waits. Nothing of the environment reaches the tests."""
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
    """The sleeps between two attempts: all but those that leave the host alone after each request."""
    return [seconds for seconds in sleeps if seconds != http.MINIMUM_INTERVAL_SECONDS]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# -- what arrives --------------------------------------------------------------
def test_a_file_arrives_and_is_described(server, folder):
    server.answers = [Answer(FILE, etag='"1"', last_modified=LONG_AGO)]
    fetched = http.fetch(server.url(), folder / "file")
    assert fetched == http.Fetched(
        url=server.url(),
        etag='"1"',
        last_modified=LONG_AGO,
        size_bytes=len(FILE),
        sha256=hashlib.sha256(FILE).hexdigest(),
        is_modified=True,
    )
    assert files(folder) == {"file": FILE}
    [request] = server.requests
    assert request["User-Agent"] == http.USER_AGENT
    assert request["Accept-Encoding"] == "identity"
    assert not {"Range", "If-Range", "If-None-Match", "If-Modified-Since"} & set(request)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(FILE, says_length=False), id="of a length that nobody said"),
        pytest.param(Answer(b""), id="empty: the gates judge content"),
        pytest.param(Answer(bytes(range(256))), id="not text"),
    ],
)
def test_a_file_arrives_byte_for_byte(server, folder, answer):
    server.answers = [answer]
    fetched = http.fetch(server.url(), folder / "file")
    assert (fetched.etag, fetched.last_modified, fetched.size_bytes) == (None, None, len(answer.content))
    assert files(folder) == {"file": answer.content}


def test_a_file_replaces_the_one_before(server, folder):
    (folder / "file").write_bytes(b"old")
    server.answers = [Answer(FILE)]
    http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


def test_a_redirect_is_followed_and_the_address_asked_for_is_kept(server, folder):
    server.answers = [Answer(status=302, headers={"Location": "/moved.csv"}), Answer(FILE)]
    assert http.fetch(server.url(), folder / "file").url == server.url()
    assert server.paths == ["/flights.csv", "/moved.csv"]
    assert files(folder) == {"file": FILE}


# -- what passes is tried again ------------------------------------------------
HALF = Answer(FILE, etag='"1"', breaks_off_after_bytes=1_000)
WHOLE = Answer(FILE, etag='"1"')
NEW = Answer(NEW_FILE, etag='"2"')
HALF_DATED = Answer(FILE, last_modified=LONG_AGO, breaks_off_after_bytes=1_000)
REST = "bytes=1000-"


@pytest.mark.parametrize(
    ("answers", "content", "ranges", "if_ranges"),
    [
        pytest.param(
            [Answer(status=500), Answer(status=500), WHOLE], FILE, [None] * 3, [None] * 3, id="the server fails twice"
        ),
        pytest.param([Answer(status=502), WHOLE], FILE, [None] * 2, [None] * 2, id="a gateway fails"),
        pytest.param([Answer(status=429), WHOLE], FILE, [None] * 2, [None] * 2, id="too many requests"),
        pytest.param([HALF, WHOLE], FILE, [None, REST], [None, '"1"'], id="breaks off: goes on by ETag"),
        pytest.param(
            [HALF_DATED, Answer(FILE, last_modified=LONG_AGO)],
            FILE,
            [None, REST],
            [None, LONG_AGO],
            id="breaks off: goes on by date",
        ),
        pytest.param(
            [HALF, replace(HALF, breaks_off_after_bytes=500), WHOLE],
            FILE,
            [None, REST, "bytes=1500-"],
            [None, '"1"', '"1"'],
            id="breaks off twice: goes on from the second place",
        ),
        pytest.param(
            [HALF, Answer(status=503), WHOLE],
            FILE,
            [None, REST, REST],
            [None, '"1"', '"1"'],
            id="fails in between: what has come is kept",
        ),
        pytest.param(
            [HALF, replace(WHOLE, longest_range_bytes=500), WHOLE],
            FILE,
            [None, REST, "bytes=1500-"],
            [None, '"1"', '"1"'],
            id="sends less than the rest: asked for the rest of it",
        ),
        pytest.param(
            [HALF, replace(WHOLE, says_total=False, longest_range_bytes=500), WHOLE],
            FILE,
            [None, REST, "bytes=1500-"],
            [None, '"1"', '"1"'],
            id="sends less than the rest and no total: the first answer said it",
        ),
        pytest.param(
            [replace(HALF, breaks_off_after_bytes=0), WHOLE],
            FILE,
            [None] * 2,
            [None] * 2,
            id="breaks off before the first byte: nothing to go on from",
        ),
        pytest.param(
            [Answer(FILE, breaks_off_after_bytes=1_000), Answer(FILE)],
            FILE,
            [None] * 2,
            [None] * 2,
            id="breaks off, no validator: starts again",
        ),
        pytest.param(
            [replace(HALF, etag='W/"1"', last_modified=LONG_AGO), WHOLE],
            FILE,
            [None] * 2,
            [None] * 2,
            id="breaks off, weak ETag: starts again",
        ),
        pytest.param(
            [replace(HALF_DATED, last_modified=SENT_AT), Answer(FILE)],
            FILE,
            [None] * 2,
            [None] * 2,
            id="breaks off, changed in the second it was sent: starts again",
        ),
        pytest.param(
            [replace(HALF_DATED, last_modified="yesterday"), Answer(FILE)],
            FILE,
            [None] * 2,
            [None] * 2,
            id="breaks off, a date that is none: starts again",
        ),
        pytest.param(
            [replace(HALF_DATED, last_modified="Mon, 01 Jan 2024 00:00:00 -0000"), Answer(FILE)],
            FILE,
            [None, REST],
            [None, "Mon, 01 Jan 2024 00:00:00 -0000"],
            id="breaks off, a date without a zone: is UTC, goes on",
        ),
        pytest.param(
            [HALF, replace(WHOLE, knows_range=False)],
            FILE,
            [None, REST],
            [None, '"1"'],
            id="ignores Range: takes the whole file",
        ),
        pytest.param([HALF, NEW], NEW_FILE, [None, REST], [None, '"1"'], id="changed meanwhile: takes the new one"),
        pytest.param(
            [HALF_DATED, Answer(NEW_FILE, last_modified=SENT_AT)],
            NEW_FILE,
            [None, REST],
            [None, LONG_AGO],
            id="changed meanwhile by its date: takes the new one",
        ),
        pytest.param(
            [HALF, replace(NEW, heeds_if_range=False), NEW],
            NEW_FILE,
            [None, REST, None],
            [None, '"1"', None],
            id="changed meanwhile, ignores If-Range: never spliced",
        ),
        pytest.param(
            [HALF_DATED, Answer(NEW_FILE, last_modified=SENT_AT, heeds_if_range=False), NEW],
            NEW_FILE,
            [None, REST, None],
            [None, LONG_AGO, None],
            id="changed meanwhile by its date, ignores If-Range: never spliced",
        ),
        pytest.param(
            [HALF, Answer(NEW_FILE + b"\n", heeds_if_range=False), NEW],
            NEW_FILE,
            [None, REST, None],
            [None, '"1"', None],
            id="the rest of a file of another length: never spliced",
        ),
        pytest.param(
            [HALF, replace(WHOLE, range_begins_at=999), WHOLE],
            FILE,
            [None, REST, None],
            [None, '"1"', None],
            id="sends another range: starts again",
        ),
        pytest.param(
            [HALF, Answer(status=206, content=FILE), WHOLE],
            FILE,
            [None, REST, None],
            [None, '"1"', None],
            id="does not say which range: starts again",
        ),
        pytest.param(
            [HALF, Answer(status=416), WHOLE],
            FILE,
            [None, REST, None],
            [None, '"1"', None],
            id="has no such range: starts again",
        ),
        pytest.param(
            [HALF, replace(NEW, breaks_off_after_bytes=700), NEW],
            NEW_FILE,
            [None, REST, "bytes=700-"],
            [None, '"1"', '"2"'],
            id="changed meanwhile and breaks off: goes on with the new one",
        ),
    ],
)
def test_what_may_pass_is_tried_again(server, folder, sleeps, answers, content, ranges, if_ranges):
    server.answers = list(answers)
    fetched = http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": content}
    assert fetched.sha256 == hashlib.sha256(content).hexdigest()
    assert fetched.etag == answers[-1].etag
    assert (server.asked("Range"), server.asked("If-Range")) == (ranges, if_ranges)
    assert len(waits(sleeps)) == len(answers) - 1


@pytest.mark.parametrize("says_length", [True, False])
def test_a_server_that_falls_silent_is_asked_for_the_rest(server, folder, short_timeout, says_length):
    server.answers = [replace(HALF, pauses_seconds=9, says_length=says_length), WHOLE]
    http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": FILE}
    assert server.asked("Range") == [None, REST]


def test_each_wait_is_about_twice_the_one_before(server, folder, sleeps):
    server.answers = [Answer(status=500)] * (http.ATTEMPTS - 1) + [Answer(FILE)]
    http.fetch(server.url(), folder / "file")
    assert [2 ** (n + 1) <= seconds <= 2 ** (n + 1) + 2 for n, seconds in enumerate(waits(sleeps))] == [True] * 4


def retry_after(asked):
    """A number of seconds from now becomes a time; text stays as it is."""
    if isinstance(asked, str):
        return {"Retry-After": asked}
    return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=asked), usegmt=True)}


@pytest.mark.parametrize(
    ("asked", "shortest", "longest"),
    [
        pytest.param("17", 17, 17, id="seconds"),
        pytest.param("300", 300, 300, id="the limit"),
        pytest.param(200, 100, 200, id="a time"),
        pytest.param(-200, 2, 4, id="a time that has gone by"),
        pytest.param("0", 2, 4, id="less than the backoff"),
        pytest.param("soon", 2, 4, id="nonsense"),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_server_gets_the_time_it_asks_for(server, folder, sleeps, status, asked, shortest, longest):
    server.answers = [Answer(status=status, headers=retry_after(asked)), Answer(FILE)]
    http.fetch(server.url(), folder / "file")
    [wait] = waits(sleeps)
    assert shortest <= wait <= longest


# -- what does not pass --------------------------------------------------------
def unused_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(Answer(status=500), "answers 500 Internal Server Error", id="an error"),
        pytest.param(HALF, "RemoteProtocolError: peer closed connection", id="breaks off always"),
    ],
)
def test_after_the_last_attempt_it_gives_up(server, folder, sleeps, answer, told):
    server.answers = [answer]
    with pytest.raises(http.ServerUnavailable, match=rf"in 5 attempts; the last one: .*{told}.*Try again later"):
        http.fetch(server.url(), folder / "file")
    assert (len(server.requests), len(waits(sleeps))) == (5, 4)
    assert files(folder) == {}


def test_a_server_that_is_always_silent_is_given_up(server, folder, short_timeout):
    server.answers = [Answer(FILE, breaks_off_after_bytes=0, pauses_seconds=9)]
    with pytest.raises(http.ServerUnavailable, match="in 2 attempts; the last one: ReadTimeout"):
        http.fetch(server.url(), folder / "file")
    assert files(folder) == {}


def test_a_server_that_is_not_there_is_tried_as_often(folder, sleeps):
    with pytest.raises(http.ServerUnavailable, match="in 5 attempts; the last one: ConnectError"):
        http.fetch(f"http://127.0.0.1:{unused_port()}/flights.csv", folder / "file")
    assert len(waits(sleeps)) == 4
    assert files(folder) == {}


@pytest.mark.parametrize("asked", ["301", 4_000])
def test_a_server_that_asks_for_too_much_patience_is_left_alone(server, folder, sleeps, asked):
    server.answers = [Answer(status=429, headers=retry_after(asked))]
    with pytest.raises(http.ServerUnavailable, match=r"answers 429 .* asks to wait [\d,]+ seconds: run it again after"):
        http.fetch(server.url(), folder / "file")
    assert (len(server.requests), waits(sleeps)) == (1, [])


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(Answer(status=400), "answers 400 Bad Request", id="a bad request"),
        pytest.param(Answer(status=401), "answers 401 Unauthorized", id="a login"),
        pytest.param(Answer(status=403), "answers 403 Forbidden", id="forbidden"),
        pytest.param(Answer(status=408), "answers 408 Request Timeout", id="too slow a request"),
        pytest.param(Answer(status=410), "answers 410 Gone", id="gone for good"),
        pytest.param(Answer(status=416), "answers 416", id="a range that was not asked for does not exist"),
        pytest.param(Answer(status=204), "answers 204", id="no content"),
        pytest.param(Answer(status=206, content=FILE), "answers 206", id="a part that was not asked for"),
        pytest.param(Answer(status=304), "answers 304", id="not modified, since nothing"),
        pytest.param(Answer(status=300), "answers 300", id="a choice"),
        pytest.param(
            Answer(FILE, headers={"Content-Encoding": "gzip"}), "is compressed on the way", id="compressed on the way"
        ),
    ],
)
def test_what_does_not_pass_is_asked_once(server, folder, sleeps, answer, told):
    server.answers = [answer]
    with pytest.raises(http.RequestRefused, match=told):
        http.fetch(server.url(), folder / "file")
    assert (len(server.requests), waits(sleeps)) == (1, [])
    assert files(folder) == {}


def test_redirects_that_never_end_are_refused(server, folder, sleeps):
    server.answers = [Answer(status=302, headers={"Location": "/flights.csv"})]
    with pytest.raises(http.RequestRefused, match="TooManyRedirects"):
        http.fetch(server.url(), folder / "file")
    assert waits(sleeps) == []


def test_an_address_that_is_not_of_the_web_is_refused(folder, sleeps):
    with pytest.raises(http.RequestRefused, match="UnsupportedProtocol"):
        http.fetch("ftp://127.0.0.1/flights.csv", folder / "file")
    assert waits(sleeps) == []


def test_a_file_that_is_not_there_is_not_published(server, folder, sleeps):
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
        HALF,
        Answer(PAGE),
        Answer(b"0" * 200_000),
    ],
)
def test_a_failure_leaves_the_file_before_as_it_was(server, folder, answer):
    (folder / "file").write_bytes(b"old")
    server.answers = [answer]
    with pytest.raises((http.DownloadFailed, NotPublished)):
        http.fetch(server.url(), folder / "file", maximum_bytes=150_000)
    assert files(folder) == {"file": b"old"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(FILE), id="the server says so"),
        pytest.param(Answer(FILE, breaks_off_after_bytes=10), id="the server says so, and need not send it"),
        pytest.param(Answer(FILE, says_length=False), id="the server does not say so"),
    ],
)
def test_a_file_that_is_too_large_is_refused(server, folder, sleeps, answer):
    server.answers = [answer]
    with pytest.raises(http.TooLarge, match=rf"is larger than {len(FILE) - 1:,} bytes"):
        http.fetch(server.url(), folder / "file", maximum_bytes=len(FILE) - 1)
    assert (len(server.requests), waits(sleeps)) == (1, [])
    assert files(folder) == {}


@pytest.mark.parametrize("says_length", [True, False])
def test_a_file_may_be_as_large_as_the_limit(server, folder, says_length):
    server.answers = [Answer(FILE, says_length=says_length)]
    http.fetch(server.url(), folder / "file", maximum_bytes=len(FILE))
    assert files(folder) == {"file": FILE}


# -- what has not changed ------------------------------------------------------
def known(server, etag='"1"', last_modified=LONG_AGO, path="flights.csv"):
    return http.Fetched(server.url(path), etag, last_modified, size_bytes=3, sha256="0" * 64)


@pytest.mark.parametrize(
    ("etag", "last_modified"),
    [
        pytest.param('"1"', LONG_AGO, id="by both"),
        pytest.param('"1"', None, id="by ETag"),
        pytest.param('W/"1"', None, id="by a weak ETag, which is good enough to compare whole files"),
        pytest.param(None, LONG_AGO, id="by date"),
    ],
)
def test_an_unchanged_file_costs_one_question(server, folder, etag, last_modified):
    (folder / "file").write_bytes(b"old")
    server.answers = [Answer(FILE, etag=etag, last_modified=last_modified)]
    before = known(server, etag, last_modified)
    assert http.fetch(server.url(), folder / "file", before) == replace(before, is_modified=False)
    assert (server.asked("If-None-Match"), server.asked("If-Modified-Since")) == ([etag], [last_modified])
    assert files(folder) == {"file": b"old"}


def test_what_a_fetch_returned_is_what_the_next_one_needs(server, folder):
    server.answers = [Answer(FILE, etag='"1"', last_modified=LONG_AGO)]
    first = http.fetch(server.url(), folder / "file")
    second = http.fetch(server.url(), folder / "file", first)
    third = http.fetch(server.url(), folder / "file", second)
    assert [fetched.is_modified for fetched in (first, second, third)] == [True, False, False]
    assert first.sha256 == second.sha256 == third.sha256


@pytest.mark.parametrize(
    ("etag", "last_modified", "path", "asked"),
    [
        pytest.param('"0"', "Sun, 31 Dec 2023 00:00:00 GMT", "flights.csv", '"0"', id="it has changed"),
        pytest.param(None, None, "flights.csv", None, id="nothing is known to compare by"),
        pytest.param('"1"', LONG_AGO, "weather.csv", None, id="another file is known"),
    ],
)
def test_any_other_file_is_downloaded(server, folder, etag, last_modified, path, asked):
    server.answers = [Answer(FILE, etag='"1"', last_modified=LONG_AGO)]
    fetched = http.fetch(server.url(), folder / "file", known(server, etag, last_modified, path))
    assert (fetched.is_modified, fetched.etag, fetched.sha256) == (True, '"1"', hashlib.sha256(FILE).hexdigest())
    assert server.asked("If-None-Match") == [asked]
    assert files(folder) == {"file": FILE}


def test_the_rest_of_a_changed_file_is_asked_for_without_the_known_one(server, folder):
    server.answers = [HALF, WHOLE]
    http.fetch(server.url(), folder / "file", known(server, '"0"', None))
    assert (server.asked("If-None-Match"), server.asked("Range")) == (['"0"', None], [None, REST])
    assert files(folder) == {"file": FILE}


# -- politeness ----------------------------------------------------------------
def test_a_host_gets_one_request_at_a_time(server, folder):
    server.answers = [Answer(FILE, pauses_seconds=0.1, says_length=False)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda number: http.fetch(server.url(), folder / f"file {number}"), range(3)))
    assert (len(server.requests), server.most_at_once) == (3, 1)


def test_a_host_does_not_wait_for_another(server, folder):
    server.answers = [Answer(FILE)]
    with http._turn_at("http://publisher.invalid/"):
        http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


@pytest.mark.parametrize("status", [200, 404])
def test_a_host_is_left_alone_after_every_request(server, folder, sleeps, status):
    server.answers = [Answer(status=500), Answer(status=status)]
    try:
        http.fetch(server.url(), folder / "file")
    except NotPublished:
        assert status == 404
    [after_first, backoff, after_second] = sleeps
    assert after_first == after_second == http.MINIMUM_INTERVAL_SECONDS
    assert backoff >= 2


def test_a_proxy_of_the_environment_is_used(server, folder, monkeypatch):
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


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tls_server, folder, sleeps, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(http.UntrustedCertificate, match=r"of 127\.0\.0\.1 .*self-signed certificate.* SSL_CERT_FILE"):
        http.fetch(tls_server.url(), folder / "file")
    assert (tls_server.requests, waits(sleeps)) == ([], [])
    assert files(folder) == {}


def test_the_advice_on_certificates_helps(tls_server, folder):
    http.fetch(tls_server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


def test_a_certificate_for_another_host_is_not_trusted(tls_server, folder):
    with pytest.raises(http.UntrustedCertificate, match="Hostname mismatch"):
        http.fetch(tls_server.url().replace("127.0.0.1", "localhost"), folder / "file")


def test_a_bundle_that_is_not_there_is_told(tls_server, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(http.UntrustedCertificate, match="SSL_CERT_FILE names cannot be read"):
        http.fetch(tls_server.url(), folder / "file")


def test_a_redirect_may_lead_into_tls(tls_server, server, folder):
    server.answers = [Answer(status=302, headers={"Location": tls_server.url()})]
    http.fetch(server.url(), folder / "file")
    assert files(folder) == {"file": FILE}


def test_a_redirect_does_not_lead_out_of_tls(tls_server, server, folder):
    tls_server.answers = [Answer(status=302, headers={"Location": server.url()})]
    server.answers = [Answer(FILE)]
    with pytest.raises(http.RequestRefused, match="redirects to an unencrypted address"):
        http.fetch(tls_server.url(), folder / "file")
    assert files(folder) == {}


# -- web pages -----------------------------------------------------------------
def test_a_page_in_the_files_stead_is_told_by_its_words(server, folder, sleeps):
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
def test_a_page_is_known_by_its_start(folder, start, expected):
    (folder / "file").write_bytes(start)
    assert http.looks_like_html(folder / "file") is expected


# -- zip files -----------------------------------------------------------------
def zipped(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def with_header(archive, position, value):
    """A zip whose directory says something else of its only member, ``position`` bytes into its entry."""
    start = archive.rindex(b"PK\x01\x02") + position
    return archive[:start] + value + archive[start + len(value) :]


#: Bytes into a member's entry in the directory of a zip.
VERSION, FLAGS, CRC, UNCOMPRESSED_SIZE, NAME = 6, 8, 16, 24, 46
ONE = zipped([("flights.csv", FILE)])


@pytest.mark.parametrize(
    ("archive", "name"),
    [
        pytest.param(ONE, "flights.csv", id="alone"),
        pytest.param(zipped([("readme.html", "<html>"), ("a/Flights.CSV", FILE)]), "a/Flights.CSV", id="with a readme"),
        pytest.param(zipped([("a/", ""), ("a/f.csv", FILE)]), "a/f.csv", id="in a folder"),
        pytest.param(zipped([("f.csv", FILE)], zipfile.ZIP_STORED), "f.csv", id="not compressed"),
        pytest.param(
            with_header(ONE, UNCOMPRESSED_SIZE, b"\xff\xff\xff\x7f"), "flights.csv", id="that says it were larger"
        ),
        pytest.param(b"MZ" + ONE, "flights.csv", id="after something else"),
    ],
)
def test_the_csv_file_of_a_zip_is_taken_out(folder, archive, name):
    (folder / "zip").write_bytes(archive)
    assert http.extract_single_csv(folder / "zip", folder / "csv", len(FILE)) == name
    assert files(folder) == {"zip": archive, "csv": FILE}


BOMB = zipped([("bomb.csv", bytes(10_000_000))])


@pytest.mark.parametrize(
    ("archive", "error", "told"),
    [
        pytest.param(b"", http.BadArchive, "not a whole zip file", id="empty"),
        pytest.param(FILE, http.BadArchive, "not a whole zip file", id="not a zip"),
        pytest.param(ONE[:-30], http.BadArchive, "not a whole zip file", id="cut short"),
        pytest.param(ONE[100:], http.BadArchive, "not a whole zip file", id="its start is missing"),
        pytest.param(
            with_header(ONE, CRC, b"\0\0\0\0"), http.BadArchive, "Bad CRC-32.*download it again", id="a wrong checksum"
        ),
        pytest.param(
            with_header(BOMB, UNCOMPRESSED_SIZE, b"\x01\0\0\0"),
            http.BadArchive,
            "Bad CRC-32",
            id="a bomb that says it were small",
        ),
        pytest.param(
            with_header(with_header(ONE, FLAGS, b"\0\x08"), NAME, b"\xff"),
            http.BadArchive,
            "not a whole zip file",
            id="a name that is not the UTF-8 it says it is",
        ),
        pytest.param(BOMB, http.TooLarge, "more than 100 times the zip file", id="a bomb"),
        pytest.param(
            zipped([("f.csv", FILE + b"\n")], zipfile.ZIP_STORED),
            http.TooLarge,
            f"larger than {len(FILE):,} bytes",
            id="one byte too large",
        ),
        pytest.param(zipped([]), http.BadArchive, r"holds 0 \(nothing\)", id="nothing in it"),
        pytest.param(zipped([("readme.txt", "")]), http.BadArchive, r"holds 0 \(readme.txt\)", id="no CSV"),
        pytest.param(
            zipped([("a.csv", ""), ("b.csv", "")]), http.BadArchive, r"holds 2 \(a.csv, b.csv\)", id="two CSVs"
        ),
        pytest.param(zipped([("../f.csv", FILE)]), http.BadArchive, "outside its folder", id="up"),
        pytest.param(zipped([("a/../../f.csv", FILE)]), http.BadArchive, "outside its folder", id="down and up"),
        pytest.param(zipped([("/f.csv", FILE)]), http.BadArchive, "outside its folder", id="the root"),
        pytest.param(zipped([("..\\f.csv", FILE)]), http.BadArchive, "outside its folder", id="up on Windows"),
        pytest.param(zipped([("C:\\f.csv", FILE)]), http.BadArchive, "outside its folder", id="a drive"),
        pytest.param(
            zipped([("f.csv", FILE), ("../readme.txt", "")]), http.BadArchive, "outside its folder", id="another file"
        ),
        pytest.param(with_header(ONE, FLAGS, b"\1"), http.BadArchive, "is encrypted", id="encrypted"),
        pytest.param(
            with_header(ONE, FLAGS, b"\x20"), http.BadArchive, "patched data.*download it again", id="patches"
        ),
        pytest.param(
            with_header(ONE, VERSION, b"\xff"), http.BadArchive, "version 25.5.*download it again", id="a later version"
        ),
        pytest.param(zipped([("f.csv", FILE)], zipfile.ZIP_BZIP2), http.BadArchive, "not deflated", id="bzip2"),
        pytest.param(zipped([("f.csv", FILE)], zipfile.ZIP_LZMA), http.BadArchive, "not deflated", id="lzma"),
    ],
)
def test_a_zip_that_is_not_as_it_should_be_is_refused(folder, archive, error, told):
    (folder / "zip").write_bytes(archive)
    (folder / "csv").write_bytes(b"old")
    with pytest.raises(error, match=told):
        http.extract_single_csv(folder / "zip", folder / "csv", max(len(FILE), 20_000_000 * (archive == BOMB)))
    assert files(folder) == {"zip": archive, "csv": b"old"}


def test_no_damaged_byte_of_a_zip_changes_what_is_taken_out(folder):
    content = b"carrier,name\nUA,United\nAA,American\n"
    archive = zipped([("readme.txt", "Carriers"), ("f.csv", content)])
    for position in range(len(archive)):
        damaged = bytearray(archive)
        damaged[position] ^= 0xFF
        (folder / "zip").write_bytes(damaged)
        try:
            http.extract_single_csv(folder / "zip", folder / "csv")
        except http.DownloadFailed:
            assert files(folder) == {"zip": bytes(damaged)}
        else:
            assert (folder / "csv").read_bytes() == content
            (folder / "csv").unlink()
