"""Published files: versions, the atomic swap, history and rollback.

Three files are published by the same rules: ``ontime`` (built by dbt), ``predictions`` (the model's scores) and
``monitoring`` (drift and performance of the model). A published version is a read-only DuckDB file
``versions/<name>/<version>.duckdb``; the ``.json`` file next to it says what it was made from. ``<name>.duckdb`` is a
symbolic link to the current version, and publishing replaces that link: a reader opens the old version or the new
one, and a reader that has the old file open can continue to read it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ontime import files
from ontime.settings import settings

WAREHOUSE = "ontime"
PREDICTIONS = "predictions"
MONITORING = "monitoring"


class NothingPublished(LookupError):
    """Nothing is published yet, or the requested version does not exist."""


@dataclass(frozen=True)
class Version:
    """One published file. ``lineage`` says what it was made from; ``commits`` has a digest per partition."""

    name: str
    version: str
    sha256: str
    size_bytes: int
    published_at: str
    lineage: dict[str, str] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return _versions_dir(self.name) / f"{self.version}.duckdb"


def publish(name: str, candidate: Path, lineage: dict[str, str], commits: Mapping[str, str] | None = None) -> Version:
    """Make ``candidate`` the current version of ``name``. The file is moved.

    Only the last ``settings.published_versions_kept`` versions are kept.
    """
    with duckdb.connect(str(candidate), config=settings.duckdb_config) as connection:
        connection.execute("CHECKPOINT")
    published_at = datetime.now(UTC)
    sha256 = files.file_sha256(candidate)
    version = Version(
        name=name,
        version=f"{published_at:%Y%m%dT%H%M%S%fZ}-{sha256[:8]}",
        sha256=sha256,
        size_bytes=candidate.stat().st_size,
        published_at=published_at.isoformat(timespec="seconds"),
        lineage=lineage,
        commits=dict(commits or {}),
    )
    version.path.parent.mkdir(parents=True, exist_ok=True)
    candidate.chmod(0o444)
    os.replace(candidate, version.path)
    files.write_json(version.path.with_suffix(".json"), asdict(version))
    files.point_link(published_path(name), version.path)
    for old in history(name)[settings.published_versions_kept :]:
        old.path.with_suffix(".json").unlink()
        old.path.unlink(missing_ok=True)
    print(f"Published {published_path(name)} = {version.version} (sha256 {sha256[:12]}…)")
    return version


def published_path(name: str = WAREHOUSE) -> Path:
    """The path of the current version for readers, who open it read-only."""
    return settings.warehouse_dir / f"{name}.duckdb"


def current(name: str = WAREHOUSE) -> Version | None:
    """The version that readers see; None before the first publication."""
    link = published_path(name)
    if not link.is_symlink():
        return None
    return Version(**json.loads(link.resolve().with_suffix(".json").read_text()))


def history(name: str = WAREHOUSE) -> list[Version]:
    """The versions that are kept, newest first."""
    records = sorted(_versions_dir(name).glob("*.json"), reverse=True)
    return [Version(**json.loads(path.read_text())) for path in records]


def rollback(name: str = WAREHOUSE, to: str | None = None) -> Version:
    """Make an earlier version current again: ``to``, or the one before the current version. Nothing is deleted.

    Raises :class:`NothingPublished` if there is no such version.
    """
    now = current(name)
    if now is None:
        raise NothingPublished(f"Nothing has been published as {published_path(name)} yet.")
    versions = history(name)
    candidates = [v for v in versions if (v.version == to if to else v.version < now.version)]
    if not candidates:
        kept = ", ".join(v.version for v in versions)
        raise NothingPublished(f"There is no {to or f'version before {now.version}'}; the versions kept are: {kept}")
    files.point_link(published_path(name), candidates[0].path)
    return candidates[0]


def _versions_dir(name: str) -> Path:
    return settings.warehouse_dir / "versions" / name
