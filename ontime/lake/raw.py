"""Raw partitions: the publisher's bytes, never changed.

``raw/<dataset>/<partition>/`` holds one file per version and ``manifest.json``, whose last version is the current one.
A re-published month becomes a new file beside the old one. Large files are kept gzip-compressed, as their names say;
size and digest in the manifest are those of the kept file.
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
    """A raw file is not what its manifest says was downloaded."""


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
    #: What the publisher's server calls this version (RFC 9110, 8.8), for those that have a server.
    etag: str | None = None
    last_modified: str | None = None

    @property
    def path(self) -> Path:
        return raw_partition_dir(self.dataset, self.partition) / self.file_name

    def verified(self) -> "RawFile":
        """This file, or :class:`CorruptRawFile` if its bytes are not those downloaded."""
        if not self.path.exists() or files.file_sha256(self.path) != self.sha256:
            raise CorruptRawFile(
                f"{self.path} is missing or was changed after its download (its sha256 is not the "
                f"manifest's). Delete the folder {self.path.parent} and run the download again."
            )
        return self


def raw_partition_dir(dataset: str, partition: str) -> Path:
    """Where a partition's raw files and their manifest lie."""
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

    ``fetched`` is a complete CSV file with a header line, gzip'ed or not; ``source`` says where it came
    from. Bytes that are there already are not stored twice: of the manifest only these words change.
    """
    folder = raw_partition_dir(dataset, partition)
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = files.file_sha256(fetched)
    versions = _raw_versions(dataset, partition)
    known = next((version for version in versions if version.sha256 == sha256), None)
    if known and known.path.exists() and files.file_sha256(known.path) == sha256:
        fetched.unlink()
        stored = replace(known, source=source, etag=etag, last_modified=last_modified)
    else:
        named = fetched.with_name(f"{dataset}-{sha256[:12]}.csv{'.gz' if _is_gzip(fetched) else ''}")
        os.replace(fetched, named)
        stored = RawFile(
            dataset=dataset,
            partition=partition,
            file_name=named.name,
            source=source,
            size_bytes=named.stat().st_size,
            sha256=sha256,
            row_count=count_rows(named),
            fetched_at=files.now(),
            etag=etag,
            last_modified=last_modified,
        )
        os.replace(named, stored.path)
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
            f"(python -m ontime.sources.{dataset}{'' if partition == ALL else ' ' + partition})."
        )
    return versions[-1].verified()


def count_rows(path: Path) -> int:
    """Data rows of a CSV file, gzip'ed or not: its lines that are not blank, less the header."""
    with open_raw(path) as lines:
        return max(sum(1 for line in lines if line.strip()) - 1, 0)


def open_raw(path: Path) -> BufferedReader:
    """A raw file's bytes as the publisher wrote them: what is kept gzip'ed is unpacked."""
    return BufferedReader(gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _raw_versions(dataset: str, partition: str) -> list[RawFile]:
    manifest = raw_partition_dir(dataset, partition) / "manifest.json"
    if not manifest.exists():
        return []
    return [RawFile(**version) for version in json.loads(manifest.read_text())["versions"]]
