"""Builds, validates and publishes the warehouse candidate that :mod:`ontime.warehouse.prepare` has prepared.

Only a candidate that dbt has built completely (:mod:`ontime.warehouse.proof`) and that has passed its gate is published
(:mod:`ontime.warehouse.versions`). ``candidate.json`` records what the candidate is made from, its parent (the version
that was current when it was prepared), the sha256 that passed the gate, and the version it was published as.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from ontime import digests, files, lake, locks
from ontime.datasets import MONTHLY
from ontime.settings import settings
from ontime.warehouse import proof, versions
from ontime.warehouse.dbt import dbt
from ontime.warehouse.records import (
    WAREHOUSE,
    NothingPublished,
    Version,
    current_name,
    history,
)


class NotValidated(versions.NotPublished):
    """A candidate that has not passed its gate cannot be published."""


class NotBuilt(versions.NotPublished):
    """A candidate that dbt has not built completely, from the inputs prepared for it, cannot pass its gate."""


def inputs_digest(root: Path | None = None) -> str:
    """One digest of everything a warehouse is made from: the clean partitions (or a snapshot) and the dbt project."""
    return digests.of_values([lake.fingerprint(root), digests.of_dbt_project(settings.dbt_project_dir)])


def refuse_if_in_use() -> None:
    """Raise :class:`ontime.locks.Busy` while another process, such as Airflow's dbt, has the candidate open."""
    if not settings.warehouse_candidate.exists():
        return
    try:
        duckdb.connect(str(settings.warehouse_candidate), read_only=True, config=settings.duckdb_config).close()
    except duckdb.Error as problem:
        if "lock" in str(problem):
            raise locks.Busy(
                f"{settings.warehouse_candidate} is open in another process, probably a build. Wait for it or stop "
                f"it, then try again. ({str(problem).splitlines()[0]})"
            ) from problem
        # Any other error means a damaged file, which no process has open. The gate refuses it later.


def remove() -> None:
    """Remove the candidate and the files that dbt and DuckDB leave beside it."""
    for leftover in settings.warehouse_dir.glob(f"{settings.warehouse_candidate.name}*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def build_candidate() -> None:
    """Run ``dbt build`` on the prepared candidate: every model and its tests.

    Raises :class:`NothingPublished` when no candidate is prepared, :class:`ontime.locks.Busy`, and
    :class:`ontime.warehouse.dbt.DbtFailed`.
    """
    with locks.hold(locks.WAREHOUSE, "ontime warehouse build"):
        record = read_record()
        if "build_id" not in record or "published" in record:
            raise NothingPublished("No candidate is prepared: run `ontime warehouse prepare` first.")
        refuse_if_in_use()
        dbt("build", target_dir=settings.dbt_parsed_dir / "build", show_output=True)


@contextmanager
def validating() -> Iterator[None]:
    """Hold the warehouse's lock while the block checks the candidate; record the file's sha256 if no error is raised.

    Only a file with this sha256 can be published. Raises :class:`NothingPublished` when there is no candidate,
    :class:`NotBuilt`, :class:`NotValidated` if the candidate changed while it was checked, and
    :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.WAREHOUSE, "ontime check marts"):
        candidate, record = settings.warehouse_candidate, read_record()
        if not candidate.exists() or not record:
            raise NothingPublished(f"There is no candidate at {candidate}: prepare and build it first.")
        refuse_if_in_use()
        versions.close(candidate)
        _check_built(record)
        sha256 = files.file_sha256(candidate)
        yield
        if files.file_sha256(candidate) != sha256:
            raise NotValidated(
                f"{candidate} was changed while its gate checked it. Check it again: ontime check marts."
            )
        files.write_json(record_path(), record | {"validated_sha256": sha256})


def mark_candidate_validated() -> None:
    """Mark the candidate as validated without a gate; raises what :func:`validating` raises."""
    with validating():
        pass


def _check_built(record: Mapping[str, Any]) -> None:
    """Raise :class:`NotBuilt` unless dbt has built the whole candidate from what was prepared."""
    if missing := proof.missing(settings.warehouse_candidate, record.get("build_id", "")):
        raise NotBuilt(
            f"{settings.warehouse_candidate} is not completely built: {missing}. Build it: ontime warehouse build."
        )
    if inputs_digest(settings.candidate_inputs_dir) != record.get("inputs"):
        raise NotBuilt(
            "The dbt project or the prepared inputs have changed since the candidate was prepared. Prepare and build "
            "it again: ontime warehouse prepare, ontime warehouse build."
        )


def publish_candidate() -> Version:
    """Publish the validated candidate as the current warehouse. If it has been published already, change nothing.

    Raises :class:`NothingPublished` when there is no candidate or its version is no longer current,
    :class:`NotValidated` when the file has not passed its gate as it is now,
    :class:`ontime.warehouse.versions.StaleParent`, and :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.WAREHOUSE, "ontime warehouse publish"):
        versions.sweep(WAREHOUSE)
        candidate, record = settings.warehouse_candidate, read_record()
        if not (version := _already_published(record)):
            if not candidate.exists() or not record:
                raise NothingPublished(f"There is no candidate at {candidate}: prepare and build it first.")
            validated = record.get("validated_sha256")
            has_unwritten_changes = candidate.with_name(f"{candidate.name}.wal").exists()
            if validated is None or validated != files.file_sha256(candidate) or has_unwritten_changes:
                raise NotValidated(
                    f"{candidate} has not passed its gate as it is now: prepare it (ontime warehouse prepare), "
                    "build it (ontime warehouse build) and check it (ontime check marts)."
                )
            lineage = {key: record[key] for key in ("inputs", "foundation")}
            lineage |= {"months": _months_in(record["commits"])} | record.get("models", {})
            version = versions.publish(WAREHOUSE, candidate, lineage, record["commits"], record["parent"], validated)
        files.write_json(record_path(), record | {"published": version.version})
        remove()
        return version


def _already_published(record: Mapping[str, Any]) -> Version | None:
    """The current version, if it is the candidate of this record.

    Raises :class:`NothingPublished` if that version was published, but is not current any more.
    """
    for version in history() if "validated_sha256" in record else []:
        if (version.sha256, version.parent) == (record["validated_sha256"], record.get("parent")):
            if version.version == current_name():
                print(f"Already published: {version.version}.")
                return version
            if record.get("published") == version.version:
                raise NothingPublished(
                    f"{version.version} was published and is not current any more. To return to it: ontime warehouse "
                    f"rollback {version.version}; for a new build: ontime warehouse prepare."
                )
    return None


def record_path() -> Path:
    """The path of ``candidate.json``."""
    return settings.warehouse_candidate.with_suffix(".json")


def read_record() -> dict[str, Any]:
    """The record of the candidate; empty if there is none or it is damaged."""
    try:
        record = json.loads(record_path().read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _months_in(commits: Mapping[str, str]) -> str:
    """The first and the last month of the monthly datasets in a set of commits; empty if there is none."""
    months = sorted(name.split("/")[1] for name in commits if name.split("/")[0] in MONTHLY)
    return f"{months[0]}..{months[-1]}" if months else ""
