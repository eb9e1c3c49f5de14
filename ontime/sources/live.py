"""The live publishers: every dataset is fetched from the public address that `ontime/settings.py` has for it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources import faa, ourairports
from ontime.sources.embedded import EmbeddedPublisher
from ontime.sources.ghcnh import Ghcnh
from ontime.sources.publisher import NotPublished, Published

#: A partition, where to write its file, and the version that the lake has; None if that is still the published one.
Fetcher = Callable[[str, Path, RawFile | None], Published | None]


def aircraft(partition: str, target: Path, known: RawFile | None) -> Published | None:
    """The registry of ``ONTIME_AIRCRAFT_REGISTRY``: the FAA's, or the embedded one of 2013."""
    if settings.aircraft_registry == "faa":
        return faa.fetch(partition, target, known)
    return EmbeddedPublisher().fetch("aircraft", partition, target, known)


class LivePublisher:
    """All live publishers, as one download sees them."""

    def __init__(self) -> None:
        self.fetchers: Mapping[str, Fetcher] = {
            "weather": Ghcnh().fetch,
            "airports": ourairports.fetch,
            "aircraft": aircraft,
        }

    def fetch(self, dataset: str, partition: str, target: Path, known: RawFile | None = None) -> Published | None:
        if dataset not in self.fetchers:
            raise NotPublished(f"There is no live source of {dataset} yet.")
        return self.fetchers[dataset](partition, target, known)
