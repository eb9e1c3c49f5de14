"""Where raw, clean and quarantined partitions live, and how one is committed.

A *partition* is a month (``2013-01``) or, for the reference tables, ``all``.

``raw/<dataset>/<partition>/`` holds the publisher's bytes, one file a version,
and ``manifest.json``, whose last version is the current one. Raw files are never
changed: a re-published month becomes a new file beside the old one.

``clean/<dataset>/[year=YYYY/month=MM]`` is a symbolic link to one directory that
holds all that a cleaning produced: the Parquet files, ``_manifest.json``,
``_quarantine/`` and, once its gate has let it through, ``_validated``.
``quarantine/<dataset>/…`` links into the same directory. A commit replaces that one
link, so clean rows, rejected rows and their counts change together: a reader sees
the old partition or the new one, and a killed job leaves nothing that anybody reads.
"""

import hashlib
import json
import os
import shutil
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ontime.settings import settings

ALL = "all"
DATASETS = ("flights", "weather", "airports", "airlines", "aircraft")
MONTHLY = ("flights", "weather")
#: The mark, in a commit's directory, that its gate has let it through.
VALIDATED = "_validated"


class MissingPartition(LookupError):
    """A partition that a step needs is not in the lake."""


class CorruptRawFile(ValueError):
    """A raw file is not what its manifest says was downloaded."""


class RowsLost(ValueError):
    """Clean and quarantined rows do not add up to the raw rows."""


# -- raw -----------------------------------------------------------------------
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

    @property
    def path(self) -> Path:
        return raw_partition_dir(self.dataset, self.partition) / self.file_name

    def verified(self) -> "RawFile":
        """This file, or :class:`CorruptRawFile` if its bytes are not those downloaded."""
        if not self.path.exists() or file_sha256(self.path) != self.sha256:
            raise CorruptRawFile(
                f"{self.path} is missing or was changed after its download (its sha256 is not the "
                f"manifest's). Delete the folder {self.path.parent} and run the download again."
            )
        return self


def raw_partition_dir(dataset: str, partition: str) -> Path:
    """Where a partition's raw files and their manifest lie."""
    return settings.raw_dir / dataset / partition


def store_raw(dataset: str, partition: str, fetched: Path, source: str) -> RawFile:
    """Move a downloaded file into the lake as the partition's current version.

    ``fetched`` is a complete file with a header line; ``source`` says where it came
    from. Bytes that are there already are not stored twice: the same file is returned.
    """
    folder = raw_partition_dir(dataset, partition)
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = file_sha256(fetched)
    versions = _raw_versions(dataset, partition)
    known = next((version for version in versions if version.sha256 == sha256), None)
    if known and known.path.exists() and file_sha256(known.path) == sha256:
        fetched.unlink()
        stored = known
    else:
        stored = RawFile(
            dataset=dataset,
            partition=partition,
            file_name=f"{dataset}-{sha256[:12]}{fetched.suffix}",
            source=source,
            size_bytes=fetched.stat().st_size,
            sha256=sha256,
            row_count=count_rows(fetched),
            fetched_at=now(),
        )
        os.replace(fetched, stored.path)
    versions = [version for version in versions if version.sha256 != sha256] + [stored]
    write_json(folder / "manifest.json", {"versions": [asdict(version) for version in versions]})
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
    """Data rows of a CSV file: its lines that are not blank, less the header."""
    with path.open("rb") as lines:
        return max(sum(1 for line in lines if line.strip()) - 1, 0)


def _raw_versions(dataset: str, partition: str) -> list[RawFile]:
    manifest = raw_partition_dir(dataset, partition) / "manifest.json"
    if not manifest.exists():
        return []
    return [RawFile(**version) for version in json.loads(manifest.read_text())["versions"]]


# -- clean and quarantine ------------------------------------------------------
@dataclass(frozen=True)
class CleanPartition:
    """What one cleaning made of one raw file: the content of ``_manifest.json``.

    Raises :class:`RowsLost` unless ``rows_raw = rows_clean + rows_quarantined``.
    """

    dataset: str
    partition: str
    raw_sha256: str
    job_sha256: str
    rows_raw: int
    rows_clean: int
    rows_quarantined: int
    quarantined_by_reason: dict[str, int] = field(default_factory=dict)
    run_id: str = ""
    committed_at: str = field(default_factory=lambda: now())

    def __post_init__(self) -> None:
        if self.rows_raw != self.rows_clean + self.rows_quarantined:
            raise RowsLost(
                f"{self.dataset} {self.partition}: {self.rows_raw} raw rows became {self.rows_clean} clean + "
                f"{self.rows_quarantined} quarantined. Nothing was committed."
            )

    @property
    def path(self) -> Path:
        return clean_partition_dir(self.dataset, self.partition)

    @property
    def is_validated(self) -> bool:
        """Whether this commit has passed its gate; the next commit has to pass anew."""
        return (self.path / VALIDATED).exists()


