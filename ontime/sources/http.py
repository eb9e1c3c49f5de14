"""How a live publisher gets a file: `fetch` downloads it, `extract` and `extract_single_csv` take it out of its zip.

A file is there whole or not at all: it grows under a temporary name beside its target. Certificates,
proxies and their exceptions are httpx's to read from the environment (``SSL_CERT_FILE``, ``HTTPS_PROXY``,
``NO_PROXY``).
"""

import html
import logging
import os
import re
import ssl
import textwrap
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path, PureWindowsPath
from time import sleep

import httpx
from filelock import FileLock
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from tenacity import (
    RetryCallState,
    Retrying,
    before_sleep_log,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from ontime.files import file_sha256
from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources.base import DownloadFailed, NotPublished

USER_AGENT = f"ontime (flight-delay data pipeline) python-httpx/{httpx.__version__}"
#: How long to wait for a connection, and for each next piece of a file.
TIMEOUT_SECONDS = 60.0
ATTEMPTS = 5
#: A server that asks for more patience than this is not waited for.
MAXIMUM_RETRY_AFTER_SECONDS = 300.0
#: How long a host is left alone between two requests.
MINIMUM_INTERVAL_SECONDS = 1.0
MAXIMUM_BYTES = 2 * 1024**3
#: Tables deflate to a fifth or a tenth; what deflates to less than a hundredth is no table.
MAXIMUM_COMPRESSION_RATIO = 100

_backoff = wait_exponential(multiplier=2, max=60) + wait_random(0, 2)
_log = logging.getLogger(__name__)


class ServerUnavailable(DownloadFailed):
    """The server could not be reached, is overloaded or breaks off, and still does after all attempts."""


class RequestRefused(DownloadFailed):
    """The server answers with something that asking again will not change."""


class UntrustedCertificate(DownloadFailed):
    """The server's certificate cannot be verified."""


class ErrorPage(DownloadFailed):
    """The server says 200 and sends an HTML page in the file's stead."""


class TooLarge(DownloadFailed):
    """The file, or what its zip inflates to, is larger than it may be."""


class BadArchive(DownloadFailed):
    """The zip file is damaged, unsafe, or does not hold exactly one file of the wanted kind."""


@dataclass(frozen=True)
class Fetched:
    """What a URL held: pass it to the next `fetch` of that URL, which then downloads only what has changed.

    ``is_modified`` is False where the server said that the file is still the known one: nothing was written.
    """

    url: str
    etag: str | None
    last_modified: str | None
    size_bytes: int
    sha256: str
    is_modified: bool = True


def fetch(
    url: str, target: Path, known: Fetched | None = None, *, hint: str = "", maximum_bytes: int = MAXIMUM_BYTES
) -> Fetched:
    """Download ``url`` to ``target``, whose folder exists, unless it is unchanged since ``known``.

    Connection errors, timeouts, transfers that break off, 429 and 5xx are tried again, from where it broke off
    if the server can tell that the file is still the same one. ``hint`` ends the message of a 4xx: what to do
    about a file that is missing or refused. A redirect is followed within the turn of the host that was asked first.

    Raises :class:`NotPublished` (404) or a :class:`DownloadFailed`, and then leaves ``target`` as it was.
    """
    attempts = Retrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait_seconds,
        sleep=sleep,
        before_sleep=before_sleep_log(_log, logging.WARNING),
        reraise=True,
    )
    with _temporary_beside(target) as part, _client() as client:
        try:
            fetched = attempts(_Download(client, url, part, known, hint, maximum_bytes).attempt)
        except (_TryAgain, httpx.RequestError) as problem:
            raise _explained(url, problem) from problem
        if fetched.is_modified:
            os.replace(part, target)
    return fetched


def fetched_before(url: str, known: RawFile | None) -> Fetched | None:
    """What the lake knows of a URL, if the file that it has came from there."""
    if known is None or known.source != url:
        return None
    return Fetched(url, known.etag, known.last_modified, known.size_bytes, known.sha256)


