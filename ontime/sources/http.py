"""Downloads over HTTP: retries, conditional requests, and one request per host at a time.

A file is written whole or not at all. httpx reads certificates, proxies and their exceptions from the environment
(``SSL_CERT_FILE``, ``HTTPS_PROXY``, ``NO_PROXY``).
"""

import html
import logging
import re
import ssl
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
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

from ontime.files import atomic_target
from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources.base import DownloadFailed, NotPublished, Published, TooLarge

USER_AGENT = f"ontime (flight-delay data pipeline) python-httpx/{httpx.__version__}"
#: Timeout of a connection, and of each piece of a file.
TIMEOUT_SECONDS = 60.0
ATTEMPTS = 5
#: If a server asks for a longer wait, the download fails instead.
MAXIMUM_RETRY_AFTER_SECONDS = 300.0
#: Pause between two requests to a host.
MINIMUM_INTERVAL_SECONDS = 1.0
#: Size limit of a downloaded file.
MAXIMUM_BYTES = 2 * 1024**3

_backoff = wait_exponential(multiplier=2, max=60) + wait_random(0, 2)
_log = logging.getLogger(__name__)


class ServerUnavailable(DownloadFailed):
    """The server was unreachable, overloaded or broke off the transfer, in every attempt."""


class RequestRefused(DownloadFailed):
    """The server gave an answer that a retry would not change."""


class UntrustedCertificate(DownloadFailed):
    """The server's certificate cannot be verified."""


class ErrorPage(DownloadFailed):
    """The server answered 200 and sent an HTML page instead of the file."""


def fetch(url: str, target: Path, previous: Published | RawFile | None = None, *, hint: str = "") -> Published | None:
    """Download ``url`` to ``target``, whose folder exists, unless ``previous`` is still the current version.

    Returns None, and writes nothing, if the server says that the file has not changed. ``previous`` counts only if it
    came from the same URL. Connection errors, timeouts, broken transfers, 429 and 5xx are retried from the start.
    ``hint`` ends the message of a 4xx: what to do about a missing or refused file.

    Raises :class:`NotPublished` (404) or a :class:`DownloadFailed`, and then leaves ``target`` as it was.
    """
    attempts = Retrying(
        retry=retry_if_exception(_is_temporary),
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait_seconds,
        sleep=sleep,
        before_sleep=before_sleep_log(_log, logging.WARNING),
        reraise=True,
    )
    with atomic_target(target) as part, _client() as client:
        try:
            return attempts(_Download(client, url, part, _conditions(url, previous), hint).attempt)
        except (_RetryableError, httpx.RequestError) as problem:
            raise _explain(url, problem) from problem


def _conditions(url: str, previous: Published | RawFile | None) -> dict[str, str]:
    """The headers that ask for the file only if it has changed."""
    if previous is None or previous.source != url:
        return {}
    conditions = {"If-None-Match": previous.etag, "If-Modified-Since": previous.last_modified}
    return {name: value for name, value in conditions.items() if value}


# -- one attempt ---------------------------------------------------------------
class _RetryableError(Exception):
    """An attempt failed; a later one may succeed."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class _Download:
    client: httpx.Client
    url: str
    part: Path
    conditions: Mapping[str, str]
    hint: str

    def attempt(self) -> Published | None:
        self.part.unlink(missing_ok=True)
        # A redirect to another host is followed under the lock of the first.
        with _host_lock(self.url), self.client.stream("GET", self.url, headers=self.conditions) as response:
            self._check(response)
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return None
            self._receive(response)
        if looks_like_html(self.part):
            raise ErrorPage(
                f"{self.url} is a web page, not a file: “{_first_words(self.part)}”. "
                "Open it in a browser: the publisher may have moved the file, or be under maintenance."
            )
        return Published(self.url, response.headers.get("ETag"), response.headers.get("Last-Modified"))

    def _check(self, response: httpx.Response) -> None:
        """Raise an error unless the answer is the file, or says that it has not changed."""
        status = response.status_code
        answer = f"{self.url} answers {status} {response.reason_phrase}".rstrip()
        first, *redirects = (hop.url.scheme for hop in [*response.history, response])
        if first == "https" and "http" in redirects:
            raise RequestRefused(f"{self.url} redirects to an unencrypted address: look for the file's https address.")
        if status == httpx.codes.NOT_FOUND:
            raise NotPublished(f"{self.url} does not exist (404). {self.hint}".rstrip())
        if status == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            seconds = _retry_after_seconds(response.headers)
            if seconds > MAXIMUM_RETRY_AFTER_SECONDS:
                raise ServerUnavailable(f"{answer} and asks to wait {seconds:,.0f} seconds: run it again after that.")
            raise _RetryableError(answer, seconds)
        expected = [httpx.codes.OK, httpx.codes.NOT_MODIFIED] if self.conditions else [httpx.codes.OK]
        if status not in expected:
            raise RequestRefused(
                f"{answer}: check the address in a browser, the publisher may have moved the file. {self.hint}".rstrip()
            )
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise RequestRefused(f"{self.url} was compressed for the transfer: its bytes would not be the file's.")

    def _receive(self, response: httpx.Response) -> None:
        length = response.headers.get("Content-Length", "")
        size_bytes = int(length) if length.isdecimal() else None
        self._check_size(size_bytes or 0)
        with self.part.open("wb") as file, _progress() as progress:
            task = progress.add_task(Path(response.url.path).name, total=size_bytes)
            for piece in response.iter_raw():
                self._check_size(file.tell() + len(piece))
                file.write(piece)
                progress.update(task, completed=file.tell())

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > MAXIMUM_BYTES:
            raise TooLarge(
                f"{self.url} is larger than {MAXIMUM_BYTES:,} bytes: if that is right, raise MAXIMUM_BYTES in "
                "ontime/sources/http.py."
            )


def _progress() -> Progress:
    """A progress bar, shown only on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


