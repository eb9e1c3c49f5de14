"""Reads a sample file of the publisher and proposes answers: header, types, key, columns of the month, measure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path

from ontime.lake.lines import CorruptRawFile, Line, as_text, dialect_of_header, read_lines
from ontime.scaffold.answers import kind_of, package_file
from ontime.scaffold.columns import DIGITS, FORMATS, NewColumn, cells, header_cells

#: How many rows of the sample the proposals are based on.
ROWS_AT_MOST = 20_000
#: From this many rows on, a column whose values are all different is probably an identifier.
ROWS_OF_AN_IDENTIFIER = 100
#: The texts that count as missing, as for Spark.
MISSING = ("", "NA")
DATE_OF_DIGITS = re.compile(r"(?:1[89]|20)\d{6}")
WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,8})")
DECIMAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
DECIMAL_COMMA = re.compile(r"-?\d+(?:,\d+)?")
#: Columns with these names are not a measure: their numbers are parts of a date, identifiers or positions.
NO_MEASURE = re.compile(r"(?i)(year|month|day|hour|minute|week|.*id|.*code|.*number|lat\w*|lon\w*)")


class UnreadableSample(ValueError):
    """The sample cannot be read as a table."""


@dataclass(frozen=True)
class Sample:
    """The header of a file, and its first rows: as lines and as cells."""

    header: str
    lines: tuple[str, ...]

    @property
    def rows(self) -> list[list[str]]:
        return [cells(line, self.header) for line in self.lines]


def first_file(source: str) -> Path | None:
    """The file of a package, or the first CSV file of a folder; None if there is none, or for an address."""
    if kind_of(source) == "package":
        return package_file(source)
    return next(iter(sorted(Path(source).expanduser().glob("*.csv"))), None) if source else None


def read(path: Path) -> Sample:
    """Read the header and the first readable rows of a CSV file. Raises :class:`UnreadableSample`."""
    try:
        lines: Iterable[Line] = islice(read_lines(path), ROWS_AT_MOST + 1)
        header, *rows = [as_text(line.content).removeprefix("\ufeff") for line in lines if not line.problem]
    except OSError as problem:
        raise UnreadableSample(f"The sample {path} cannot be read: {problem.strerror}.") from problem
    except CorruptRawFile as problem:
        raise UnreadableSample(f"The sample cannot be read: {problem}") from problem
    except ValueError as problem:
        raise UnreadableSample(f"The sample {path} is empty.") from problem
    width = len(cells(header, header))
    return Sample(header, tuple(row for row in rows if len(cells(row, header)) == width))


def proposals(sample: Sample) -> dict[str, str]:
    """Proposed answers by question."""
    names = header_cells(sample.header)
    values = {name: [row[place] for row in sample.rows] for place, name in enumerate(names)}
    comma_is_free = dialect_of_header(sample.header).separator != ","
    types = {name: _type(_present(texts), comma_is_free) for name, texts in values.items()}
    months = _month_columns(types)
    key = _key(values, types)
    return {
        "header": sample.header,
        "types": "; ".join(types.values()),
        "month_columns": ", ".join(months),
        "key": ", ".join(key),
        "measure": _measure(types, {*months, *key}),
    }


def missing_shares(sample: Sample) -> dict[str, float]:
    """The share of missing values of each column that lacks some."""
    rows = sample.rows
    missing = {
        name: sum(row[place] in MISSING for row in rows) / len(rows)
        for place, name in enumerate(header_cells(sample.header) if rows else ())
    }
    return {name: share for name, share in missing.items() if share}


def _present(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if text not in MISSING]


def _type(texts: Sequence[str], comma_is_free: bool) -> str:
    if not texts:
        return "string"
    compact = f"date {DIGITS}"
    if all(map(DATE_OF_DIGITS.fullmatch, texts)) and _all_have(compact, texts):
        return compact
    patterns = {"int32": WHOLE, "double": DECIMAL} | ({"decimal comma": DECIMAL_COMMA} if comma_is_free else {})
    for name, pattern in patterns.items():
        if all(map(pattern.fullmatch, texts)) and not _has_leading_zeros(texts):
            return name
    formats = (f"{kind} {format_}" for kind, formats in FORMATS.items() for format_ in formats)
    return next((type_ for type_ in formats if _all_have(type_, texts)), "string")


def _has_leading_zeros(texts: Iterable[str]) -> bool:
    """Codes such as 007 are texts, although they look like numbers."""
    return any(re.match(r"-?0\d", text) for text in texts)


def _all_have(type_: str, texts: Iterable[str]) -> bool:
    column = NewColumn("", "", type_, False)
    try:
        return all(column.value(text) for text in texts)
    except ValueError:
        return False


def _month_columns(types: dict[str, str]) -> list[str]:
    by_name = {name.lower(): name for name, type_ in types.items() if type_ == "int32"}
    if {"year", "month"} <= by_name.keys():
        return [by_name["year"], by_name["month"]]
    return [name for name, type_ in types.items() if "%" in type_][:1]


def _key(values: dict[str, list[str]], types: dict[str, str]) -> tuple[str, ...]:
    """The fewest columns without missing values that identify a row; times come first, decimals never.

    A short sample cannot show that a column is an identifier. Its key must contain a time, if it has a column of times.
    """
    complete = [name for name, texts in values.items() if len(_present(texts)) == len(texts)]
    usable = [name for name in complete if types[name] not in ("double", "decimal comma")]
    usable.sort(key=lambda name: ("%" not in types[name], types[name] != "string"))
    times = [name for name in usable if "%" in types[name]]
    must_have_time = bool(times) and len(values[times[0]]) < ROWS_OF_AN_IDENTIFIER
    for size in range(1, 6):
        for names in combinations(usable[:8], size):
            if must_have_time and not set(names).intersection(times):
                continue
            rows = list(zip(*(values[name] for name in names), strict=True))
            if len(set(rows)) == len(rows):
                return tuple(name for name in values if name in names)
    return tuple(usable)


def _measure(types: dict[str, str], others: set[str]) -> str:
    """The first decimal column that can be a measure, else the first such column of whole numbers; else empty.

    ``others``: the columns of key and month, which cannot be the measure.
    """
    numbers = [name for name, type_ in types.items() if name not in others and not NO_MEASURE.fullmatch(name)]
    for wanted in (("double", "decimal comma"), ("int32",)):
        for name in numbers:
            if types[name] in wanted:
                return name
    return ""
