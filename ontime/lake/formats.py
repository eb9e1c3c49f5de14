"""Recognises a raw file's format by its header.

Publishers name the columns of the same data differently. A contract lists the columns of each format, and each file is
recognised by its own header, so a folder may mix formats.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ontime.lake.lines import dialect_of, header_line

#: The columns of each format, in order, by the format's name.
Formats = Mapping[str, Sequence[str]]


class WrongColumns(ValueError):
    """A raw file's header matches no format of its dataset."""


def cells_of_header(path: Path) -> list[str]:
    """The cells of a raw file's header; an empty list for an empty file.

    Raises :class:`ontime.lake.CorruptRawFile` if the file does not begin like a table.
    """
    return next(csv.reader([header_line(path)], delimiter=dialect_of(path).separator), [])


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
        f"{path} has other columns than {dataset} should have, or another order. Missing: {missing:.300}. "
        f"Unexpected: {unexpected:.300}. Nothing was committed."
    )
