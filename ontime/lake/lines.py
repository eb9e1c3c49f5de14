"""The lines of a raw file: one definition for row counts, the raw gate and Spark.

A line ends with a line feed, or with a carriage return and a line feed. Lines with only blanks and tabs are ignored.
The first other line is the header, and every line after it is a row. A row is *unreadable* if two parsers would read it
differently, or if it would make one fail. It goes to quarantine as one text; the raw gate and Spark's parser never see
it.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

#: A longer line is unreadable. The longest header, GHCNh's, has 9,747 bytes; Spark's parser stops at 20,480 cells.
MAXIMUM_BYTES = 20_000
#: A file with a longer line is not a table. This size bounds the memory, and also the size of a row in quarantine.
MAXIMUM_BYTES_OF_ANY_LINE = 64 * 1024**2
#: How many unreadable lines a message names.
LINES_NAMED = 5

BLANKS, LINE_END, BYTE_ORDER_MARK = b" \t\r\n", b"\r\n", b"\xef\xbb\xbf"
#: All but the tab make a row unreadable. So does a carriage return within a line, where some parsers end the line.
CONTROL_CHARACTERS = bytes([*range(9), *range(10, 32), 127])
#: The first bytes of files that are often mistaken for CSV, and what the message says about them.
SIGNATURES = {
    b"PK\x03\x04": "is a zip file or a workbook: unpack it, or export it as CSV",
    b"PAR1": "is a Parquet file: export it as CSV",
    b"\xff\xfe": "is encoded in UTF-16: save it as UTF-8",
    b"\xfe\xff": "is encoded in UTF-16: save it as UTF-8",
}


class CorruptRawFile(ValueError):
    """A raw file cannot be read as a table, or has changed since its download."""


class Dialect(NamedTuple):
    """Delimiter and quote character of a CSV file; an empty ``quote`` means that nothing is quoted."""

    separator: str
    quote: str


COMMAS, PIPES, SEMICOLONS, TABS = Dialect(",", '"'), Dialect("|", ""), Dialect(";", '"'), Dialect("\t", '"')


class Line(NamedTuple):
    """A line of a raw file, counted from 1; ``problem`` says why it is unreadable and is empty for a readable one."""

    number: int
    content: bytes
    problem: str = ""


@dataclass(frozen=True)
class Rows:
    """The number of rows of a raw file, how many of them are unreadable, and a text that names the first of those."""

    count: int
    unreadable: int
    named: str


def open_raw(path: Path) -> BufferedReader:
    """Open a raw file for reading the publisher's bytes; a gzip-compressed file is decompressed on the fly."""
    return BufferedReader(gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def header_line(path: Path) -> str:
    """The header without its line end and byte order mark; empty for an empty file.

    Raises :class:`CorruptRawFile` if the file does not begin like a table.
    """
    return next((_checked_header(path, line) for _, line in _lines(path) if line.strip(BLANKS)), "")


def dialect_of(path: Path) -> Dialect:
    """The dialect of a raw file, guessed from its header."""
    return dialect_of_header(header_line(path))


def dialect_of_header(header: str) -> Dialect:
    """The dialect whose delimiter occurs most often in a header; commas if none occurs."""
    return max((COMMAS, PIPES, SEMICOLONS, TABS), key=lambda dialect: header.count(dialect.separator))


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the header and every row of a raw file. Raises :class:`CorruptRawFile`."""
    lines = ((number, line) for number, line in _lines(path) if line.strip(BLANKS))
    for number, line in lines:
        header = _checked_header(path, line)
        yield Line(number, line)
        quote, repeated = dialect_of_header(header).quote.encode(), header.encode()
        for number, line in lines:
            yield Line(number, line, _problem(line.rstrip(LINE_END), quote, repeated))


def inspect_rows(path: Path) -> Rows:
    """Count the rows of a raw file and look for unreadable ones. Raises :class:`CorruptRawFile`."""
    count, unreadable, named = -1, 0, []
    for line in read_lines(path):
        count += 1
        if line.problem:
            unreadable += 1
            if unreadable <= LINES_NAMED:
                named.append(f"line {line.number:,} {line.problem}")
    more = ["…"] if unreadable > LINES_NAMED else []
    return Rows(max(count, 0), unreadable, "; ".join(named + more))


def count_rows(path: Path) -> int:
    """The number of rows of a raw file. Raises :class:`CorruptRawFile`."""
    return max(sum(1 for _, line in _lines(path) if line.strip(BLANKS)) - 1, 0)


def as_text(line: bytes) -> str:
    """A line as text; bytes that are not UTF-8, and control characters, are written as ``\\x00``."""
    text = line.rstrip(LINE_END).decode(errors="backslashreplace")
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", lambda character: f"\\x{ord(character[0]):02x}", text)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield every line with its number; memory is bounded whatever the file holds."""
    number = 0
    try:
        with open_raw(path) as file:
            if path.suffix == ".gz":
                _check_end(path)
            while line := file.readline(MAXIMUM_BYTES_OF_ANY_LINE):
                number += 1
                if len(line) == MAXIMUM_BYTES_OF_ANY_LINE:
                    raise CorruptRawFile(f"{path}: line {number:,} has {len(line):,} bytes or more, so it is no table.")
                yield number, line
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise CorruptRawFile(
            f"{path} is a damaged gzip file ({problem}): download it again. If that does not help, the publisher's "
            "file is damaged."
        ) from problem


def _check_end(path: Path) -> None:
    """Raise for zeros after the end of the gzip data: Python skips them, Java does not."""
    # A gzip file ends with a checksum and the size of its content; only an empty content has five zeros there.
    with path.open("rb") as file:
        file.seek(-min(5, path.stat().st_size), 2)
        if file.read() == bytes(5):
            raise gzip.BadGzipFile("it is followed by zeros, or empty")


def _checked_header(path: Path, line: bytes) -> str:
    for signature, what in SIGNATURES.items():
        if line.startswith(signature):
            raise CorruptRawFile(f"{path} {what}.")
    content = line.removeprefix(BYTE_ORDER_MARK).rstrip(LINE_END)
    if b"\r" in content and not _has_control_character(content.replace(b"\r", b"")):
        raise CorruptRawFile(
            f"{path} has lines that end with a carriage return alone: save it with Unix or Windows line ends."
        )
    problem = _problem(content, b"", b"")
    if problem:
        raise CorruptRawFile(f"{path} is no table: its first line {problem}. Look at it in an editor.")
    return content.decode()


def _problem(content: bytes, quote: bytes, header: bytes) -> str:
    """Why a line without its line end is unreadable; empty if it is readable."""
    if len(content) > MAXIMUM_BYTES:
        return f"has more than {MAXIMUM_BYTES:,} bytes"
    if _has_control_character(content):
        return "has a control character"
    if quote and content.count(quote) % 2:
        return "opens a quote that it does not close"
    if not content.isascii():
        try:
            content.decode()
        except UnicodeDecodeError:
            return "is not UTF-8"
        if BYTE_ORDER_MARK in content:
            return "has a byte order mark"
    return "repeats the header" if content == header else ""


def _has_control_character(content: bytes) -> bool:
    return len(content.translate(None, CONTROL_CHARACTERS)) != len(content)
