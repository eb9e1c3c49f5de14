"""Sums, counts and last values of events as of an instant, for many rows at once.

Uses sorting, cumulative sums and binary search instead of a loop over rows. All sums are of whole numbers, so an event
after the instant cannot change even the last bit of a result.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

HOUR = 3600

#: By column, one whole number per row that stands for the row's value; negative if it is missing or unseen.
Codes = Mapping[str, np.ndarray]


class Encoder:
    """Replaces the values of some columns by whole numbers, as learned from ``rows``."""

    def __init__(self, rows: pd.DataFrame, columns: Iterable[str]) -> None:
        self._values = {name: pd.Index(rows[name].dropna().unique()) for name in columns}

    def encode(self, rows: pd.DataFrame) -> dict[str, np.ndarray]:
        """The code of each row's value, by column; -1 for a value that is missing or was not learned."""
        return {
            name: values.get_indexer(pd.Index(rows[name])).astype(np.int64) for name, values in self._values.items()
        }


class Groups:
    """Numbers the combinations of values in some columns, as learned from ``codes``."""

    def __init__(self, codes: Codes, columns: Iterable[str]) -> None:
        self._sizes = {name: int(codes[name].max(initial=0)) + 1 for name in columns}
        self._members = np.unique(self._combine(codes))

    def number(self, codes: Codes) -> np.ndarray:
        """The group number of each row; -1 for a combination that is missing or was not learned."""
        combined = self._combine(codes)
        position = np.searchsorted(self._members, combined)
        is_member = (
            self._members[np.minimum(position, len(self._members) - 1)] == combined if len(self._members) else False
        )
        return np.where(is_member & (combined >= 0), position, -1)

    def _combine(self, codes: Codes) -> np.ndarray:
        """One whole number per row for its combination of codes; -1 where a code is negative."""
        combined = np.zeros(1, dtype=np.int64)
        for name, size in self._sizes.items():
            combined = np.where((combined < 0) | (codes[name] < 0), -1, combined * size + codes[name])
        return combined


class Events:
    """Events of groups, each of which becomes known at one instant.

    ``group``: the group number of each event, from :class:`Groups`; events with a negative number are left out.
    ``known_at``: epoch seconds; missing where the event never happened, and such events are left out.
    ``values``: whole numbers to sum, by name, one per event.

    In all methods ``group`` and ``until`` have one element per row of the answer. ``until`` is in epoch seconds and
    includes events of that very second; ``hours`` limits the events to the last hours before it.
    """

    def __init__(self, group: np.ndarray, known_at: pd.Series, **values: np.ndarray) -> None:
        happened = known_at.notna().to_numpy() & (group >= 0)
        seconds = known_at[happened].to_numpy(dtype=np.int64)
        # A key sorts by group, then by instant; offset 0 of a group is before all of its events.
        self._start = int(seconds.min()) - 1 if len(seconds) else 0
        self._span = int(seconds.max()) - self._start + 2 if len(seconds) else 1
        keys = group[happened] * self._span + (seconds - self._start)
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._sums = {
            name: np.concatenate([[0], np.cumsum(value[happened][order].astype(np.int64))])
            for name, value in values.items()
        }

    def total(self, name: str, group: np.ndarray, until: np.ndarray, hours: float | None = None) -> np.ndarray:
        """The sum of a value over the group's events; 0 without events or without a group."""
        sums = self._sums[name]
        total = sums[self._position(group, until)] - sums[self._position(group, self._since(until, hours))]
        return np.where(group >= 0, total, 0)

    def count(self, group: np.ndarray, until: np.ndarray, hours: float | None = None) -> np.ndarray:
        """The number of the group's events; 0 without a group."""
        count = self._position(group, until) - self._position(group, self._since(until, hours))
        return np.where(group >= 0, count, 0)

    def last(self, name: str, group: np.ndarray, until: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The value of the group's last event and the hours from it to ``until``; both NaN without an event."""
        position = self._position(group, until)
        exists = (group >= 0) & (position > self._position(group, self._since(until, None)))
        if not exists.any():
            nothing = np.full(len(until), np.nan)
            return nothing, nothing
        latest, sums = np.where(exists, position - 1, 0), self._sums[name]
        seconds = self._keys[latest] % self._span + self._start
        age = (until - seconds) / HOUR
        return np.where(exists, sums[latest + 1] - sums[latest], np.nan), np.where(exists, age, np.nan)

    def _since(self, until: np.ndarray, hours: float | None) -> np.ndarray:
        return np.full_like(until, self._start) if hours is None else until - int(hours * HOUR)

    def _position(self, group: np.ndarray, instant: np.ndarray) -> np.ndarray:
        """How many sorted events come before or at this group and instant."""
        offset = np.clip(instant - self._start, 0, self._span - 1)
        return np.searchsorted(self._keys, group * self._span + offset, side="right")