# -- one download --------------------------------------------------------------
class _TryAgain(Exception):
    """An attempt failed in a way that may pass."""

    def __init__(self, message: str, retry_after_seconds: float = 0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


@dataclass
class _Download:
    """A file on its way, over several attempts."""

    client: httpx.Client
    url: str
    part: Path
    known: Fetched | None
    hint: str
    maximum_bytes: int
    #: The headers of the answer that ``part`` is the beginning of.
    begun: httpx.Headers | None = None

    def attempt(self) -> Fetched:
        with _turn_at(self.url), self.client.stream("GET", self.url, headers=self._conditions()) as response:
            self._check(response)
            if self.known and response.status_code == httpx.codes.NOT_MODIFIED:
                return replace(self.known, is_modified=False)
            if response.status_code == httpx.codes.PARTIAL_CONTENT:
                self._receive(response, "ab", self._size_of_the_whole(response))
            else:
                self.begun = response.headers
                self._receive(response, "wb", _content_length(response.headers))
        if looks_like_html(self.part):
            raise ErrorPage(
                f"{self.url} is a web page, not a file: “{_first_words(self.part)}”. "
                "Open it in a browser: the publisher may have moved the file, or be under maintenance."
            )
        return Fetched(
            url=self.url,
            etag=self.begun.get("ETag") if self.begun else None,
            last_modified=self.begun.get("Last-Modified") if self.begun else None,
            size_bytes=self.part.stat().st_size,
            sha256=file_sha256(self.part),
        )

    def _conditions(self) -> dict[str, str]:
        """The headers that ask for the rest of what has begun, or else for anything but what is known."""
        validator = self.begun and _strong_validator(self.begun)
        if validator and self.part.stat().st_size:
            return {"Range": f"bytes={self.part.stat().st_size}-", "If-Range": validator}
        if self.known is None or self.known.url != self.url:
            return {}
        conditions = {"If-None-Match": self.known.etag, "If-Modified-Since": self.known.last_modified}
        return {name: value for name, value in conditions.items() if value}

    def _check(self, response: httpx.Response) -> None:
        status, asked = response.status_code, response.request.headers
        said = f"{self.url} answers {status} {response.reason_phrase}".rstrip()
        first, *others = (hop.url.scheme for hop in [*response.history, response])
        if first == "https" and "http" in others:
            raise RequestRefused(f"{self.url} redirects to an unencrypted address: look for the file's https address.")
        if status == httpx.codes.NOT_FOUND:
            raise NotPublished(f"{self.url} does not exist (404). {self.hint}".rstrip())
        if status == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            seconds = _retry_after_seconds(response.headers)
            if seconds > MAXIMUM_RETRY_AFTER_SECONDS:
                raise ServerUnavailable(f"{said} and asks to wait {seconds:,.0f} seconds: run it again after that.")
            raise _TryAgain(said, seconds)
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and "Range" in asked:
            self.begun = None
            raise _TryAgain(said)
        expected = {httpx.codes.OK}
        if "Range" in asked:
            expected |= {httpx.codes.PARTIAL_CONTENT}
        if "If-None-Match" in asked or "If-Modified-Since" in asked:
            expected |= {httpx.codes.NOT_MODIFIED}
        if status not in expected:
            raise RequestRefused(
                f"{said}: check the address in a browser, the publisher may have moved the file. {self.hint}".rstrip()
            )
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise RequestRefused(f"{self.url} is compressed on the way: its bytes would not be the file's.")

    def _size_of_the_whole(self, response: httpx.Response) -> int | None:
        """The size that a partial answer completes the file to, if it does continue what has begun."""
        # Unless this answer continues what has begun, the next attempt starts again.
        begun, self.begun = self.begun or httpx.Headers(), None
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        size = int(found[2]) if found and found[2] != "*" else None
        validators = ("ETag", "Last-Modified")
        same_version = all(response.headers.get(name, begun.get(name)) == begun.get(name) for name in validators)
        same_size = size is None or _content_length(begun) in (None, size)
        if not (found and int(found[1]) == self.part.stat().st_size and same_version and same_size):
            raise _TryAgain(f"{self.url} goes on with something else than it began with")
        self.begun = begun
        return size if size is not None else _content_length(begun)

    def _receive(self, response: httpx.Response, mode: str, size_bytes: int | None) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        with self.part.open(mode) as file, progress:
            task = progress.add_task(Path(response.url.path).name, total=size_bytes)
            self._refuse_above_maximum(size_bytes or 0)
            for piece in response.iter_raw():
                self._refuse_above_maximum(file.tell() + len(piece))
                file.write(piece)
                progress.update(task, completed=file.tell())
            if size_bytes is not None and file.tell() != size_bytes:
                raise _TryAgain(f"{self.url} ends after {file.tell():,} of {size_bytes:,} bytes")

    def _refuse_above_maximum(self, size_bytes: int) -> None:
        if size_bytes > self.maximum_bytes:
            raise TooLarge(
                f"{self.url} is larger than {self.maximum_bytes:,} bytes: if that is right, raise maximum_bytes."
            )


def _strong_validator(headers: httpx.Headers) -> str | None:
    """What ``If-Range`` may carry: see RFC 9110, 13.1.5 and 8.8.2.2."""
    etag = headers.get("ETag")
    if etag:
        return None if etag.startswith("W/") else etag
    modified, sent = _instant(headers.get("Last-Modified")), _instant(headers.get("Date"))
    # Within the second of its change, a file may change again and keep its date.
    if modified and sent and sent - modified >= timedelta(seconds=1):
        return headers["Last-Modified"]
    return None


def _content_length(headers: httpx.Headers) -> int | None:
    length = headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _retry_after_seconds(headers: httpx.Headers) -> float:
    value = headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    instant = _instant(value)
    return (instant - datetime.now(UTC)).total_seconds() if instant else 0


def _instant(value: str | None) -> datetime | None:
    try:
        instant = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


# -- what may pass, and when to try again --------------------------------------
def _may_pass(problem: BaseException) -> bool:
    if isinstance(problem, httpx.UnsupportedProtocol) or _certificate_problem(problem):
        return False
    return isinstance(problem, _TryAgain | httpx.TransportError)


def _wait_seconds(state: RetryCallState) -> float:
    problem = state.outcome and state.outcome.exception()
    return max(_backoff(state), problem.retry_after_seconds if isinstance(problem, _TryAgain) else 0)


def _explained(url: str, problem: Exception) -> DownloadFailed:
    certificate_problem = _certificate_problem(problem)
    if certificate_problem:
        return UntrustedCertificate(
            f"The certificate of {httpx.URL(url).host} cannot be verified ({certificate_problem.verify_message}). "
            "Behind a company's proxy, or where the server leaves out an intermediate certificate, point "
            "SSL_CERT_FILE at a bundle that holds the missing one. Verification is never turned off."
        )
    said = f"{type(problem).__name__}: {problem}" if isinstance(problem, httpx.RequestError) else str(problem)
    said = said.rstrip(".")
    if _may_pass(problem):
        return ServerUnavailable(
            f"{url} could not be downloaded in {ATTEMPTS} attempts; the last one: {said}. Try again later."
        )
    return RequestRefused(f"{url} cannot be downloaded: {said}.")


def _certificate_problem(problem: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while problem:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return problem
        problem = problem.__cause__ or problem.__context__
    return None


# -- client and files ----------------------------------------------------------
def _client() -> httpx.Client:
    # Not compressed on the way: the bytes are the file's, and their number is known.
    headers = {"User-Agent": settings.user_agent or USER_AGENT, "Accept-Encoding": "identity"}
    try:
        return httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=True)
    except OSError as problem:
        raise UntrustedCertificate(f"The bundle that SSL_CERT_FILE names cannot be read: {problem}.") from problem


@contextmanager
def _turn_at(url: str) -> Iterator[None]:
    """The one request at a time that a host gets, from all processes that share the data directory."""
    locks = settings.raw_dir / ".hosts"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / f"{httpx.URL(url).host}.lock"):
        try:
            yield
        finally:
            sleep(MINIMUM_INTERVAL_SECONDS)


