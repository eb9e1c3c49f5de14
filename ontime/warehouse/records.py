"""The records of published files: of each version, of the current version, and of what publications must remember.

A *name* is one of the three published files: ``ontime``, ``predictions`` or ``monitoring``.
``versions/<name>/<version>.duckdb`` is a version, and the ``.json`` file beside it its record. A damaged record is
derived again from the file, whose name holds its number and the start of its sha256. ``<name>.duckdb`` is a symbolic
link to the current version. ``versions/<name>.json`` has the :class:`State`: the highest number ever given, the
publication in progress, and what was rolled back.
"""

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ontime import digests, files
from ontime.settings import settings

WAREHOUSE = "ontime"
PREDICTIONS = "predictions"
MONITORING = "monitoring"

#: How files of versions are named. Before publications were counted, the first part was a time.
VERSION_NAME = re.compile(r"(?P<number>\d{6,}|\d{8}T\d{12}Z)-(?P<sha256>[0-9a-f]{8})")


class NothingPublished(LookupError):
    """Nothing is published yet, or the requested version does not exist."""


class DamagedVersion(NothingPublished):
    """A published file is missing, or is not the file that was published. The message says what to do."""


@dataclass(frozen=True)
class Version:
    """One version of a published file.

    ``lineage`` says what it was made from; ``commits`` has a digest per partition, as :func:`ontime.lake.commits`
    returns them. ``published_at`` is UTC (ISO 8601). ``parent`` is the version that this one replaced.
    """

    name: str
    version: str
    sha256: str
    size_bytes: int
    published_at: str
    lineage: dict[str, str] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    parent: str | None = None

    @property
    def path(self) -> Path:
        return version_path(self.name, self.version)

    @property
    def number(self) -> int:
        """Versions are counted from 1; those named by a time, before publications were counted, have 0."""
        return number_of(self.version)

    @property
    def made_from(self) -> str:
        """A digest of what the version was made from."""
        return made_from(self.lineage)

    def verified(self) -> "Version":
        """This version, after its file was compared with its sha256. Raises :class:`DamagedVersion`."""
        if not self.path.is_file():
            raise DamagedVersion(f"The file of version {self.version} is missing: {self.path}. {way_out(self.name)}")
        if files.file_sha256(self.path) != self.sha256:
            raise DamagedVersion(
                f"{self.path} has been changed since it was published: its sha256 differs from that of version "
                f"{self.version}. {way_out(self.name)}"
            )
        return self


def published_path(name: str = WAREHOUSE) -> Path:
    """The path of the current version for readers, who open it read-only."""
    return settings.warehouse_dir / f"{name}.duckdb"


def version_path(name: str, version: str) -> Path:
    """The path of a version's file, whether or not it exists."""
    return versions_dir(name) / f"{version}.duckdb"


def versions_dir(name: str) -> Path:
    """The folder of all versions of a name."""
    return settings.warehouse_dir / "versions" / name


def current_name(name: str = WAREHOUSE) -> str | None:
    """The name of the version that the link points to, whether or not its file exists; None without a link.

    Raises :class:`DamagedVersion` if there is a file where the link should be.
    """
    link = published_path(name)
    if link.is_symlink():
        return link.readlink().stem
    if link.exists():
        raise DamagedVersion(
            f"{link} is not the link that a publication makes. Move it away, then return to the last version "
            f"(ontime warehouse rollback{_option(name)})."
        )
    return None


def current(name: str = WAREHOUSE) -> Version | None:
    """The version that readers see; None before the first publication.

    Raises :class:`DamagedVersion` if its file is missing, or if its record is damaged and the file is not the one
    published. A changed file with a good record is detected only by :meth:`Version.verified`.
    """
    version = current_name(name)
    if version is None:
        return None
    if not version_path(name, version).is_file():
        raise DamagedVersion(f"The current version {version} is missing in {versions_dir(name)}. {way_out(name)}")
    return read(name, version)


