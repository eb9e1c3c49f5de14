"""What every publisher can do, and the download that all datasets share."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import typer

from ontime import lake
from ontime.months import months_between
from ontime.settings import settings


class NotPublished(LookupError):
    """The publisher has no such file (a month not out yet, or before its first)."""


class Publisher(Protocol):
    """Somewhere that puts up one file per dataset and partition."""

    def fetch(self, dataset: str, partition: str, target: Path) -> str:
        """Write the published file, byte for byte, to ``target``; return where it came from.

        Raises :class:`NotPublished` when there is no such file.
        """
        ...


def publisher() -> Publisher:
    """The publisher that ``ONTIME_SOURCE`` chooses."""
    from ontime.sources.embedded import EmbeddedPublisher
    from ontime.sources.folder import FolderPublisher

    return FolderPublisher() if settings.source == "folder" else EmbeddedPublisher()


def download(dataset: str, partitions: Iterable[str]) -> list[lake.RawFile]:
    """Fetch a dataset's partitions into the raw lake; unchanged files are left as they are.

    Raises :class:`NotPublished` for the first partition that does not exist; the ones
    before it are kept.
    """
    origin = publisher()
    stored = []
    for partition in partitions:
        folder = lake.raw_partition_dir(dataset, partition)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as temporary:
            target = Path(temporary) / f"{dataset}.csv"
            source = origin.fetch(dataset, partition, target)
            raw = lake.store_raw(dataset, partition, target, source)
        print(f"{dataset} {partition}: {raw.row_count:,} rows, {raw.size_bytes:,} bytes ({raw.file_name})")
        stored.append(raw)
    return stored


def monthly_command(dataset: str) -> None:
    """The command line of a monthly dataset's module: one month, or a range."""

    def command(first_month: str, last_month: str = typer.Argument("", help="First month if left out.")) -> None:
        download(dataset, months_between(first_month, last_month or first_month))

    command.__doc__ = f"Download {dataset}: months are YYYY-MM."
    typer.run(command)


def reference_command(dataset: str) -> None:
    """The command line of a reference table's module: no arguments."""

    def command() -> None:
        download(dataset, [lake.ALL])

    command.__doc__ = f"Download {dataset}."
    typer.run(command)