def clean_partition_dir(dataset: str, partition: str) -> Path:
    """The link that a commit replaces."""
    return settings.clean_dir / dataset / _hive_path(partition)


def quarantine_partition_dir(dataset: str, partition: str) -> Path:
    """Where a partition's rejected rows lie."""
    return settings.quarantine_dir / dataset / _hive_path(partition)


def clean_glob(dataset: str, root: Path | None = None) -> str:
    """The pattern that matches every Parquet file of a dataset: committed ones, or a snapshot's below ``root``."""
    return str(
        (root or settings.clean_dir) / dataset / ("year=*/month=*/*.parquet" if dataset in MONTHLY else "*.parquet")
    )


def staging_dir(dataset: str) -> Path:
    """A new, empty directory for one run's output, beside where it will be committed."""
    path = settings.clean_dir / ".staging" / f"{dataset}-{uuid.uuid4().hex[:12]}"
    path.mkdir(parents=True)
    return path


def commit_clean(partition: CleanPartition, clean_files: list[Path], quarantine_files: list[Path]) -> None:
    """Make a cleaning's output the content of its partition, all at once. The files are moved."""
    versions = settings.clean_dir / ".versions" / partition.dataset
    version = versions / f"{partition.partition}.{uuid.uuid4().hex[:12]}"
    (version / "_quarantine").mkdir(parents=True)
    for number, file in enumerate(sorted(clean_files)):
        os.replace(file, version / f"part-{number:05d}.parquet")
    for number, file in enumerate(sorted(quarantine_files)):
        os.replace(file, version / "_quarantine" / f"part-{number:05d}.parquet")
    write_json(version / "_manifest.json", asdict(partition))

    link = clean_partition_dir(partition.dataset, partition.partition)
    previous = link.resolve() if link.is_symlink() else None
    point_link(quarantine_partition_dir(partition.dataset, partition.partition), link / "_quarantine")
    point_link(link, version)
    # The version just replaced stays for readers that have it open; older ones go.
    for old in versions.glob(f"{partition.partition}.*"):
        if old not in (version, previous):
            shutil.rmtree(old)


def clean_partition(dataset: str, partition: str) -> CleanPartition | None:
    """The committed partition's manifest, or None where nothing is committed."""
    manifest = clean_partition_dir(dataset, partition) / "_manifest.json"
    return CleanPartition(**json.loads(manifest.read_text())) if manifest.exists() else None


def clean_partitions(dataset: str, root: Path | None = None) -> list[CleanPartition]:
    """The manifests of a dataset's partitions, oldest month first: committed ones, or a snapshot's below ``root``."""
    pattern = "year=*/month=*/_manifest.json" if dataset in MONTHLY else "_manifest.json"
    found = sorted(((root or settings.clean_dir) / dataset).glob(pattern))
    return [CleanPartition(**json.loads(path.read_text())) for path in found]


def withdraw(partition: CleanPartition) -> None:
    """Take back that a commit has passed its gate, before it is checked again."""
    (partition.path / VALIDATED).unlink(missing_ok=True)


def accept(partition: CleanPartition) -> None:
    """Note that a commit has passed its gate: the warehouse is built from nothing else.

    A commit that another has replaced meanwhile is not accepted in its stead.
    """
    version = partition.path.resolve()
    if clean_partition(partition.dataset, partition.partition) == partition:
        (version / VALIDATED).touch()


def snapshot(root: Path) -> None:
    """Make ``root`` hold links to the validated commits of now; what is committed later does not show there."""
    shutil.rmtree(root, ignore_errors=True)
    for dataset in DATASETS:
        for partition in clean_partitions(dataset):
            version = partition.path.resolve()
            if (version / VALIDATED).exists():
                point_link(root / dataset / _hive_path(partition.partition), version)


def fingerprint(root: Path | None = None) -> str:
    """One digest of everything committed (or in a snapshot): any partition committed again changes it."""
    commits = [asdict(partition) for dataset in DATASETS for partition in clean_partitions(dataset, root)]
    return hashlib.sha256(json.dumps(commits, sort_keys=True).encode()).hexdigest()


# -- files ---------------------------------------------------------------------
def file_sha256(path: Path) -> str:
    """A file's SHA-256, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hive_path(partition: str) -> str:
    if partition == ALL:
        return ""
    year, month = partition.split("-")
    return f"year={year}/month={month}"


def point_link(link: Path, target: Path) -> None:
    """Make ``link`` a relative symbolic link to ``target``: readers see the old target or the new one."""
    link.parent.mkdir(parents=True, exist_ok=True)
    temporary = link.with_name(f".{link.name}.{uuid.uuid4().hex[:12]}")
    temporary.symlink_to(os.path.relpath(target, link.parent.resolve()))
    os.replace(temporary, link)


def write_json(path: Path, content: dict) -> None:
    """Replace a JSON file atomically."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
    temporary.write_text(json.dumps(content, indent=2) + "\n")
    os.replace(temporary, path)


def now() -> str:
    """The UTC time as ISO 8601, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
