"""Where raw, clean and quarantined partitions live, and how one is committed.

A *partition* is a month (``2013-01``) or, for the reference tables, ``all``.

``raw/<dataset>/<partition>/`` holds the publisher's bytes, one file a version,
and ``manifest.json``, whose last version is the current one. Raw files are never
changed: a re-published month becomes a new file beside the old one. A large file is
kept gzip'ed, as its name says; size and digest in the manifest are the kept file's.

``clean/<dataset>/[year=YYYY/month=MM]`` is a symbolic link to one directory that
holds all that a cleaning produced: the Parquet files, ``_manifest.json``,
``_quarantine/`` and, once its gate has let it through, ``_validated``.
``quarantine/<dataset>/…`` links into the same directory. A commit replaces that one
link, so clean rows, rejected rows and their counts change together: a reader sees
the old partition or the new one, and a killed job leaves nothing that anybody reads.
"""

import gzip
import hashlib
import json
import os
import shutil
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

from ontime.settings import settings

ALL = "all"
DATASETS = ("flights", "weather", "airports", "airlines", "aircraft")
MONTHLY = ("flights", "weather")
#: The mark, in a commit's directory, that its gate has let it through.
VALIDATED = "_validated"
#: Reasons of rows that are kept out and not wrong: no share of them speaks against a file.
NOT_WRONG = ("out_of_scope", "superseded")


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
    #: What the publisher's server calls this version (RFC 9110, 8.8), for those that have a server.
    etag: str | None = None
    last_modified: str | None = None

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
    sha256 = file_sha256(fetched)
    versions = _raw_versions(dataset, partition)
    known = next((version for version in versions if version.sha256 == sha256), None)
    if known and known.path.exists() and file_sha256(known.path) == sha256:
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
            fetched_at=now(),
            etag=etag,
            last_modified=last_modified,
        )
        os.replace(named, stored.path)
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
    """Data rows of a CSV file, gzip'ed or not: its lines that are not blank, less the header."""
    with opened(path) as lines:
        return max(sum(1 for line in lines if line.strip()) - 1, 0)


def opened(path: Path) -> BufferedReader:
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
    def rows_wrong(self) -> int:
        """Quarantined rows, but for those that are there for a reason of ``NOT_WRONG``."""
        return self.rows_quarantined - sum(self.quarantined_by_reason.get(reason, 0) for reason in NOT_WRONG)

    @property
    def is_validated(self) -> bool:
        """Whether this commit has passed its gate; the next commit has to pass anew."""
        return (self.path / VALIDATED).exists()


def clean_partition_dir(dataset: str, partition: str) -> Path:
    """The link that a commit replaces."""
    return settings.clean_dir / dataset / hive_path(partition)


def quarantine_partition_dir(dataset: str, partition: str) -> Path:
    """Where a partition's rejected rows lie."""
    return settings.quarantine_dir / dataset / hive_path(partition)


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


@dataclass(frozen=True)
class RowCounts:
    """What became of a dataset's raw rows, over all committed partitions."""

    dataset: str
    raw: int
    clean: int
    quarantined: int
    quarantined_by_reason: dict[str, int]


def row_counts() -> list[RowCounts]:
    """Every dataset's rows."""
    return [_row_counts(dataset, clean_partitions(dataset)) for dataset in DATASETS]


def _row_counts(dataset: str, partitions: list[CleanPartition]) -> RowCounts:
    reasons: Counter[str] = Counter()
    for partition in partitions:
        reasons.update(partition.quarantined_by_reason)
    return RowCounts(
        dataset,
        raw=sum(partition.rows_raw for partition in partitions),
        clean=sum(partition.rows_clean for partition in partitions),
        quarantined=sum(partition.rows_quarantined for partition in partitions),
        quarantined_by_reason=dict(reasons),
    )


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
                point_link(root / dataset / hive_path(partition.partition), version)


def commits(root: Path | None = None) -> dict[str, str]:
    """The digest of every commit (or of those in a snapshot), by ``flights/2013-01``; another with each commit."""
    return {
        f"{dataset}/{partition.partition}": _digest(asdict(partition))
        for dataset in DATASETS
        for partition in clean_partitions(dataset, root)
    }


def fingerprint(root: Path | None = None) -> str:
    """One digest of everything committed (or in a snapshot): any partition committed again changes it."""
    return _digest(commits(root))


def _digest(content: dict) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


# -- files ---------------------------------------------------------------------
def file_sha256(path: Path) -> str:
    """A file's SHA-256, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hive_path(partition: str) -> str:
    """Where a partition lies below its dataset: nothing for ``all``."""
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
    write_text(path, json.dumps(content, indent=2) + "\n")


def write_text(path: Path, content: str) -> None:
    """Replace a text file atomically."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
    temporary.write_text(content)
    os.replace(temporary, path)


def now() -> str:
    """The UTC time as ISO 8601, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