def history(name: str = WAREHOUSE) -> list[Version]:
    """The versions that are kept, newest first. One whose record and file contradict each other is left out."""
    unfinished, now = State.read(name).publishing, published_path(name)
    shown = set()
    for record in versions_dir(name).glob("*.json"):
        is_current = now.is_symlink() and now.readlink().stem == record.stem
        if VERSION_NAME.fullmatch(record.stem) and (is_current or record.stem != unfinished):
            shown.add(record.stem)
    return [version for stem in sorted(shown, key=order, reverse=True) if (version := _read_or_none(name, stem))]


def read(name: str, version: str) -> Version:
    """Read a version from its record, or if the record is damaged, from its file. Raises :class:`DamagedVersion`."""
    path = version_path(name, version)
    try:
        stored = Version(**json.loads(path.with_suffix(".json").read_text()))
        if (stored.name, stored.version) == (name, version) and _is_well_formed(stored):
            return stored
    except (FileNotFoundError, ValueError, TypeError):
        pass
    return _derived(name, version)


def write(version: Version) -> None:
    """Write the record of a version."""
    files.write_json(version.path.with_suffix(".json"), asdict(version))


def order(version: str) -> tuple[int, str]:
    """The order of publication: by number; versions named by a time come first, in the order of their times."""
    return number_of(version), version


def number_of(version: str) -> int:
    """The number in the name of a version; 0 if it is named by a time."""
    return int(version.split("-")[0]) if re.match(r"\d+-", version) else 0


def made_from(lineage: dict[str, str]) -> str:
    """A digest of what a version was made from, by its lineage."""
    return lineage.get("inputs") or digests.of_values(lineage)


def way_out(name: str) -> str:
    """What to do when the current version cannot be used."""
    rollback = f"ontime warehouse rollback{_option(name)} VERSION; ontime warehouse history{_option(name)} lists them"
    return f"Return to a version that is kept ({rollback})" + (
        ", or build all months from the lake (ontime warehouse prepare --full, ontime warehouse build, "
        "ontime check marts, ontime warehouse publish)."
        if name == WAREHOUSE
        else ", or train again (ontime model train)."
    )


@dataclass(frozen=True)
class State:
    """What the publications of a name must remember.

    ``highest_number``: the highest number ever given to a version. ``publishing``: the version whose publication has
    begun and not ended, from the file ``candidate``. ``rejected``: by version that was rolled back, the digest of what
    it was made from (:func:`made_from`).
    """

    highest_number: int = 0
    publishing: str | None = None
    candidate: str | None = None
    rejected: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str) -> "State":
        """The state; an empty one if its file is missing or damaged."""
        try:
            state = cls(**json.loads(_state_path(name).read_text()))
            if isinstance(state.highest_number, int) and isinstance(state.rejected, dict):
                return state
        except (FileNotFoundError, ValueError, TypeError):
            pass
        return cls()

    def write(self, name: str) -> None:
        files.write_json(_state_path(name), asdict(self))


def _state_path(name: str) -> Path:
    return settings.warehouse_dir / "versions" / f"{name}.json"


def _read_or_none(name: str, version: str) -> Version | None:
    try:
        return read(name, version)
    except DamagedVersion:
        return None


def _is_well_formed(version: Version) -> bool:
    types: dict[str, Any] = {"sha256": str, "size_bytes": int, "published_at": str, "lineage": dict, "commits": dict}
    return all(isinstance(getattr(version, name), type_) for name, type_ in types.items())


def _derived(name: str, version: str) -> Version:
    """A version without a readable record, from its file: what it was made from is no longer known."""
    path, parts = version_path(name, version), VERSION_NAME.fullmatch(version)
    sha256 = files.file_sha256(path) if path.is_file() else ""
    if not parts or not sha256.startswith(parts["sha256"]):
        raise DamagedVersion(
            f"The record of version {version} is damaged, and its file is not the one published: {path}. "
            f"{way_out(name)}"
        )
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return Version(name, version, sha256, path.stat().st_size, written_at)


def _option(name: str) -> str:
    return "" if name == WAREHOUSE else f" --name {name}"
