"""Clean and quarantined partitions, and how one is committed.

``clean/<dataset>/[year=YYYY/month=MM]`` is a symbolic link to one directory that holds everything that one cleaning
produced: the Parquet files, ``_manifest.json``, ``_quarantine/`` and, once its gate has passed, ``_validated``.
``quarantine/<dataset>/…`` links into the same directory. A commit replaces that one link, so clean rows, rejected rows
and their counts change together: a reader sees the old partition or the new one, and a killed job leaves nothing
visible.
"""

import glob
import hashlib
import json
import os
import shutil
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ontime import files
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.settings import settings

#: The file that marks a commit whose gate has passed.
VALIDATED = "_validated"
#: Quarantine reasons of rows that are correct but not used. The gate does not count them as wrong.
NOT_WRONG = ("out_of_scope", "superseded")


class RowsLost(ValueError):
    """Clean and quarantined rows do not add up to the raw rows."""


@dataclass(frozen=True)
class CleanPartition:
    """The result of cleaning one raw file: the content of ``_manifest.json``.

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
    committed_at: str = field(default_factory=lambda: files.now())

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
        """Quarantined rows, without those whose reason is in ``NOT_WRONG``."""
        return self.rows_quarantined - sum(self.quarantined_by_reason.get(reason, 0) for reason in NOT_WRONG)

    @property
    def is_validated(self) -> bool:
        """Whether this commit has passed its gate. A new commit is not validated until it passes too."""
        return (self.path / VALIDATED).exists()


def clean_partition_dir(dataset: str, partition: str) -> Path:
    """The link that a commit replaces."""
    return settings.clean_dir / dataset / hive_path(partition)


def quarantine_partition_dir(dataset: str, partition: str) -> Path:
    """The folder of a partition's rejected rows."""
    return settings.quarantine_dir / dataset / hive_path(partition)


def clean_glob(dataset: str, root: Path | None = None) -> str:
    """A pattern for all Parquet files of a dataset: the committed ones, or those of a snapshot in ``root``."""
    months = "year=*/month=*/" if DATASETS[dataset].is_monthly else ""
    return f"{glob.escape(str(root or settings.clean_dir))}/{dataset}/{months}*.parquet"


def staging_dir(dataset: str) -> Path:
    """A new, empty directory for one run's output, on the same file system as the committed partitions."""
    path = settings.clean_dir / ".staging" / f"{dataset}-{uuid.uuid4().hex[:12]}"
    path.mkdir(parents=True)
    return path


def commit_clean(partition: CleanPartition, clean_files: list[Path], quarantine_files: list[Path]) -> None:
    """Replace a partition with the output of a cleaning run, in one step. The files are moved."""
    versions = settings.clean_dir / ".versions" / partition.dataset
    version = versions / f"{partition.partition}.{uuid.uuid4().hex[:12]}"
    (version / "_quarantine").mkdir(parents=True)
    for number, file in enumerate(sorted(clean_files)):
        os.replace(file, version / f"part-{number:05d}.parquet")
    for number, file in enumerate(sorted(quarantine_files)):
        os.replace(file, version / "_quarantine" / f"part-{number:05d}.parquet")
    files.write_json(version / "_manifest.json", asdict(partition))

    link = clean_partition_dir(partition.dataset, partition.partition)
    previous = link.resolve() if link.is_symlink() else None
    files.point_link(quarantine_partition_dir(partition.dataset, partition.partition), link / "_quarantine")
    files.point_link(link, version)
    # The version just replaced stays, because readers may have it open; older ones are deleted.
    for old in versions.glob(f"{partition.partition}.*"):
        if old not in (version, previous):
            shutil.rmtree(old)


def clean_partition(dataset: str, partition: str) -> CleanPartition | None:
    """The manifest of a committed partition; None if nothing is committed."""
    manifest = clean_partition_dir(dataset, partition) / "_manifest.json"
    return CleanPartition(**json.loads(manifest.read_text())) if manifest.exists() else None


def clean_partitions(dataset: str, root: Path | None = None) -> list[CleanPartition]:
    """The manifests of a dataset's partitions, oldest month first: the committed ones, or those of a snapshot."""
    pattern = "year=*/month=*/_manifest.json" if DATASETS[dataset].is_monthly else "_manifest.json"
    manifests = sorted(((root or settings.clean_dir) / dataset).glob(pattern))
    return [CleanPartition(**json.loads(path.read_text())) for path in manifests]


@dataclass(frozen=True)
class RowCounts:
    """Raw, clean and quarantined rows of a dataset, summed over its committed partitions."""

    dataset: str
    raw: int
    clean: int
    quarantined: int
    quarantined_by_reason: dict[str, int]


def row_counts() -> list[RowCounts]:
    """The row counts of every dataset."""
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


def clear_validated(partition: CleanPartition) -> None:
    """Remove the mark of a passed gate, before the commit is checked again."""
    (partition.path / VALIDATED).unlink(missing_ok=True)


def mark_validated(partition: CleanPartition) -> None:
    """Mark a commit whose gate has passed; the warehouse is built only from marked commits.

    If another commit has replaced it meanwhile, nothing is marked.
    """
    version = partition.path.resolve()
    if clean_partition(partition.dataset, partition.partition) == partition:
        (version / VALIDATED).touch()


def snapshot(root: Path) -> None:
    """Fill ``root`` with links to the commits that are validated now; later commits do not change it."""
    shutil.rmtree(root, ignore_errors=True)
    for dataset in DATASETS:
        for partition in clean_partitions(dataset):
            version = partition.path.resolve()
            if (version / VALIDATED).exists():
                files.point_link(root / dataset / hive_path(partition.partition), version)


def commits(root: Path | None = None) -> dict[str, str]:
    """A digest per commit (or per commit of a snapshot), with keys such as ``flights/2013-01``.

    Committing a partition again changes its digest.
    """
    return {
        f"{dataset}/{partition.partition}": _digest(asdict(partition))
        for dataset in DATASETS
        for partition in clean_partitions(dataset, root)
    }


def fingerprint(root: Path | None = None) -> str:
    """One digest of all commits (or of a snapshot). Committing any partition again changes it."""
    return _digest(commits(root))


def _digest(content: dict) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def hive_path(partition: str) -> str:
    """A partition's folder within its dataset, such as ``year=2013/month=01``; empty for ``all``."""
    if partition == ALL:
        return ""
    year, month = partition.split("-")
    return f"year={year}/month={month}"