@contextmanager
def _temporary_beside(target: Path) -> Iterator[Path]:
    """A name in ``target``'s folder, to be renamed to it; what still has that name at the end is removed."""
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}")
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


# -- web pages -----------------------------------------------------------------
def looks_like_html(path: Path) -> bool:
    """Whether a file begins as a web page does."""
    with path.open("rb") as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"<") and bool(re.search(rb"<(!doctype\s+html|html|head|body)\b", start, re.IGNORECASE))


def _first_words(page: Path) -> str:
    with page.open("rb") as file:
        text = file.read(8192).decode(errors="replace")
    text = re.sub(r"<(script|style)\b.*?(</\1\s*>|\Z)", " ", text, flags=re.IGNORECASE | re.DOTALL)
    return textwrap.shorten(html.unescape(re.sub(r"<[^>]*>", " ", text)), width=160, placeholder=" …")


# -- zip files -----------------------------------------------------------------
def extract_single_csv(zip_path: Path, target: Path, maximum_bytes: int = MAXIMUM_BYTES) -> str:
    """Write the one CSV file of a zip to ``target``, whose folder exists; return its name in the zip.

    Other files, a readme say, are left alone. Raises :class:`BadArchive` or :class:`TooLarge`, and then
    leaves ``target`` as it was.
    """
    return _extract(zip_path, lambda name: name.lower().endswith(".csv"), "CSV file", target, maximum_bytes)


