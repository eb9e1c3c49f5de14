"""Files: digests, and writes that a reader sees whole or not at all."""

import hashlib
import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path


def file_sha256(path: Path) -> str:
    """A file's SHA-256, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
