"""The champion and the warehouse that the service answers from, kept in memory and reloaded when either changes."""

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
    """The service has no model or no data to answer with; the message says what to do."""


class Champion:
    """A verified champion with a published warehouse prepared for lookups, so that an answer takes milliseconds.

    Raises what :func:`ml.registry.store.load_champion` and :func:`ml.scoring.check_features` raise.
    """

    def __init__(self, published: warehouse.Version) -> None:
        self.model, self.card = store.load_champion()
        scoring.check_features(self.card)
        self.warehouse = published
        self.schedule = Schedule(published)
        self._prepared = build.Prepared(published.path)

    def delay_probability(self, scheduled: pa.Table) -> np.ndarray:
        """The probability of each flight, as seen two hours before its scheduled departure.

        ``scheduled``: the flights as :meth:`serving.schedule.Schedule.table` returns them.
        """
        return scoring.delay_probability(self.model, self._prepared.features(scheduled))

    def is_made_from(self, version: str | None, published: warehouse.Version) -> bool:
        """Whether this is the model of this version, with this published warehouse."""
        return (self.card["version"], self.warehouse.version) == (version, published.version)


class ChampionCache:
    """Holds the current champion and replaces it when a new model or a new warehouse is published."""

    def __init__(self) -> None:
        self._loaded: Champion | None = None
        self._loading = Lock()

    def get(self) -> Champion:
        """The current champion, reloaded if the model or the warehouse has changed.

        A reload takes seconds. Meanwhile all other requests get the previous champion. Raises :class:`NotReady` when
        no warehouse or no model is published, or when the model cannot be verified.
        """
        version, published = store.champion_version(), warehouse.current()
        if published is None:
            raise NotReady("No warehouse has been published yet: run `ontime demo`, or the DAG `ingest` in Airflow.")
        loaded = self._loaded
        if loaded and loaded.is_made_from(version, published):
            return loaded
        if not self._loading.acquire(blocking=loaded is None) and loaded:
            return loaded
        try:
            if self._loaded is None or not self._loaded.is_made_from(version, published):
                self._loaded = Champion(published)
            return self._loaded
        except (store.NoChampion, ArtifactTampered, UntrustedArtifact, scoring.OtherFeatures) as problem:
            raise NotReady(str(problem)) from problem
        finally:
            self._loading.release()
