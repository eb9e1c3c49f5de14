"""Clean and quarantined partitions, and how one is committed.

``clean/<dataset>/[year=YYYY/month=MM]`` is a symbolic link to one directory that holds everything that one cleaning
produced: the Parquet files, ``_manifest.json``, ``_lookups.json``, ``_quarantine/`` and, once its gate has passed,
``_validated``. ``quarantine/<dataset>/…`` links into the same directory. A commit replaces that one link, so clean
rows, rejected rows and their counts change together: a reader sees the old partition or the new one, and a killed job
leaves nothing visible.
"""

import shutil
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ontime import digests, files, locks
from ontime.datasets import DATASETS
from ontime.lake import lookups
from ontime.lake.manifest import (
    MANIFEST,
    VALIDATED,
    CleanPartition,
    DamagedPartition,
    clean_partition,
    clean_partitions,
    digest_of,
    read_all,
)
from ontime.lake.places import clean_partition_dir, clean_partition_dirs, hive_path, quarantine_partition_dir
from ontime.settings import settings


def commit_clean(
    partition: CleanPartition,
    clean_files: list[Path],
    quarantine_files: list[Path],
    *,
    looked_up: lookups.Lookups | None = None,
) -> None:
    """Replace a partition with the output of a cleaning run, in one step. The files are moved.

    ``looked_up``: the values that the cleaning was given, from :func:`ontime.lake.lookups.current_lookups`. Raises
    :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.clean_lock(partition.dataset), f"The commit of {partition.dataset} {partition.partition}"):
        _commit(partition, clean_files, quarantine_files, looked_up or {})


def _commit(
    partition: CleanPartition, clean_files: list[Path], quarantine_files: list[Path], looked_up: lookups.Lookups
) -> None:
    versions = settings.clean_dir / ".versions" / partition.dataset
    version = versions / f"{partition.partition}.{uuid.uuid4().hex[:12]}"
    (version / "_quarantine").mkdir(parents=True)
    moved = {}
    for folder, produced in (("", clean_files), ("_quarantine/", quarantine_files)):
        for number, file in enumerate(sorted(produced)):
            name = f"{folder}part-{number:05d}.parquet"
            files.move(file, version / name)
            moved[name] = digest_of(version / name)
    files.write_json(version / lookups.FILE, looked_up)
    manifest = replace(partition, parquet_files=moved, lookups_sha256=lookups.digests_of(looked_up))
    files.write_json(version / MANIFEST, asdict(manifest))
    files.flush(versions)

    link = clean_partition_dir(partition.dataset, partition.partition)
    rejected = quarantine_partition_dir(partition.dataset, partition.partition)
    previous = link.resolve() if link.is_symlink() else None
    for path in (link, rejected):
        # Temporary links of commits that were killed: nobody else commits while we hold the lock.
        for leftover in path.parent.glob(f".{path.name}.*"):
            leftover.unlink()
        # In a copy that was made without links, a partition is a folder.
        if path.is_dir() and not path.is_symlink():
            path.rename(versions / f"{partition.partition}.{uuid.uuid4().hex[:12]}")
    files.point_link(rejected, link / "_quarantine")
    files.point_link(link, version)
    # Two older versions stay: the one just replaced, because readers may have it open, and the one that the candidate
    # is built from. All others are deleted.
    built_from = settings.candidate_inputs_dir / partition.dataset / hive_path(partition.partition)
    for old in versions.glob(f"{partition.partition}.*"):
        if old not in (version, previous, built_from.resolve()):
            shutil.rmtree(old)


@dataclass(frozen=True)
class RowCounts:
    """Raw, clean and quarantined rows of a dataset, summed over its committed partitions."""

    dataset: str
    raw: int
    clean: int
    quarantined: int
    quarantined_by_reason: dict[str, int]


def row_counts() -> list[RowCounts]:
    """The row counts of every dataset that has at least one clean partition.

    Partitions whose manifest is damaged are left out. (A build refuses those.)
    """
    partitions = {dataset: read_all(dataset)[0] for dataset in DATASETS}
    return [_row_counts(dataset, clean) for dataset, clean in partitions.items() if clean]


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

    If another commit has replaced this one meanwhile, nothing is marked.
    """
    version = partition.path.resolve()
    if clean_partition(partition.dataset, partition.partition) == partition:
        # If two commits have followed since, the second has deleted this version.
        with suppress(FileNotFoundError):
            (version / VALIDATED).touch()
            files.flush(version)


def snapshot(root: Path) -> None:
    """Fill ``root`` with links to the commits that are validated now; later commits do not change it.

    Raises :class:`ontime.lake.DamagedPartition`, which names every commit whose files are not as they were committed.
    """
    shutil.rmtree(root, ignore_errors=True)
    for dataset in DATASETS:
        for partition in clean_partitions(dataset):
            _link_if_validated(partition.path, root / dataset / hive_path(partition.partition))
    damages = []
    for dataset in DATASETS:
        links = clean_partition_dirs(dataset, root)
        for partition in clean_partitions(dataset, root):
            damages += partition.damages(links[partition.partition])
    if damages:
        raise DamagedPartition(damages)


def _link_if_validated(current: Path, link: Path) -> None:
    while True:
        version = current.resolve()
        if (version / VALIDATED).exists():
            files.point_link(link, version)
        if current.resolve() == version:
            return
        link.unlink(missing_ok=True)  # another commit has replaced it meanwhile


def commits(root: Path | None = None) -> dict[str, str]:
    """A digest per commit (or per commit of a snapshot), with keys such as ``flights/2013-01``.

    Committing a partition again changes its digest.
    """
    return {
        f"{dataset}/{partition.partition}": partition.digest
        for dataset in DATASETS
        for partition in clean_partitions(dataset, root)
    }


def fingerprint(root: Path | None = None) -> str:
    """One digest of all commits (or of a snapshot). Committing any partition again changes it."""
    return digests.of_values(commits(root))
