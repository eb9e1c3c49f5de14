"""What every publisher can do, and the download that all datasets share."""

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import typer

from ontime import lake
from ontime.contract import ALL
from ontime.months import months_between
from ontime.settings import settings


class NotPublished(LookupError):
    """The publisher has no such file (a month not out yet, or before its first)."""


class DownloadFailed(Exception):
    """A file could not be had; nothing of it was kept. The message says what to do."""


@dataclass(frozen=True)
class Published:
    """A file that a publisher has delivered: where it came from, and what its server calls this version."""

    source: str
    etag: str | None = None
    last_modified: str | None = None


class Publisher(Protocol):
    """Somewhere that puts up one file per dataset and partition."""

    def fetch(self, dataset: str, partition: str, target: Path, known: lake.RawFile | None = None) -> Published | None:
        """Write the published CSV file, byte for byte, to ``target``, gzip'ed if it is large.

        ``known`` is the version that the lake has. None means that the publisher still has that one:
        nothing was written. Raises :class:`NotPublished` when there is no such file, or :class:`DownloadFailed`.
        """
        ...


def publisher() -> Publisher:
    """The publisher that ``ONTIME_SOURCE`` chooses."""
    from ontime.sources.embedded import EmbeddedPublisher
    from ontime.sources.folder import FolderPublisher
    from ontime.sources.live import LivePublisher

    publishers: dict[str, type[Publisher]] = {
        "embedded": EmbeddedPublisher,
        "folder": FolderPublisher,
        "live": LivePublisher,
    }
    return publishers[settings.source]()


def download(dataset: str, partitions: Iterable[str]) -> list[lake.RawFile]:
    """Fetch a dataset's partitions into the raw lake; unchanged files are left as they are.

    Raises :class:`NotPublished` or :class:`DownloadFailed` for the first partition that cannot be had;
    the ones before it are kept, and so is what the lake had of that one.
    """
    origin = publisher()
    stored = []
    for partition in partitions:
        folder = lake.raw_partition_dir(dataset, partition)
        folder.mkdir(parents=True, exist_ok=True)
        known = _known(dataset, partition)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as temporary:
            target = Path(temporary) / f"{dataset}.csv"
            published = origin.fetch(dataset, partition, target, known)
            if published:
                raw = lake.store_raw(
                    dataset, partition, target, published.source, published.etag, published.last_modified
                )
            else:
                raw = lake.current_raw(dataset, partition)
        unchanged = ", unchanged" if known and known.sha256 == raw.sha256 else ""
        print(f"{dataset} {partition}: {raw.row_count:,} rows, {raw.size_bytes:,} bytes ({raw.file_name}{unchanged})")
        stored.append(raw)
    return stored


def _known(dataset: str, partition: str) -> lake.RawFile | None:
    """The lake's version, if it is whole: what was damaged is fetched again."""
    try:
        return lake.current_raw(dataset, partition)
    except (lake.MissingPartition, lake.CorruptRawFile):
        return None


def monthly_command(dataset: str) -> None:
    """The command line of a monthly dataset's module: one month, or a range."""

    def command(first_month: str, last_month: str = typer.Argument("", help="First month if left out.")) -> None:
        try:
            months = months_between(first_month, last_month or first_month)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        _download(dataset, months)

    command.__doc__ = f"Download {dataset}: months are YYYY-MM."
    typer.run(command)


def reference_command(dataset: str) -> None:
    """The command line of a reference table's module: no arguments."""

    def command() -> None:
        _download(dataset, [ALL])

    command.__doc__ = f"Download {dataset}."
    typer.run(command)


def _download(dataset: str, partitions: Iterable[str]) -> None:
    try:
        download(dataset, partitions)
    except (NotPublished, DownloadFailed) as problem:
        print(problem, file=sys.stderr)
        raise typer.Exit(1) from None
