"""Cleans a dataset's partitions: from raw files to committed partitions."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from ontime import lake, locks
from ontime.lake.formats import cells_of_header, required_format
from ontime.settings import settings
from spark_jobs.engine.files import count_reasons, count_rows, parquet_files, read_raw, write_clean, write_quarantine
from spark_jobs.engine.job import Job

#: Starts a Spark session for this number of rows.
StartSession = Callable[[int], SparkSession]


class NothingClean(ValueError):
    """Every row of a raw file was rejected, so it is probably the wrong file."""


def clean(
    dataset: str, partitions: Sequence[str], start_session: StartSession, reprocess: bool = False, run_id: str = ""
) -> list[lake.CleanPartition]:
    """Clean a dataset's partitions in one batch, commit each, and return what was committed.

    A partition is skipped if its raw file, the job and the looked-up values that its rows use have not changed since it
    was cleaned, unless ``reprocess`` is true. ``start_session`` is called once for each header among the raw files that
    must be cleaned, so not at all if all partitions are up to date. ``run_id`` is stored in the manifests.

    Raises :class:`ontime.lake.formats.WrongColumns`, :class:`NothingClean`, :class:`ontime.lake.RowsLost`,
    :class:`ontime.lake.MissingPartition`, :class:`ontime.lake.CorruptRawFile`, :class:`ontime.lake.DamagedPartition`
    (of a table with lookups), or :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.clean_lock(dataset), f"The cleaning of {dataset}"):
        for leftover in (settings.clean_dir / ".staging").glob(f"{dataset}-*"):
            shutil.rmtree(leftover)
        job = Job.of(dataset)
        return [
            committed
            for header, raw_files in _by_header(job, _pending(job, partitions, reprocess)).items()
            for committed in _clean_files(job, raw_files, header, start_session, run_id)
        ]


def _pending(job: Job, partitions: Sequence[str], reprocess: bool) -> list[lake.RawFile]:
    """The raw files that must be cleaned."""
    raw_files = [lake.current_raw(job.contract.name, partition) for partition in partitions]
    pending = [raw for raw in raw_files if reprocess or not job.has_cleaned(raw)]
    if len(pending) < len(raw_files):
        print(f"{job.contract.name}: {len(raw_files) - len(pending)} of {len(raw_files)} partitions are up to date.")
    return pending


def _by_header(job: Job, raw_files: Sequence[lake.RawFile]) -> dict[tuple[str, ...], list[lake.RawFile]]:
    """Raw files by their header: Spark reads files with the same columns in one batch."""
    by_header: dict[tuple[str, ...], list[lake.RawFile]] = {}
    for raw in raw_files:
        required_format(job.contract.name, job.contract.formats, raw.path)
        by_header.setdefault(tuple(cells_of_header(raw.path)), []).append(raw)
    return by_header


def _clean_files(
    job: Job, raw_files: Sequence[lake.RawFile], header: Sequence[str], start_session: StartSession, run_id: str
) -> list[lake.CleanPartition]:
    """Clean and commit raw files that have the same header."""
    staging = lake.staging_dir(job.contract.name)
    try:
        spark = start_session(sum(raw.row_count for raw in raw_files))
        good, bad = job.module.clean(read_raw(spark, raw_files, header, staging / "raw"), **job.lookups)
        write_clean(good, job.contract, staging / "clean")
        # Rejected rows need a second pass over the raw files, and most months have none.
        if any(count_rows(staging / "clean", raw.partition) < raw.row_count for raw in raw_files):
            write_quarantine(bad, header, staging / "quarantine")
        committed = [_summary(raw, job, staging, run_id) for raw in raw_files]
        for partition in committed:
            good_files, bad_files = (
                parquet_files(staging / kind, partition.partition) for kind in ("clean", "quarantine")
            )
            lake.commit_clean(partition, good_files, bad_files, looked_up=job.lookups)
            print(_line(partition))
    finally:
        shutil.rmtree(staging)
    return committed


def _summary(raw: lake.RawFile, job: Job, staging: Path, run_id: str) -> lake.CleanPartition:
    """The manifest of a cleaned raw file, before the commit."""
    partition = lake.CleanPartition(
        dataset=raw.dataset,
        partition=raw.partition,
        raw_sha256=raw.sha256,
        job_sha256=job.sha256,
        rows_raw=raw.row_count,
        rows_clean=count_rows(staging / "clean", raw.partition),
        rows_quarantined=count_rows(staging / "quarantine", raw.partition),
        quarantined_by_reason=count_reasons(staging / "quarantine", raw.partition),
        run_id=run_id,
    )
    if partition.rows_clean == 0:
        raise NothingClean(
            f"{_line(partition)}. No row is left, so {raw.path} is probably the wrong file. Nothing was committed."
        )
    return partition


def _line(partition: lake.CleanPartition) -> str:
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in partition.quarantined_by_reason.items())
    return (
        f"{partition.dataset} {partition.partition}: {partition.rows_raw:,} raw = {partition.rows_clean:,} clean + "
        f"{partition.rows_quarantined:,} quarantined" + (f" ({reasons})" if reasons else "")
    )
