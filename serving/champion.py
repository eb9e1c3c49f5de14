"""The champion and the warehouse that the service answers from, kept in memory and reloaded when either changes."""

import logging
from threading import Lock
from time import monotonic
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ml import scoring
from ml.features import build
from ml.registry import store
from ml.schedule import Schedule
from ontime import warehouse

#: After a failed load, the next one is tried only after this time, because loading takes seconds.
RETRY_SECONDS = 10


class NotReady(RuntimeError):
    """The service has no model or no data to answer with; the message says what to do and names no path."""


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

        ``scheduled``: the flights as :meth:`ml.schedule.Schedule.table` returns them.
        """
        return scoring.delay_probability(self.model, self._prepared.features(scheduled))

    def is_made_from(self, published: "Published") -> bool:
        """Whether this is the model of this version, with this published warehouse."""
        return (self.card["version"], self.warehouse.version) == (published.model, published.data.version)


class Published(NamedTuple):
    """The published versions that the service should answer from: the champion's and the warehouse."""

    model: str | None
    data: warehouse.Version


class ChampionCache:
    """Holds the current champion and replaces it when a new model or a new warehouse is published."""

    def __init__(self) -> None:
        self._loaded: Champion | None = None
        self._loading = Lock()
        self._refused: tuple[Published, NotReady, float] | None = None

    def get(self) -> Champion:
        """The champion to answer with. Raises like :meth:`look`."""
        return self.look()[0]

    def look(self) -> tuple[Champion, str]:
        """The champion to answer with, and why it is not the published one (empty if it is, or will be in seconds).

        A reload takes seconds. Meanwhile all other requests get the previous champion. The previous champion also
        answers if the published one cannot be read or verified. Raises :class:`NotReady` if there is no previous one.
        """
        loaded = self._loaded
        try:
            return self._current(loaded), ""
        except NotReady as problem:
            if loaded is None:
                raise
            return loaded, str(problem)

    def _current(self, loaded: Champion | None) -> Champion:
        published = _published()
        if loaded and loaded.is_made_from(published):
            return loaded
        self._raise_if_refused(published)
        if not self._loading.acquire(blocking=loaded is None) and loaded:
            return loaded
        try:
            if self._loaded is None or not self._loaded.is_made_from(published):
                self._raise_if_refused(published)
                self._loaded = _load(published)
            return self._loaded
        except NotReady as problem:
            if published.model:
                self._refused = (published, problem, monotonic() + RETRY_SECONDS)
            raise
        finally:
            self._loading.release()

    def _raise_if_refused(self, published: Published) -> None:
        if self._refused and self._refused[0] == published and monotonic() < self._refused[2]:
            raise NotReady(str(self._refused[1]))


def _published() -> Published:
    try:
        model, version = store.champion_version(), warehouse.current()
    except Exception as problem:
        logging.getLogger("uvicorn.error").warning("The published versions cannot be read: %s", problem)
        raise NotReady(
            "The record of the published model or warehouse is damaged (the service's log says which). Run `ontime "
            "model history` and `ontime warehouse history`: they say what to do."
        ) from problem
    if version is None:
        raise NotReady("No warehouse has been published yet: run `ontime demo`, or the DAG `ingest` in Airflow.")
    return Published(model, version)


def _load(published: Published) -> Champion:
    """Load the champion. Raises :class:`NotReady` for any error, because damaged files raise errors of many types."""
    try:
        return Champion(published.data)
    except (store.NoChampion, scoring.OtherFeatures) as problem:
        raise NotReady(str(problem)) from problem
    except Exception as problem:
        logging.getLogger("uvicorn.error").warning("Champion %s cannot be used: %s", published.model, problem)
        raise NotReady(
            f"Champion {published.model} or warehouse {published.data.version} cannot be used: a file is missing "
            "or was changed (the service's log says which). Roll back (`ontime model rollback`), or train again "
            "(`ontime model train`)."
        ) from problem
