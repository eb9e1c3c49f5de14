"""The columns of a new dataset: their types, and their names in the clean table.

A type is written as an answer: ``string``, ``int32``, ``double``, ``decimal comma`` (``1,5``), ``date FORMAT`` or
``timestamp FORMAT``. Formats are those of ``datetime.strptime``; a format that ends in ``Z`` is UTC, others are local.
"""

import csv
import keyword
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from ontime.contract import ColumnType
from ontime.lake.formats import column_names
from ontime.lake.lines import dialect_of_header
from ontime.settings import settings

DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d")
#: A date of eight digits, which would be a whole number too.
DIGITS = "%Y%m%d"
CLOCKS = ("T%H:%M:%SZ", "T%H:%MZ", "T%H:%M:%S", "T%H:%M", " %H:%M:%S", " %H:%M")
#: Every format that can be an answer, in the order in which a sample's are guessed.
FORMATS = {"date": (*DATES, DIGITS), "timestamp": tuple(date + clock for date in DATES for clock in CLOCKS)}
#: Spark's letters for those of strptime; a single letter reads one or two digits.
SPARK_LETTERS = {
    DIGITS: "yyyyMMdd", "%Y": "yyyy", "%m": "M", "%d": "d", "%H": "H", "%M": "m", "%S": "s", "T": "'T'", "Z": "'Z'"
}  # fmt: skip

NUMBERS = ("int32", "double", "decimal comma")
TYPES = ("string", *NUMBERS, *(f"{kind} {format_}" for kind, formats in FORMATS.items() for format_ in formats))
#: The contract's type of each kind of answer.
CONTRACT_TYPES: dict[str, ColumnType] = {
    "string": "string",
    "int32": "int32",
    "double": "double",
    "decimal comma": "double",
    "date": "date32[day]",
    "timestamp": "timestamp[us, tz=UTC]",
}
SQL_TYPES = {
    "string": "varchar",
    "int32": "integer",
    "double": "double",
    "date32[day]": "date",
    "timestamp[us, tz=UTC]": "timestamp with time zone",
}
#: Names that the lake, Spark's rows or the marts use themselves.
OURS = {"year", "month", "partition", "raw", "reason", "missing_count", "malformed_line", "month_start_date"}


@dataclass(frozen=True)
class NewColumn:
    """One column: its name in the publisher's header and in the clean table, its type, and whether it is required."""

    published: str
    name: str
    type: str
    required: bool

    @property
    def kind(self) -> str:
        """The type without its format."""
        return self.type.split(" %")[0]

    @property
    def format(self) -> str:
        """The format of a date or timestamp; empty for other types."""
        return self.type.removeprefix(self.kind).strip()

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def contract_type(self) -> ColumnType:
        return CONTRACT_TYPES[self.kind]

    @property
    def sql_type(self) -> str:
        """The type in the marts."""
        return SQL_TYPES[self.contract_type]

    @property
    def mapping(self) -> str:
        """The publisher's text as Spark SQL."""
        return f"replace(`{self.published}`, ',', '.')" if self.kind == "decimal comma" else f"`{self.published}`"

    @property
    def spark_format(self) -> str:
        return re.sub("|".join(SPARK_LETTERS), lambda letter: SPARK_LETTERS[letter[0]], self.format)

    @property
    def is_local(self) -> bool:
        """Whether the column has local times, which must be converted to UTC."""
        return self.kind == "timestamp" and not self.format.endswith("Z")

    def value(self, text: str) -> str | float | datetime:
        """The value of a cell, from its text. Raises ``ValueError`` if the text does not have the column's type."""
        if self.kind == "string":
            return text
        if self.format:
            return datetime.strptime(text, self.format)
        return float(text.replace(",", ".")) if self.kind == "decimal comma" else float(text)


def cells(line: str, header: str) -> list[str]:
    """The cells of a line of a file with this header."""
    return next(csv.reader([line], delimiter=dialect_of_header(header).separator), [])


def header_cells(header: str) -> tuple[str, ...]:
    """The names of the publisher's columns."""
    return column_names(cells(header.strip(), header))


def listed(answer: str, names: Sequence[str]) -> list[str]:
    """The columns of an answer such as ``day, sensor``; a name with a comma must be the whole answer."""
    return [answer] if answer in names else [part.strip() for part in answer.split(",") if part.strip()]


def clean_name(published: str, dataset: str) -> str:
    """A name in snake case; names that SQL, Python or the project needs itself get the dataset's name in front."""
    letters = unicodedata.normalize("NFKD", published.replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", letters).strip("_").lower()
    taken = name in OURS or is_keyword(name) or not name[:1].isalpha()
    return f"{dataset}_{name}".rstrip("_") if taken else name


def is_keyword(name: str) -> bool:
    """Whether a name has a meaning in SQL or Python."""
    return keyword.iskeyword(name) or name in _sql_keywords()


@cache
def _sql_keywords() -> frozenset[str]:
    import duckdb

    query = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
    with duckdb.connect(config=settings.duckdb_config) as connection:
        return frozenset(name for (name,) in connection.execute(query).fetchall())
