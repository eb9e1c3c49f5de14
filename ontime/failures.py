"""Explains failures of the machine (disk, memory, permissions, Java): what is wrong and what to do, in one sentence."""

import errno
import re
from collections.abc import Iterator

from ontime import locks, project

AGAIN = "then run the same command again: nothing half-written was kept"
ELSEWHERE = "or set ONTIME_DATA_DIR to another folder"
TRACEBACK = "ONTIME_TRACEBACK=true shows where it happened"
MEMORY = (
    f"Memory ran out: close other programs, or lower ONTIME_DUCKDB_MEMORY_LIMIT and ONTIME_SPARK_DRIVER_MEMORY, {AGAIN}"
)

#: By `errno`, the operating system's error number: what is wrong and what to do.
BY_ERRNO = {
    errno.ENOSPC: f"The disk is full: free some space {ELSEWHERE}, {AGAIN}",
    errno.EDQUOT: f"Your quota of the disk is used up: free some space {ELSEWHERE}, {AGAIN}",
    errno.EFBIG: f"A file became larger than this system allows: raise the limit (`ulimit -f unlimited`), {AGAIN}",
    errno.EROFS: f"The disk is read-only: make it writable {ELSEWHERE}",
    errno.EACCES: f"Permission denied: become its owner {ELSEWHERE}",
    errno.EPERM: f"Permission denied: become its owner {ELSEWHERE}",
    errno.EMFILE: f"This process has too many open files: raise the limit (`ulimit -n 4096`), {AGAIN}",
    errno.ENFILE: f"This machine has too many open files: close other programs, {AGAIN}",
    errno.ENOMEM: MEMORY,
    errno.EAGAIN: f"No further process can start: close other programs or raise the limit (`ulimit -u`), {AGAIN}",
    errno.ENAMETOOLONG: f"The path is too long: use a shorter one {ELSEWHERE}",
    errno.ENOTDIR: f"A file is where a folder should be: move it away {ELSEWHERE}",
    errno.EIO: f"The disk fails to read or write: check it {ELSEWHERE}",
    errno.ENOLCK: f"The file system has no locks: set ONTIME_DATA_DIR to a folder on a local disk, {AGAIN}",
}

#: The same, by a pattern in the error's message: libraries replace the system's error by one of their own.
BY_TEXT = {
    r"no space left|disk is full|disk quota": BY_ERRNO[errno.ENOSPC],
    r"file too large": BY_ERRNO[errno.EFBIG],
    r"read-only file system|readonly database": BY_ERRNO[errno.EROFS],
    r"outofmemory|out of memory|cannot allocate memory|failed to allocate|could not allocate": MEMORY,
    r"too many open files": BY_ERRNO[errno.EMFILE],
    r"permission denied": BY_ERRNO[errno.EACCES],
    r"java_gateway_exited": "Java did not start, and its own message above says why: Spark needs Java 17 or newer and "
    "as much memory as ONTIME_SPARK_DRIVER_MEMORY says; `ontime doctor` checks the machine",
    r"answer from java side is empty": f"Java ended while Spark was running. {MEMORY}",
}


def sentence(problem: BaseException) -> str | None:
    """Explain a failure of the machine or of Spark, a held lock, or a bad `project.toml`.

    None for any other error, which is a bug.

    Libraries wrap the system's error in their own, so the causes of ``problem`` are searched too.
    """
    for cause in _causes(problem):
        if isinstance(cause, locks.Busy | project.BadProject):
            return str(cause)
        if isinstance(cause, MemoryError):
            return f"{MEMORY}."
        if isinstance(cause, OSError) and cause.errno in BY_ERRNO:
            return f"{f'{cause.filename}: ' if cause.filename else ''}{BY_ERRNO[cause.errno]}."
    text = "\n".join(str(cause) for cause in _causes(problem))
    for pattern, meaning in BY_TEXT.items():
        if match := re.search(pattern, text, re.IGNORECASE):
            return f"{_line_of(text, match.start())}: {meaning}."
    if isinstance(problem, OSError):
        return f"{problem} ({TRACEBACK})."
    if type(problem).__module__.startswith(("py4j", "pyspark")):
        # "Caused by: java.io.IOException: …", or ": java.io.IOException: …" below the line that says what was called.
        causes = [match.start() for match in re.finditer(r"^(Caused by)?: ", text, re.MULTILINE)]
        return f"Spark failed: {_line_of(text, causes[-1] if causes else 0)} ({TRACEBACK})."
    return None


def _causes(problem: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = problem
    while cause:
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _line_of(text: str, position: int) -> str:
    """The line at ``position``, at most 300 characters of it. (A stack trace of Java has hundreds of lines.)"""
    start = text.rfind("\n", 0, position) + 1
    return text[start:].splitlines()[0].strip().removeprefix("Caused by").removeprefix(": ").rstrip(".")[:300]
