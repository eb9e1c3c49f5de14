"""The live publisher: each dataset from the public source that its contract names."""

import pkgutil
from pathlib import Path

from ontime.datasets import DATASETS
from ontime.lake import RawFile
from ontime.sources.base import Fetcher, NotPublished, Published


class LivePublisher:
    """Publishes every dataset whose contract has ``live``; keeps one fetcher per dataset."""

    def __init__(self) -> None:
        self._fetchers: dict[str, Fetcher] = {}

    def fetch(self, dataset: str, partition: str, target: Path, previous: RawFile | None = None) -> Published | None:
        """Let the dataset's fetcher write the partition. Raises :class:`NotPublished` if the dataset has none."""
        if dataset not in self._fetchers:
            self._fetchers[dataset] = _make_fetcher(dataset)
        return self._fetchers[dataset].fetch(partition, target, previous)


def _make_fetcher(dataset: str) -> Fetcher:
    fetcher_class = DATASETS[dataset].live
    if fetcher_class is None:
        raise NotPublished(
            f"{dataset} has no live source: download it with ONTIME_SOURCE=embedded or ONTIME_SOURCE=folder, or name a "
            f"fetcher as `live` in ontime/datasets/{dataset}.py."
        )
    return pkgutil.resolve_name(fetcher_class)()
