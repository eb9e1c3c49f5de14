"""The live publishers: every dataset is fetched from the public address that `ontime/settings.py` has for it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ontime.lake import RawFile
from ontime.sources.publisher import NotPublished, Published

#: A partition, where to write its file, and the version that the lake has; None if that is still the published one.
Fetcher = Callable[[str, Path, RawFile | None], Published | None]

FETCHERS: Mapping[str, Fetcher] = {}


class LivePublisher:
    def fetch(self, dataset: str, partition: str, target: Path, known: RawFile | None = None) -> Published | None:
        if dataset not in FETCHERS:
            raise NotPublished(f"There is no live source of {dataset} yet.")
        return FETCHERS[dataset](partition, target, known)
