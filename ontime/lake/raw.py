"""Raw partitions: the publisher's bytes, never changed.

``raw/<dataset>/<partition>/`` holds one file per version and ``manifest.json``, whose last version is the current one.
A re-published month becomes a new file beside the old one. Large files are stored gzip-compressed, with names
that end in ``.gz``; size and digest in the manifest are those of the stored file.
"""

import gzip
import json
import os
from dataclasses import asdict, dataclass, replace
from io import BufferedReader
from pathlib import Path

from ontime import files
from ontime.contract import ALL
from ontime.settings import settings


class MissingPartition(LookupError):
    """A partition that a step needs is not in the lake."""


class CorruptRawFile(ValueError):
    """A raw file differs from the download that its manifest describes."""


@dataclass(frozen=True)
class RawFile:
    """One version of one raw partition, as its manifest describes it."""

    dataset: str
    partition: str
    file_name: str
    source: str
    size_bytes: int
    sha256: str
    row_count: int
    fetched_at: str
    #: The server's validators of this version (RFC 9110, 8.8); None if the source is no server.
    etag: str | None = None
    last_modified: str | None = None

    @property
    def path(self) -> Path:
        return raw_partition_dir(self.dataset, self.partition) / self.file_name

    def verified(self) -> "RawFile":
        """Return this file; raise :class:`CorruptRawFile` if its bytes have changed since the download."""
        if not self.path.exists() or files.file_sha256(self.path) != self.sha256:
            raise CorruptRawFile(
                f"{self.path} is missing or was changed after its download (its sha256 is not the "
                f"manifest's). Delete the folder {self.path.parent} and run the download again."
            )
        return self


def raw_partition_dir(dataset: str, partition: str) -> Path:
    """The folder of a partition's raw files and their manifest."""
    return settings.raw_dir / dataset / partition


def store_raw(
    dataset: str,
    partition: str,
    fetched: Path,
    source: str,
    etag: str | None = None,
    last_modified: str | None = None,
) -> RawFile:
    """Move a downloaded file into the lake as the partition's current version.

    ``fetched`` is a complete CSV file with a header line, plain or gzip-compressed; ``source`` says where it came from.
    Bytes that are stored already are not stored twice; only the source and the validators in the manifest change.
    """
    folder = raw_partition_dir(dataset, partition)
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = files.file_sha256(fetched)
    versions = _raw_versions(dataset, partition)
    same = next((version for version in versions if version.sha256 == sha256), None)
    if same and same.path.exists() and files.file_sha256(same.path) == sha256:
        fetched.unlink()
        stored = replace(same, source=source, etag=etag, last_modified=last_modified)
    else:
        renamed = fetched.with_name(f"{dataset}-{sha256[:12]}.csv{'.gz' if _is_gzip(fetched) else ''}")
        os.replace(fetched, renamed)
        stored = RawFile(
            dataset=dataset,
            partition=partition,
            file_name=renamed.name,
            source=source,
            size_bytes=renamed.stat().st_size,
            sha256=sha256,
            row_count=count_rows(renamed),
            fetched_at=files.now(),
            etag=etag,
            last_modified=last_modified,
        )
        os.replace(renamed, stored.path)
    versions = [version for version in versions if version.sha256 != sha256] + [stored]
    files.write_json(folder / "manifest.json", {"versions": [asdict(version) for version in versions]})
    return stored


def current_raw(dataset: str, partition: str) -> RawFile:
    """The current version of a raw partition, its bytes verified.

    Raises :class:`MissingPartition` or :class:`CorruptRawFile`.
    """
    versions = _raw_versions(dataset, partition)
    if not versions:
        raise MissingPartition(
            f"No raw {dataset} for {partition}: download it first "
            f"(ontime download {dataset}{'' if partition == ALL else ' --from ' + partition})."
        )
    return versions[-1].verified()


def count_rows(path: Path) -> int:
    """Count the data rows of a CSV file, plain or gzip-compressed: its non-blank lines without the header."""
    with open_raw(path) as lines:
        return max(sum(1 for line in lines if line.strip()) - 1, 0)


def open_raw(path: Path) -> BufferedReader:
    """Open a raw file for reading the publisher's bytes; a gzip-compressed file is decompressed on the fly."""
    return BufferedReader(gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _raw_versions(dataset: str, partition: str) -> list[RawFile]:
    manifest = raw_partition_dir(dataset, partition) / "manifest.json"
    if not manifest.exists():
        return []
    return [RawFile(**version) for version in json.loads(manifest.read_text())["versions"]]
