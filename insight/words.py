"""Numbers and lists in the sentences that describe a figure."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

#: One row of a figure, by column.
Row = dict[Any, Any]


def records(rows: pd.DataFrame) -> list[Row]:
    """The rows as dictionaries."""
    return rows.to_dict("records")


def count(number: float, noun: str) -> str:
    """``1 flight``, ``1,234 flights``."""
    return f"{number:,.0f} {noun}" if number == 1 else f"{number:,.0f} {noun}s"


def percent(share: float) -> str:
    """A share as ``24.5 %``; ``–`` if it is missing."""
    return "–" if pd.isna(share) else f"{100 * share:.1f} %"


def minutes(number: float) -> str:
    """``1 minute``, ``-3 minutes``: rounded."""
    return count(round(number), "minute")


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def day(value: date) -> str:
    """``8 February 2013``."""
    return f"{value.day} {value:%B %Y}"
