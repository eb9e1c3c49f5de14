"""Published files: publishing by compare-and-swap, and rollback.

Three files are published by the same rules: ``ontime`` (built by dbt), ``predictions`` (the model's scores) and
``monitoring`` (drift and performance of the model). Versions are counted, never ordered by the clock. A publication
names the version that was current when its candidate was prepared, the parent, and succeeds only while the parent is
still current. It then replaces the link: a reader opens the old version or the new one, and a reader that has the old
file open can continue to read it. If a publication was killed before that, the next step undoes it and moves the
candidate back to its place.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ontime import files, locks
from ontime.settings import settings
from ontime.warehouse import records
from ontime.warehouse.records import (
    WAREHOUSE,
    DamagedVersion,
    NothingPublished,
    State,
    Version,
    current,
    current_name,
    history,
    published_path,
    version_path,
    versions_dir,
)

#: Stands for the version that is current now: the parent of a candidate that was made under the same lock.
CURRENT = "current"
#: The names of files that a process was writing when it was killed (:mod:`ontime.files`).
TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}")


class NotPublished(ValueError):
    """A candidate that must not be published. The message says why, and what to do."""


class StaleParent(NotPublished):
    """Another version has been published, or rolled back to, since the candidate was prepared."""


def publish(
    name: str,
    candidate: Path,
    lineage: dict[str, str],
    commits: Mapping[str, str] | None = None,
    parent: str | None = CURRENT,
    validated_sha256: str | None = None,
) -> Version:
    """Make ``candidate`` the current version of ``name``, if ``parent`` is still current. The file is moved.

    Only the last ``settings.published_versions_kept`` versions and the current one are kept. ``validated_sha256``: the
    sha256 of the file that passed its gate, taken after :func:`close`; without it the file is closed here.

    Raises :class:`StaleParent`; :class:`NotPublished` for a file without tables, or whose sha256 is not
    ``validated_sha256``; and :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.WAREHOUSE, f"publication of {name}"):
        state, now = sweep(name), current_name(name)
        if parent not in (now, CURRENT):
            raise StaleParent(
                f"{candidate} was prepared on {parent or 'an empty warehouse'}, but {now or 'no version'} is current "
                "now. Prepare, build and check it again: ontime warehouse prepare."
            )
        if validated_sha256 is None:
            close(candidate)
        number, published_at = highest_number(name, state) + 1, datetime.now(UTC)
        sha256 = files.file_sha256(candidate)
        if validated_sha256 not in (None, sha256):
            raise NotPublished(f"{candidate} was changed after its gate. Check it again: ontime check marts.")
        version = Version(
            name=name,
            version=f"{number:06d}-{sha256[:8]}",
            sha256=sha256,
            size_bytes=candidate.stat().st_size,
            published_at=published_at.isoformat(timespec="seconds"),
            lineage=lineage,
            commits=dict(commits or {}),
            parent=now,
        )
        version.path.parent.mkdir(parents=True, exist_ok=True)
        replace(state, publishing=version.version, candidate=candidate.name).write(name)
        candidate.chmod(0o444)
        files.move(candidate, version.path)
        records.write(version)
        files.point_link(published_path(name), version.path)
        _finish(name, state, version.version)
        print(f"Published {published_path(name)} = {version.version} (sha256 {sha256[:12]}…)")
        return version