def extract(zip_path: Path, name: str, target: Path, maximum_bytes: int = MAXIMUM_BYTES) -> None:
    """Write the file of that name of a zip to ``target``, by the same rules."""
    _extract(zip_path, lambda found: found == name, name, target, maximum_bytes)


def _extract(zip_path: Path, is_wanted: Callable[[str], bool], wanted: str, target: Path, maximum_bytes: int) -> str:
    # From the size on disk: what a zip says about its content need not be true.
    zip_bytes = zip_path.stat().st_size
    limit_bytes = min(maximum_bytes, MAXIMUM_COMPRESSION_RATIO * zip_bytes)
    try:
        with zipfile.ZipFile(zip_path) as archive, _temporary_beside(target) as part:
            member = _single_member(archive, is_wanted, wanted)
            if not 0 <= member.header_offset < zip_bytes:
                raise zipfile.BadZipFile("its directory points outside of it")
            with archive.open(member) as content, part.open("wb") as file:
                while piece := content.read(1024**2):
                    if file.tell() + len(piece) > limit_bytes:
                        raise TooLarge(
                            f"{member.filename} in {zip_path} is larger than {maximum_bytes:,} bytes, or inflates to "
                            f"more than {MAXIMUM_COMPRESSION_RATIO} times the zip file: look at it before you trust it."
                        )
                    file.write(piece)
            os.replace(part, target)
    # zipfile says NotImplementedError of a zip of a version, or with patches, that it does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as problem:
        raise BadArchive(
            f"{zip_path} is not a whole zip file ({problem}): download it again. "
            "If that does not help, the publisher's file is damaged."
        ) from problem
    return member.filename


def _single_member(archive: zipfile.ZipFile, is_wanted: Callable[[str], bool], wanted: str) -> zipfile.ZipInfo:
    for name in archive.namelist():
        path = PureWindowsPath(name)  # which knows both slashes, and drives
        if path.anchor or ".." in path.parts:
            raise BadArchive(
                f"{archive.filename} has a file that would lie outside its folder ({name}): do not use it."
            )
    found = [member for member in archive.infolist() if is_wanted(member.filename)]
    if len(found) != 1:
        names = ", ".join(archive.namelist()) or "nothing"
        raise BadArchive(
            f"{archive.filename} should hold one {wanted} and holds {len(found)} ({names}): "
            "the publisher has changed its format, or this is another file."
        )
    [member] = found
    # zipfile inflates the other methods without a bound on memory.
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadArchive(f"{member.filename} in {archive.filename} is encrypted or not deflated: unpack it by hand.")
    return member
