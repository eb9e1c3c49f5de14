"""Files: digests and atomic writes, which a reader sees complete or not at all.

A file and its folder are flushed to the disk (fsync) before and after the swap, so a power cut cannot leave a name that
points to an empty file.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def point_link(link: Path, target: Path) -> None:
    """Point ``link`` to ``target``, as a relative symbolic link: readers see the old target or the new one."""
    link.parent.mkdir(parents=True, exist_ok=True)
    temporary = link.with_name(f".{link.name}.{uuid.uuid4().hex[:12]}")
    temporary.symlink_to(os.path.relpath(target, link.parent.resolve()))
    os.replace(temporary, link)
    flush(link.parent)


def move(source: Path, target: Path) -> None:
    """Move a complete file to its place on the same file system, in one step that survives a power cut."""
    flush(source)
    os.replace(source, target)
    flush(target.parent)


def flush(path: Path) -> None:
    """Flush a file, or the list of names in a folder, from the system's cache to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, content: dict) -> None:
    """Replace a JSON file atomically."""
    write_text(path, json.dumps(content, indent=2) + "\n")


def write_text(path: Path, content: str) -> None:
    """Replace a text file atomically."""
    with atomic_target(path) as temporary:
        temporary.write_text(content)


@contextmanager
def atomic_target(target: Path) -> Iterator[Path]:
    """Yield a temporary path in ``target``'s folder; the file written there replaces ``target`` at the end.

    After an error, or if no file was written, ``target`` stays as it was.
    """
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}")
    try:
        yield temporary
        if temporary.exists():
            move(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def now() -> str:
    """The UTC time as ISO 8601, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