def rollback(name: str = WAREHOUSE, to: str | None = None) -> Version:
    """Make an earlier version current again: ``to``, or the one before the current version. Nothing is deleted.

    After a step back, the inputs of the version that was current count as rejected: no build starts from them again
    until they change. Inputs of a version whose file is damaged are not rejected.

    Raises :class:`NothingPublished` if there is no such version, :class:`DamagedVersion` if its file was changed, and
    :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.WAREHOUSE, "ontime warehouse rollback"):
        state, now, versions = sweep(name), current_name(name), history(name)
        if not versions and now is None:
            raise NothingPublished(f"Nothing has been published as {published_path(name)} yet.")
        before = [v for v in versions if (v.version == to if to else now is None or _is_before(v.version, now))]
        if not before:
            kept = ", ".join(v.version for v in versions)
            raise NothingPublished(f"There is no {to or f'version before {now}'}; the versions kept are: {kept}")
        version = before[0].verified()
        left = [v for v in versions if v.version == now and _is_before(version.version, v.version) and _is_sound(v)]
        rejected = state.rejected | {v.version: v.made_from for v in left}
        # The state is written first: a process killed before the link changes has only prevented a build.
        replace(state, rejected=_without(rejected, version)).write(name)
        files.point_link(published_path(name), version.path)
        return version


def rejected_version(made_from: str, name: str = WAREHOUSE) -> str | None:
    """The newest version that was rolled back and has this digest (:func:`ontime.warehouse.records.made_from`)."""
    versions = [version for version, rejected in State.read(name).rejected.items() if rejected == made_from]
    return max(versions, key=records.order, default=None)


def unannounced(events: Sequence[Mapping[str, Any]]) -> Version | None:
    """The published warehouse, if no event has named it or a later version; None otherwise.

    ``events``: the ``extra`` of Airflow's events of publications, with the name of the ``version``. After a rollback
    the published version has a lower number than the last event, so it needs no event of its own.
    """
    published = current()
    announced = max((records.number_of(str(event.get("version"))) for event in events), default=0)
    return published if published and published.number > announced else None


def sweep(name: str) -> State:
    """Undo a publication that was killed before its swap, finish one killed after it, and remove files left behind.

    The caller must hold the warehouse's lock. Returns the state.
    """
    state, now = State.read(name), current_name(name)
    for folder in (settings.warehouse_dir, settings.warehouse_dir / "versions", versions_dir(name)):
        for path in folder.glob(".*"):
            if TEMPORARY.fullmatch(path.name) and not path.is_dir():
                path.unlink()
    if state.publishing and state.publishing == now:
        _finish(name, state, now)
    elif state.publishing:
        half = version_path(name, state.publishing)
        half.with_suffix(".json").unlink(missing_ok=True)
        candidate = settings.warehouse_dir / (state.candidate or f"{name}-candidate.duckdb")
        if half.exists() and not candidate.exists():
            half.chmod(0o644)
            files.move(half, candidate)
        half.unlink(missing_ok=True)
        replace(state, publishing=None, candidate=None).write(name)
    if now and version_path(name, now).is_file() and not version_path(name, now).with_suffix(".json").exists():
        with suppress(DamagedVersion):
            records.write(records.read(name, now))
    for path in versions_dir(name).glob("*.duckdb*"):
        # A version is deleted after its record; the current one is never deleted.
        if path.stem != now and not path.with_suffix(".json").exists() and not path.is_dir():
            path.unlink()
    return State.read(name)


def highest_number(name: str, state: State | None = None) -> int:
    """The highest number ever given to a version, according to the state and the records on the disk."""
    names = [path.stem for path in versions_dir(name).glob("*.json")]
    names += [current_name(name) or "", *(parent for v in history(name) if (parent := v.parent))]
    return max([(state or State.read(name)).highest_number, *map(records.number_of, names)])


def _finish(name: str, state: State, now: str) -> None:
    """End a publication after the swap: remember the number, remove the new version's inputs from those rejected, and
    delete old versions."""
    versions = history(name)
    rejected = state.rejected
    for version in versions:
        if version.version == now:
            rejected = _without(rejected, version)
    State(max(records.number_of(now), state.highest_number), rejected=rejected).write(name)
    for old in versions[settings.published_versions_kept :]:
        if old.version != now:
            old.path.with_suffix(".json").unlink()
            old.path.unlink(missing_ok=True)


def _without(rejected: Mapping[str, str], version: Version) -> dict[str, str]:
    return {name: made_from for name, made_from in rejected.items() if made_from != version.made_from}


def _is_sound(version: Version) -> bool:
    try:
        return bool(version.verified())
    except DamagedVersion:
        return False


def _is_before(version: str, other: str) -> bool:
    return records.order(version) < records.order(other)


def close(candidate: Path) -> None:
    """Write what is still in DuckDB's write-ahead log into the candidate's file.

    Raises :class:`NotPublished` if the file cannot be read or has no tables.
    """
    try:
        candidate.chmod(0o644)  # a publication that was killed may have left it read-only
        with duckdb.connect(str(candidate), config=settings.duckdb_config) as connection:
            connection.execute("CHECKPOINT")
            tables = connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall()[0][0]
    except (OSError, duckdb.Error) as problem:
        raise NotPublished(f"{candidate} cannot be published: {problem}. Make it again.") from problem
    if not tables:
        raise NotPublished(f"{candidate} has no tables, so it is not published. Make it again.")
