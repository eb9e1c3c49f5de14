"""The champion and the warehouse that it answers from, kept ready and exchanged when either changes."""

from threading import Lock

import numpy as np
import pyarrow as pa

from ml import scoring
from ml.features import build
from ml.registry import store
from ml.registry.artifacts import ArtifactTampered, UntrustedArtifact
from ontime import warehouse
from serving.schedule import Schedule


class NotReady(RuntimeError):
    """There is nothing to answer with; the message says what to do."""


class Champion:
    """A verified champion and a published warehouse, prepared: an answer takes milliseconds."""

    def __init__(self, published: warehouse.Version) -> None:
        self.model, self.card = store.load_champion()
        scoring.check_features(self.card)
        self.warehouse = published
        self.schedule = Schedule(published)
        self._prepared = build.Prepared(published.path)

    def delay_probability(self, scheduled: pa.Table) -> np.ndarray:
        """Each flight's, two hours before its scheduled departure, of flights as ``schedule.table`` has them."""
        return scoring.delay_probability(self.model, self._prepared.features(scheduled))

    def is_made_from(self, version: str | None, published: warehouse.Version) -> bool:
        """Whether these are still the champion and the warehouse."""
        return (self.card["version"], self.warehouse.version) == (version, published.version)


class Current:
    """The champion of now."""

    def __init__(self) -> None:
        self._ready: Champion | None = None
        self._loading = Lock()

    def champion(self) -> Champion:
        """The champion, loaded anew where it or the warehouse has changed.

        While one request loads, which takes seconds, the others are answered by the one before. Raises
        :class:`NotReady` when there is none, or when what there is cannot be verified.
        """
        version, published = store.champion_version(), warehouse.current()
        if published is None:
            raise NotReady("No warehouse has been published yet: run `make demo`, or the `ingest` DAG.")
        ready = self._ready
        if ready and ready.is_made_from(version, published):
            return ready
        if not self._loading.acquire(blocking=ready is None) and ready:
            return ready
        try:
            if self._ready is None or not self._ready.is_made_from(version, published):
                self._ready = Champion(published)
            return self._ready
        except (store.NoChampion, ArtifactTampered, UntrustedArtifact, scoring.OtherFeatures) as problem:
            raise NotReady(str(problem)) from problem
        finally:
            self._loading.release()
