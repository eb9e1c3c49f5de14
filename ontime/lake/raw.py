"""Raw partitions: the publisher's bytes, never changed.

``raw/<dataset>/<partition>/`` holds one file per version and ``manifest.json``, whose last version is the current one.
A re-published month becomes a new file beside the old one. Large files are stored gzip-compressed, with names
that end in ``.gz``; size and digest in the manifest are those of the stored file. A manifest that is lost or damaged is
derived from the file beside it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ValidationError

from ontime import files, locks
from ontime.lake.lines import CorruptRawFile, count_rows, inspect_rows
from ontime.lake.places import command, raw_partition_dir

MANIFEST = "manifest.json"
#: The source and the time of download of a file whose manifest was lost.
UNKNOWN = "unknown: the manifest was lost"


class MissingPartition(LookupError):
    """A partition that a step needs is not in the lake."""


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
    #: How the server identifies this version (validators of RFC 9110, 8.8); None if the source is not a server.
    etag: str | None = None
    last_modified: str | None = None
    #: How many rows are unreadable, and a text that names the first. None: not counted (an old or derived manifest).
    unreadable_rows: int | None = None
    unreadable_named: str = ""

    @property
    def path(self) -> Path:
        return raw_partition_dir(self.dataset, self.partition) / self.file_name

    def verified(self) -> "RawFile":
        """Return this file; raise :class:`CorruptRawFile` if its bytes have changed since the download."""
        if not self.path.exists() or files.file_sha256(self.path) != self.sha256:
            raise CorruptRawFile(
                f"{self.path} is missing or was changed after its download (its sha256 is not the "
                f"manifest's): run the download again (`{command('download', self.dataset, [self.partition])}`)."
            )
        return self


class _Manifest(BaseModel):
    """The content of ``manifest.json``: the current version is the last one."""

    versions: list[RawFile]


@contextmanager
def downloading(dataset: str, partition: str) -> Iterator[Path]:
    """Hold the lock of a partition for a download, remove the files of killed downloads, and yield its folder.

    A second process waits until the first has stored its version. Raises :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.raw_lock(dataset, partition), f"The download of {dataset} {partition}"):
        folder = raw_partition_dir(dataset, partition)
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in (*folder.glob(".download-*"), *folder.glob(f".{MANIFEST}.*")):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        yield folder


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
    Earlier versions stay in the manifest, before the new one, even if the manifest had to be derived from the files.

    Raises :class:`CorruptRawFile`, and stores nothing, if the file is not a table (:mod:`ontime.lake.lines`); and
    :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.raw_lock(dataset, partition), f"The download of {dataset} {partition}"):
        raw_partition_dir(dataset, partition).mkdir(parents=True, exist_ok=True)
        return _store(dataset, partition, fetched, source, etag, last_modified)


def _store(
    dataset: str, partition: str, fetched: Path, source: str, etag: str | None, last_modified: str | None
) -> RawFile:
    sha256 = files.file_sha256(fetched)
    versions = _versions(dataset, partition)
    same = next((version for version in versions if version.sha256 == sha256), None)
    if same and same.path.exists() and files.file_sha256(same.path) == sha256:
        fetched.unlink()
        fetched_at = files.now() if same.fetched_at == UNKNOWN else same.fetched_at
        stored = replace(same, source=source, etag=etag, last_modified=last_modified, fetched_at=fetched_at)
    else:
        renamed = fetched.rename(fetched.with_name(_name(dataset, sha256, _is_gzip(fetched))))
        rows = inspect_rows(renamed)
        stored = RawFile(
            dataset=dataset,
            partition=partition,
            file_name=renamed.name,
            source=source,
            size_bytes=renamed.stat().st_size,
            sha256=sha256,
            row_count=rows.count,
            fetched_at=files.now(),
            etag=etag,
            last_modified=last_modified,
            unreadable_rows=rows.unreadable,
            unreadable_named=rows.named,
        )
        files.move(renamed, stored.path)
    versions = [version for version in versions if version.sha256 != sha256] + [stored]
    manifest = raw_partition_dir(dataset, partition) / MANIFEST
    files.write_json(manifest, {"versions": [asdict(version) for version in versions]})
    return stored


def current_raw(dataset: str, partition: str) -> RawFile:
    """The current version of a raw partition, its bytes verified.

    Raises :class:`MissingPartition` or :class:`CorruptRawFile`.
    """
    folder, download = raw_partition_dir(dataset, partition), command("download", dataset, [partition])
    versions = _versions(dataset, partition)
    if not versions and not (folder / MANIFEST).exists():
        raise MissingPartition(f"No raw {dataset} for {partition}: download it first ({download}).")
    if not versions or (len(versions) > 1 and versions[-1].fetched_at == UNKNOWN):
        raise CorruptRawFile(
            f"{folder / MANIFEST} is lost or damaged, and the files beside it do not say which one is current: run the "
            f"download again (`{download}`)."
        )
    return versions[-1].verified()


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _name(dataset: str, sha256: str, is_gzip: bool) -> str:
    return f"{dataset}-{sha256[:12]}.csv{'.gz' if is_gzip else ''}"


def _versions(dataset: str, partition: str) -> list[RawFile]:
    """The versions that the manifest names; if it is lost or damaged, those of the files beside it, oldest first."""
    manifest = raw_partition_dir(dataset, partition) / MANIFEST
    try:
        versions = _Manifest.model_validate_json(manifest.read_bytes(), strict=True).versions
    except (FileNotFoundError, ValidationError):
        versions = []
    if versions and all((version.dataset, version.partition) == (dataset, partition) for version in versions):
        return versions
    return _derived(dataset, partition)


def _derived(dataset: str, partition: str) -> list[RawFile]:
    """The files of a partition whose names agree with their sha256; where they came from, and when, is unknown."""
    folder = raw_partition_dir(dataset, partition)
    differences = []
    for path in sorted(folder.glob(f"{dataset}-*.csv*"), key=lambda path: path.stat().st_mtime):
        sha256 = files.file_sha256(path)
        if path.name == _name(dataset, sha256, _is_gzip(path)):
            size_bytes, row_count = path.stat().st_size, count_rows(path)
            differences.append(
                RawFile(dataset, partition, path.name, UNKNOWN, size_bytes, sha256, row_count, fetched_at=UNKNOWN)
            )
    return differences
