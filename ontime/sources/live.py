"""The live publishers: each dataset from the public address that `ontime/settings.py` has for it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ontime.lake import RawFile
from ontime.sources import bts
from ontime.sources.publisher import NotPublished, Published

#: Takes a partition, where to write its file, and the version that the lake has; returns None if that one is unchanged.
Fetcher = Callable[[str, Path, RawFile | None], Published | None]

FETCHERS: Mapping[str, Fetcher] = {
    "flights": bts.flights,
    "airlines": bts.airlines,
}


class LivePublisher:
    def fetch(self, dataset: str, partition: str, target: Path, known: RawFile | None = None) -> Published | None:
        if dataset not in FETCHERS:
            raise NotPublished(f"There is no live source of {dataset} yet.")
        return FETCHERS[dataset](partition, target, known)
