"""The download that all datasets share: from the chosen publisher into the raw lake."""

import re
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.settings import settings
from ontime.sources.base import NotATable, NotPublished, Publisher
from ontime.sources.embedded import EmbeddedPublisher
from ontime.sources.folder import FolderPublisher
from ontime.sources.live import LivePublisher

#: The publishers that ``ONTIME_SOURCE`` can name.
PUBLISHERS: dict[str, type[Publisher]] = {
    "embedded": EmbeddedPublisher,
    "folder": FolderPublisher,
    "live": LivePublisher,
}


def publisher() -> Publisher:
    """The publisher that ``ONTIME_SOURCE`` names."""
    return PUBLISHERS[settings.source]()


def publisher_of(dataset: str) -> Publisher:
    """The publisher of a dataset: the one that ``ONTIME_SOURCE`` names, or the only one that its contract names."""
    contract = DATASETS[dataset]
    if settings.source == "embedded" and contract.live and not contract.embedded:
        return LivePublisher()
    if settings.source == "live" and contract.embedded and not contract.live:
        return EmbeddedPublisher()
    return publisher()


def installed_extras(month_count: int) -> dict[str, list[str]]:
    """The datasets whose package is an optional extra of Ontime and is installed, each with its newest months.

    The demo loads them too, with at most ``month_count`` months; a table without months has an empty list. With
    ``ONTIME_SOURCE=folder`` there are none, because nothing comes from a package. No package is imported.
    """
    embedded = EmbeddedPublisher()
    return {
        name: embedded.months(name)[-month_count:]
        for name, dataset in DATASETS.items()
        if (file := dataset.embedded)
        and file.extra
        and find_spec(file.package)
        and isinstance(publisher_of(name), EmbeddedPublisher)
    }


def download(dataset: str, partitions: Iterable[str]) -> list[lake.RawFile]:
    """Download partitions of a dataset into the raw lake; a file that has not changed stays as it is.

    Returns the current raw file of each partition. Raises :class:`NotPublished` or
    :class:`ontime.sources.base.DownloadFailed` for the first partition that fails: the partitions before it are
    stored, and its own current version stays in the lake. Raises :class:`ontime.locks.Busy` if another process is still
    downloading the same partition.
    """
    source = publisher_of(dataset)
    stored = []
    for partition in partitions:
        if partition != ALL and not DATASETS[dataset].is_monthly:
            raise NotPublished(f"{dataset} is one table, not monthly: its only partition is '{ALL}'.")
        with lake.downloading(dataset, partition) as folder:
            previous = _current_version(dataset, partition)
            raw = _download_partition(source, dataset, partition, folder, previous)
        unchanged = ", unchanged" if previous and previous.sha256 == raw.sha256 else ""
        print(f"{dataset} {partition}: {raw.row_count:,} rows, {raw.size_bytes:,} bytes ({raw.file_name}{unchanged})")
        if raw.unreadable_rows:
            print(f"{dataset} {partition}: {raw.unreadable_rows:,} rows are unreadable: {raw.unreadable_named}")
        stored.append(raw)
    return stored


def _download_partition(
    source: Publisher, dataset: str, partition: str, folder: Path, previous: lake.RawFile | None
) -> lake.RawFile:
    with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as temporary:
        target = Path(temporary) / f"{dataset}.csv"
        published = source.fetch(dataset, partition, target, previous)
        if published is None:
            return lake.current_raw(dataset, partition)
        try:
            return lake.store_raw(dataset, partition, target, published.source, published.etag, published.last_modified)
        except lake.CorruptRawFile as problem:
            # The message names the temporary file, which is gone when somebody reads it.
            message = re.sub(rf"{re.escape(temporary)}/\S+", lambda _: published.source, str(problem))
            raise NotATable(f"{message} Nothing was stored.") from problem


def _current_version(dataset: str, partition: str) -> lake.RawFile | None:
    """The version in the lake; None if it is missing or damaged, so that it is downloaded again."""
    try:
        return lake.current_raw(dataset, partition)
    except (lake.MissingPartition, lake.CorruptRawFile):
        return None
