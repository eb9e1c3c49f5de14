"""The manifest of a clean partition: its raw file and job, the numbers of rows, and a digest of each file."""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ontime import digests, files
from ontime.lake.places import clean_partition_dir, clean_partition_dirs, command

MANIFEST = "_manifest.json"
#: The file that marks a commit whose gate has passed.
VALIDATED = "_validated"
#: Quarantine reasons of rows that are correct but not used. The gate does not count them as wrong.
NOT_WRONG = ("out_of_scope", "superseded")


class RowsLost(ValueError):
    """Clean and quarantined rows do not add up to the raw rows."""


class Damage(NamedTuple):
    """A clean partition that is not as it was committed, and what is wrong with it."""

    dataset: str
    partition: str
    problem: str


class DamagedPartition(ValueError):
    """Clean partitions are not as they were committed. The message names them and the command that repairs them."""

    def __init__(self, damages: Iterable[Damage]) -> None:
        self.damages = list(damages)
        parts = []
        for dataset, group in groupby(self.damages, key=lambda damage: damage.dataset):
            damaged = list(group)
            named = ", ".join(f"{damage.partition} ({damage.problem})" for damage in damaged)
            repair = command("clean", dataset, (damage.partition for damage in damaged))
            parts.append(f"Clean {dataset} is not as it was committed: {named}; clean again: `{repair} --reprocess`.")
        super().__init__(" ".join(parts))


@dataclass(frozen=True)
class FileDigest:
    """Size and SHA-256 of a file."""

    size_bytes: int
    sha256: str


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
    # The commit adds the next two. Manifests of earlier versions lack them: such commits are used without these checks.
    #: The Parquet files, by path within the commit.
    parquet_files: dict[str, FileDigest] | None = field(default=None, compare=False)
    #: A digest of each of the job's lookups (:mod:`ontime.lake.lookups`).
    lookups_sha256: dict[str, str] = field(default_factory=dict, compare=False)

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

    @property
    def digest(self) -> str:
        """A digest of the commit, which identifies it; the digests of files and lookups are not part of it."""
        return digests.of_values({name: value for name, value in asdict(self).items() if name not in _ADDED})

    def damages(self, link: Path | None = None) -> list[Damage]:
        """What is wrong with this commit's Parquet files, clean and quarantined; empty if nothing is.

        ``link``: a snapshot's link to the commit; by default the current link. Manifests of earlier code name no files,
        so nothing is compared.
        """
        if self.parquet_files is None:
            return []
        folder = (link or self.path).resolve()
        present = {str(path.relative_to(folder)) for path in folder.rglob("*.parquet")}
        problems = [f"{name} was not committed with it" for name in sorted(present - self.parquet_files.keys())]
        for name, committed in self.parquet_files.items():
            if name not in present:
                problems.append(f"{name} is missing")
            elif digest_of(folder / name) != committed:
                problems.append(f"{name} was changed")
        return [Damage(self.dataset, self.partition, ", ".join(problems))] if problems else []

    def verified(self) -> "CleanPartition":
        """Return this partition; raise :class:`DamagedPartition` if its files are not as they were committed."""
        if damages := self.damages():
            raise DamagedPartition(damages)
        return self


#: Fields that the commit itself fills in; they are not part of its digest.
_ADDED = ("parquet_files", "lookups_sha256")
_MANIFEST: TypeAdapter[CleanPartition] = TypeAdapter(CleanPartition)


def digest_of(file: Path) -> FileDigest:
    """Size and SHA-256 of a file now."""
    return FileDigest(file.stat().st_size, files.file_sha256(file))


def clean_partition(dataset: str, partition: str) -> CleanPartition | None:
    """The manifest of a committed partition; None if nothing is committed.

    Raises :class:`DamagedPartition` if the manifest cannot be read.
    """
    folder = clean_partition_dir(dataset, partition)
    if not os.path.lexists(folder):
        return None
    manifest = _read(dataset, partition, folder)
    if isinstance(manifest, Damage):
        raise DamagedPartition([manifest])
    return manifest


def clean_partitions(dataset: str, root: Path | None = None) -> list[CleanPartition]:
    """The manifests of a dataset's partitions, oldest month first: the committed ones, or those of a snapshot.

    Raises :class:`DamagedPartition`, which names every partition whose manifest cannot be read.
    """
    readable, damages = read_all(dataset, root)
    if damages:
        raise DamagedPartition(damages)
    return readable


def read_all(dataset: str, root: Path | None = None) -> tuple[list[CleanPartition], list[Damage]]:
    """The manifests of a dataset's partitions that can be read, and what is wrong with the others."""
    manifests = [_read(dataset, partition, folder) for partition, folder in clean_partition_dirs(dataset, root).items()]
    readable = [item for item in manifests if isinstance(item, CleanPartition)]
    return readable, [item for item in manifests if isinstance(item, Damage)]


def _read(dataset: str, partition: str, folder: Path) -> CleanPartition | Damage:
    def damage(problem: str) -> Damage:
        return Damage(dataset, partition, problem)

    if folder.is_symlink() and not folder.exists():
        return damage("its link points to nothing")
    try:
        content = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return damage(f"{MANIFEST} is missing")
    except OSError as error:
        return damage(f"{MANIFEST} cannot be read: {error.strerror}")
    try:
        manifest: Any = _MANIFEST.validate_json(content, strict=True)
    except ValidationError:
        return damage(f"{MANIFEST} is damaged" if content.strip() else f"{MANIFEST} is empty")
    if (manifest.dataset, manifest.partition) != (dataset, partition):
        return damage(f"{MANIFEST} is that of {manifest.dataset} {manifest.partition}")
    return manifest
