"""Recognises a raw file's format by its header.

Publishers name the columns of the same data differently. A contract lists the columns of each format, and each file is
recognised by its own header, so a folder may mix formats.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ontime.lake import open_raw

#: The longest header of a known format, GHCNh's, has 9,747 characters.
MAXIMUM_BYTES_OF_HEADER = 100_000


class Dialect(NamedTuple):
    """Delimiter and quote character of a CSV file; an empty ``quote`` means that nothing is quoted."""

    separator: str
    quote: str


COMMAS, PIPES = Dialect(",", '"'), Dialect("|", "")
#: The columns of each format, in order, by the format's name.
Formats = Mapping[str, Sequence[str]]


class WrongColumns(ValueError):
    """A raw file's header matches no format of its dataset."""


def cells_of_header(path: Path) -> list[str]:
    """The cells of a raw file's first line; an empty list for an empty file."""
    header = _first_line(path)
    return next(csv.reader([header], delimiter=_dialect(header).separator), [])


def dialect_of(path: Path) -> Dialect:
    """The dialect of a raw file, guessed from its header: whichever delimiter occurs more often."""
    return _dialect(_first_line(path))


def column_names(header_cells: Sequence[str]) -> tuple[str, ...]:
    """The header's cells without an empty last one: BTS ends each line with a comma."""
    return tuple(header_cells[:-1] if len(header_cells) > 1 and not header_cells[-1] else header_cells)


def format_of(formats: Formats, columns: Iterable[str]) -> str | None:
    """The format that has exactly these columns in this order, or None."""
    wanted = tuple(columns)
    return next((name for name, format_columns in formats.items() if tuple(format_columns) == wanted), None)


def closest_format(formats: Formats, columns: Iterable[str]) -> str:
    """The format of these columns, or else the one that shares most columns with them."""
    wanted = tuple(columns)
    return format_of(formats, wanted) or max(formats, key=lambda name: len(set(wanted).intersection(formats[name])))


def required_format(dataset: str, formats: Formats, path: Path) -> str:
    """The format of a raw file.

    Raises :class:`WrongColumns`, which names what is missing and unexpected compared with the closest format.
    """
    columns = column_names(cells_of_header(path))
    name = format_of(formats, columns)
    if name:
        return name
    expected = formats[closest_format(formats, columns)]
    missing = ", ".join(column for column in expected if column not in columns) or "none"
    unexpected = ", ".join(column for column in columns if column not in expected) or "none"
    raise WrongColumns(
        f"{path} has other columns than {dataset} should have, or another order. Missing: {missing}. "
        f"Unexpected: {unexpected}. Nothing was committed."
    )


def _first_line(path: Path) -> str:
    with open_raw(path) as lines:
        return lines.readline(MAXIMUM_BYTES_OF_HEADER).decode("utf-8-sig", errors="replace")


def _dialect(header: str) -> Dialect:
    return COMMAS if header.count(",") >= header.count("|") else PIPES