# -- retries and errors --------------------------------------------------------
def _is_temporary(problem: BaseException) -> bool:
    if isinstance(problem, httpx.UnsupportedProtocol) or _certificate_problem(problem):
        return False
    return isinstance(problem, _RetryableError | httpx.TransportError)


def _wait_seconds(state: RetryCallState) -> float:
    problem = state.outcome and state.outcome.exception()
    return max(_backoff(state), problem.retry_after_seconds if isinstance(problem, _RetryableError) else 0)


def _retry_after_seconds(headers: httpx.Headers) -> float:
    """The wait that a server asks for, given in seconds or as a time; 0 if it gives none."""
    value = headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        return (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # not a time, or a time without a zone
        return 0


def _explain(url: str, problem: Exception) -> DownloadFailed:
    """The error to raise after the last attempt, with advice."""
    certificate_problem = _certificate_problem(problem)
    if certificate_problem:
        return UntrustedCertificate(
            f"The certificate of {httpx.URL(url).host} cannot be verified ({certificate_problem.verify_message}). "
            "If a company's proxy is in between, or the server omits an intermediate certificate, set SSL_CERT_FILE "
            "to a bundle that has the missing certificate. Verification is never turned off."
        )
    message = f"{type(problem).__name__}: {problem}" if isinstance(problem, httpx.RequestError) else str(problem)
    message = message.rstrip(".")
    if _is_temporary(problem):
        return ServerUnavailable(
            f"{url} could not be downloaded in {ATTEMPTS} attempts; the last one: {message}. Try again later."
        )
    return RequestRefused(f"{url} cannot be downloaded: {message}.")


def _certificate_problem(problem: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while problem:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return problem
        problem = problem.__cause__ or problem.__context__
    return None


# -- client --------------------------------------------------------------------
def _client() -> httpx.Client:
    # Without compression the bytes are the file's own, and Content-Length is the file's size.
    headers = {"User-Agent": settings.user_agent or USER_AGENT, "Accept-Encoding": "identity"}
    try:
        return httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=True)
    except OSError as problem:
        raise UntrustedCertificate(f"The bundle that SSL_CERT_FILE names cannot be read: {problem}.") from problem


@contextmanager
def _host_lock(url: str) -> Iterator[None]:
    """Allow one request at a time to a host, across all processes that share the data directory."""
    locks = settings.raw_dir / ".hosts"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / f"{httpx.URL(url).host}.lock"):
        try:
            yield
        finally:
            sleep(MINIMUM_INTERVAL_SECONDS)


# -- web pages -----------------------------------------------------------------
def looks_like_html(path: Path) -> bool:
    """Whether the file starts like a web page."""
    with path.open("rb") as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"<") and bool(re.search(rb"<(!doctype\s+html|html|head|body)\b", start, re.IGNORECASE))


def _first_words(page: Path) -> str:
    with page.open("rb") as file:
        text = file.read(8192).decode(errors="replace")
    text = re.sub(r"<(script|style)\b.*?(</\1\s*>|\Z)", " ", text, flags=re.IGNORECASE | re.DOTALL)
    return textwrap.shorten(html.unescape(re.sub(r"<[^>]*>", " ", text)), width=160, placeholder=" …")
