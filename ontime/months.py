"""Months, written as ``YYYY-MM``."""

import re

MONTH_PATTERN = r"^(19|20)\d{2}-(0[1-9]|1[0-2])$"


def months_between(first: str, last: str) -> list[str]:
    """The months from ``first`` to ``last``, both included, oldest first.

    Raises ``ValueError`` when either is not ``YYYY-MM`` or they are in the wrong order.
    """
    for month in (first, last):
        if not re.match(MONTH_PATTERN, month):
            raise ValueError(f"'{month}' is not a month: write YYYY-MM, for example 2013-01")
    if first > last:
        raise ValueError(f"The range ends ({last}) before it begins ({first}): swap the two months")
    start, end = _index(first), _index(last)
    return [_month(index) for index in range(start, end + 1)]


def month_before(month: str) -> str:
    """The month before ``month``."""
    return _month(_index(month) - 1)


def month_after(month: str) -> str:
    """The month after ``month``."""
    return _month(_index(month) + 1)


def _month(index: int) -> str:
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def _index(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1
