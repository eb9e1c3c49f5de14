"""Tables of the site as text, so that what a page says can be compared with what is computed."""

import re
from typing import Any

import pandas as pd

Table = list[list[str]]

#: Numbers, intervals, dates and times.
NUMBER = re.compile(r"[-+]?\d[\d.,:e–+ -]*")


def table_of(rows: pd.DataFrame) -> Table:
    """The rows as text: the header, then one list of cells per row."""
    columns = [str(column) for column in rows.columns]
    return [columns, *([cell(value) for value in row] for row in rows.itertuples(index=False, name=None))]


def has_words(rows: Table) -> list[bool]:
    """For each column, whether a cell below the header is neither a number nor empty."""
    columns = zip(*rows, strict=True)
    return [any(cell and not NUMBER.fullmatch(cell) for cell in column[1:]) for column in columns]


def cell(value: Any) -> str:
    """A value as text: whole numbers with separators, others with four digits; nothing for a missing one."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else " ".join(str(value).split())
