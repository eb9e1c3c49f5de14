"""The protocols of publishers and live fetchers, and the errors that a download raises."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ontime.lake import RawFile


class NotPublished(LookupError):
    """The publisher has no file for this dataset and partition, for example a month that is too recent."""


class DownloadFailed(Exception):
    """A file could not be downloaded, and nothing of it was kept. The message says what to do."""


class NotATable(DownloadFailed):
    """The file is damaged, or is not a CSV file."""


class TooLarge(DownloadFailed):
    """The file, or the content of its zip, exceeds the size limit."""


@dataclass(frozen=True)
class Published:
    """Where a downloaded file came from, and how its server identifies this version (RFC 9110, 8.8)."""

    source: str
    etag: str | None = None
    last_modified: str | None = None


class Publisher(Protocol):
    """Provides one file per dataset and partition."""

    def fetch(self, dataset: str, partition: str, target: Path, previous: RawFile | None = None) -> Published | None:
        """Write the published CSV file to ``target``, byte for byte; large files are gzip-compressed.

        ``previous`` is the version in the lake. Returns None, and writes nothing, if that version is still current.
        Raises :class:`NotPublished` if there is no such file, and :class:`DownloadFailed`.
        """
        ...


class Fetcher(Protocol):
    """Downloads one dataset from its live source.

    A contract names the class as ``live="module:name"``. Each download makes one instance, so a fetcher can keep what
    several partitions share.
    """

    def fetch(self, partition: str, /, target: Path, previous: RawFile | None = None) -> Published | None:
        """Write one partition to ``target``; see :meth:`Publisher.fetch`."""
        ...
