"""What had happened by an instant: sums and last values of events, for many instants at once.

Sorting, cumulative sums and binary search, no loop over rows. Sums are of whole numbers, so
an event after the instant cannot change even the last bit of one.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

HOUR = 3600

#: A whole number for the value of each row, by column; negative where it is missing or has never been seen.
Codes = Mapping[str, np.ndarray]


class Levels:
    """The values that some columns have, so that those of other rows get the same numbers."""

    def __init__(self, rows: pd.DataFrame, columns: Iterable[str]) -> None:
        self._levels = {name: pd.Index(rows[name].dropna().unique()) for name in columns}

    def codes(self, rows: pd.DataFrame) -> dict[str, np.ndarray]:
        """The number of each row's value, by column."""
        return {name: level.get_indexer(pd.Index(rows[name])).astype(np.int64) for name, level in self._levels.items()}


class Groups:
    """The combinations of some columns' values that some rows have, so that other rows find theirs."""

    def __init__(self, codes: Codes, columns: Iterable[str]) -> None:
        self._sizes = {name: int(codes[name].max(initial=0)) + 1 for name in columns}
        self._members = np.unique(self._combined(codes))

    def of(self, codes: Codes) -> np.ndarray:
        """The number of each row's combination; negative where none of the first rows has it."""
        combined = self._combined(codes)
        position = np.searchsorted(self._members, combined)
        found = self._members[np.minimum(position, len(self._members) - 1)] == combined if len(self._members) else False
        return np.where(found & (combined >= 0), position, -1)

    def _combined(self, codes: Codes) -> np.ndarray:
        found = np.zeros(1, dtype=np.int64)
        for name, size in self._sizes.items():
            found = np.where((found < 0) | (codes[name] < 0), -1, found * size + codes[name])
        return found


class Events:
    """Events of groups, each known from one instant on.

    ``group``: a whole number for each event, as :class:`Groups` makes them; negative is no group.
    ``known_at``: epoch seconds, missing where the event never happened; such events are left out.
    ``values``: whole numbers to be summed, by name.
    """

    def __init__(self, group: np.ndarray, known_at: pd.Series, **values: np.ndarray) -> None:
        happened = known_at.notna().to_numpy() & (group >= 0)
        seconds = known_at[happened].to_numpy(dtype=np.int64)
        # (group, instant) as one sortable number; instant 0 of a group is before all of its events.
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
        """Sum of a value over the group's events known at or before ``until`` (epoch seconds).

        With ``hours`` only those of the last hours before it. 0 where there is none, or no group.
        """
        since = until - int(hours * HOUR) if hours is not None else np.full_like(until, self._start)
        sums = self._sums[name]
        total = sums[self._position(group, until)] - sums[self._position(group, since)]
        return np.where(group >= 0, total, 0)

    def count(self, group: np.ndarray, until: np.ndarray, hours: float | None = None) -> np.ndarray:
        """How many events :meth:`total` sums."""
        since = until - int(hours * HOUR) if hours is not None else np.full_like(until, self._start)
        return np.where(group >= 0, self._position(group, until) - self._position(group, since), 0)

    def last(self, name: str, group: np.ndarray, until: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The value of the group's last event at or before ``until``, and its age in hours; NaN without one."""
        position = self._position(group, until)
        exists = (group >= 0) & (position > self._position(group, np.full_like(until, self._start)))
        if not exists.any():
            nothing = np.full(len(until), np.nan)
            return nothing, nothing
        latest, sums = np.where(exists, position - 1, 0), self._sums[name]
        seconds = self._keys[latest] % self._span + self._start
        age = (until - seconds) / HOUR
        return np.where(exists, sums[latest + 1] - sums[latest], np.nan), np.where(exists, age, np.nan)

    def _position(self, group: np.ndarray, instant: np.ndarray) -> np.ndarray:
        """How many events, in the order of group and instant, come before or at this group and instant."""
        offset = np.clip(instant - self._start, 0, self._span - 1)
        return np.searchsorted(self._keys, group * self._span + offset, side="right")
