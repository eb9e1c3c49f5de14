"""What the template needs to know about a new dataset, derived from the answers and the sample."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import fsum
from pathlib import Path
from typing import Any

from ontime.contract import ALL
from ontime.lake.lines import dialect_of_header
from ontime.scaffold.answers import kind_of, split_types
from ontime.scaffold.columns import NewColumn, cells, clean_name, header_cells, listed
from ontime.scaffold.sample import MISSING, Sample

#: Rows of the sample that are kept as test data.
ROWS_KEPT = 20


@dataclass(frozen=True)
class Description:
    """A new dataset. ``answers`` have been checked; without a sample, its test data are made up."""

    answers: Mapping[str, str]
    sample: Sample | None

    @cached_property
    def columns(self) -> list[NewColumn]:
        names = header_cells(self.answers["header"])
        required = {*listed(self.answers["key"], names)}
        if self.is_monthly:
            required |= {*listed(self.answers["month_columns"], names)}
        types = split_types(self.answers["types"])
        return [
            NewColumn(name, clean_name(name, self.answers["name"]), type_, name in required)
            for name, type_ in zip(names, types, strict=True)
        ]

    @property
    def is_monthly(self) -> bool:
        return self.answers["cadence"] == "month"

    @property
    def delimiter(self) -> str:
        return dialect_of_header(self.answers["header"]).separator

    @property
    def key(self) -> list[NewColumn]:
        return self._chosen("key")

    @property
    def month_columns(self) -> list[NewColumn]:
        return self._chosen("month_columns") if self.is_monthly else []

    @property
    def measure(self) -> NewColumn | None:
        return next(iter(self._chosen("measure")), None)

    @property
    def class_name(self) -> str:
        return "".join(part.capitalize() for part in self.answers["name"].split("_"))

    @property
    def kind(self) -> str:
        """``url``, ``package`` or ``folder``."""
        return kind_of(self.answers["source"])

    @property
    def place(self) -> str:
        """The URL pattern, ``package`` and path within it, or the folder's absolute path."""
        source = self.answers["source"]
        return source if self.kind != "folder" else str(Path(source).expanduser().resolve())

    @cached_property
    def partition(self) -> str:
        """The partition of the test data."""
        if not self.is_monthly:
            return ALL
        return self._month(self._values(self.test_lines[0]))

    @cached_property
    def test_lines(self) -> list[str]:
        """The sample's first complete and readable rows, all of one month and each with another key."""
        lines: list[str] = []
        keys: set[tuple[object, ...]] = set()
        month = ""
        for line in self.sample.lines if self.sample else self._made_up():
            try:
                values = self._values(line)
            except ValueError:
                continue
            key = tuple(values.get(column.published) for column in self.key)
            required = [values.get(column.published) for column in self.columns if column.required]
            its_month = self._month(values)
            if None in required or key in keys or its_month != (month or its_month):
                continue
            month = its_month
            keys.add(key)
            lines.append(line)
            if len(lines) == ROWS_KEPT:
                break
        return lines or self._made_up()

    @property
    def test_sum(self) -> float:
        """The sum of the measure over the test data."""
        names = [column.published for column in self._chosen("measure")]
        values = (self._values(line).get(name) for line in self.test_lines for name in names)
        return fsum(value for value in values if isinstance(value, float))

    @staticmethod
    def quoted(text: str) -> str:
        """A text as a string literal that is valid in Python and in YAML."""
        return json.dumps(text, ensure_ascii=False)

    @classmethod
    def names(cls, names: Iterable[str], indent: int) -> str:
        """The source text of a tuple of names, as Python's formatter would write it."""
        lines = [cls.quoted(name) for name in names]
        if len(lines) == 1:
            return f"({lines[0]},)"
        return "\n".join(["(", *(f"{' ' * (indent + 4)}{line}," for line in lines), f"{' ' * indent})"])

    @staticmethod
    def fits(line: str) -> bool:
        return len(line) <= 120

    def _chosen(self, question: str) -> list[NewColumn]:
        by_name = {column.published: column for column in self.columns}
        return [by_name[name] for name in listed(self.answers[question], list(by_name))]

    def _values(self, line: str) -> dict[str, Any]:
        """The values of a row; missing ones are left out. Raises ``ValueError`` if a text does not have its type."""
        texts = zip(self.columns, cells(line, self.answers["header"]), strict=False)
        return {column.published: column.value(text) for column, text in texts if text not in MISSING}

    def _month(self, values: Mapping[str, Any]) -> str:
        """The month of a row; empty if it is missing, or if there are no months."""
        parts = [values.get(column.published) for column in self.month_columns]
        match parts:
            case [datetime() as moment]:
                return moment.strftime("%Y-%m")
            case [float() as year, float() as month]:
                return f"{year:04.0f}-{month:02.0f}"
        return ""

    def _made_up(self) -> list[str]:
        """Three invented rows of January 2024, for a dataset without a sample."""
        example: dict[str, Callable[[int], str]] = {
            "int32": str,
            "double": lambda number: f"{number}.5",
            "decimal comma": lambda number: f"{number},5",
            "string": lambda number: f"text {number}",
        }
        year_and_month = [column.published for column in self.month_columns if column.kind == "int32"]

        def text(column: NewColumn, number: int) -> str:
            if column.published in year_and_month:
                return ("2024", "1")[year_and_month.index(column.published)]
            if column.format:
                return (datetime(2024, 1, 1) + timedelta(days=number)).strftime(column.format)
            return example[column.kind](number)

        quote = '"' if self.delimiter == "," else ""
        return [
            self.delimiter.join(
                f"{quote}{text(column, number)}{quote}" if column.kind == "decimal comma" else text(column, number)
                for column in self.columns
            )
            for number in (1, 2, 3)
        ]
