"""The formats that a dataset's files are published in, told apart by their header.

``FORMATS`` of each dataset's module names them: the same facts come from several publishers, under
other column names. A file says itself which format it has, so a folder may mix them.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ontime.lake import open_raw

#: The longest known header has 2,000.
MAXIMUM_BYTES_OF_HEADER = 100_000


class Dialect(NamedTuple):
    """What stands between cells, and around one that holds such a sign itself (empty: nothing does)."""

    separator: str
    quote: str


COMMAS, PIPES = Dialect(",", '"'), Dialect("|", "")
Formats = Mapping[str, tuple[str, ...]]


class WrongColumns(ValueError):
    """A raw file's header is of none of the formats that its dataset is published in."""


def cells_of_header(path: Path) -> list[str]:
    """The cells of a raw file's first line; none for a file that is empty."""
    first = _first_line(path)
    return next(csv.reader([first], delimiter=_dialect(first).separator), [])


def dialect_of(path: Path) -> Dialect:
    """How a raw file is written, by its header."""
    return _dialect(_first_line(path))


def _first_line(path: Path) -> str:
    with open_raw(path) as lines:
        return lines.readline(MAXIMUM_BYTES_OF_HEADER).decode("utf-8-sig", errors="replace")


def _dialect(header: str) -> Dialect:
    return COMMAS if header.count(",") >= header.count("|") else PIPES


def named(cells: Sequence[str]) -> tuple[str, ...]:
    """The columns that header cells name: BTS ends each line with a comma, so with one cell too many."""
    return tuple(cells[:-1] if len(cells) > 1 and not cells[-1] else cells)


def format_of(formats: Formats, columns: Iterable[str]) -> str | None:
    """The format with exactly these columns in this order; None if there is none."""
    wanted = tuple(columns)
    return next((name for name, known in formats.items() if known == wanted), None)


def closest(formats: Formats, columns: Iterable[str]) -> str:
    """The format of these columns, or else the one that has most of them: a wrong header is measured by it."""
    found = tuple(columns)
    return format_of(formats, found) or max(formats, key=lambda name: len(set(found).intersection(formats[name])))


def required_format(dataset: str, formats: Formats, path: Path) -> str:
    """A raw file's format; raises :class:`WrongColumns`, with what the closest one would have."""
    found = named(cells_of_header(path))
    name = format_of(formats, found)
    if name:
        return name
    expected = formats[closest(formats, found)]
    missing = ", ".join(column for column in expected if column not in found) or "none"
    unexpected = ", ".join(column for column in found if column not in expected) or "none"
    raise WrongColumns(
        f"{path} has other columns than {dataset} should have, or another order. Missing: {missing}. "
        f"Unexpected: {unexpected}. Nothing was committed."
    )
