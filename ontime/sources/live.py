"""The live publishers: each dataset from the public address that `ontime/settings.py` has for it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ontime.lake import RawFile
from ontime.settings import settings
from ontime.sources import bts, faa, ourairports
from ontime.sources.base import Published
from ontime.sources.embedded import EmbeddedPublisher
from ontime.sources.ghcnh import Ghcnh

#: Takes a partition, where to write its file, and the version that the lake has; returns None if that one is unchanged.
Fetcher = Callable[[str, Path, RawFile | None], Published | None]


class LivePublisher:
    """All of them, as one download sees them."""

    def __init__(self) -> None:
        self.fetchers: Mapping[str, Fetcher] = {
            "flights": bts.flights,
            "weather": Ghcnh().fetch,
            "airports": ourairports.fetch,
            "airlines": bts.airlines,
            "aircraft": _aircraft,
        }

    def fetch(self, dataset: str, partition: str, target: Path, known: RawFile | None = None) -> Published | None:
        return self.fetchers[dataset](partition, target, known)


def _aircraft(partition: str, target: Path, known: RawFile | None) -> Published | None:
    """The registry of ``ONTIME_AIRCRAFT_REGISTRY``: the FAA's, or the embedded one of 2013."""
    if settings.aircraft_registry == "faa":
        return faa.fetch(partition, target, known)
    return EmbeddedPublisher().fetch("aircraft", partition, target, known)
