"""The frame of every cleaning job: which partitions wait, from raw files to committed partitions."""

import hashlib
import importlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
from filelock import FileLock

from ontime import files, lake
from ontime.lake.formats import cells_of_header, dialect_of, required_format
from ontime.settings import settings
from spark_jobs.engine import rules

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


#: The cell after the last comma of a line, where a publisher ends its lines with one.
NAMELESS = "nameless"
#: Few tasks were cheaper for small batches; a task of more rows than this would need more memory, or disk.
ROWS_IN_ONE_PLACE = 500_000


class NothingClean(ValueError):
    """Not one row of a raw file is good: the file is not what it should be."""


def clean(
    dataset: str,
    partitions: Sequence[str],
    session: Callable[[int], "SparkSession"],
    reprocess: bool = False,
    run_id: str = "",
) -> list[lake.CleanPartition]:
    """Clean a dataset's partitions in one batch, commit each, and return what was committed.

    A partition is skipped if the raw file, the job's code and its lookups are those it was
    last cleaned with, unless ``reprocess``. ``session`` is called only if one is left, with the number of rows.
    Raises :class:`ontime.lake.formats.WrongColumns`, :class:`NothingClean`, :class:`ontime.lake.RowsLost`,
    :class:`ontime.lake.MissingPartition` or :class:`ontime.lake.CorruptRawFile`.
    """
    # Two cleanings of one dataset would remove each other's commits.
    lock = settings.clean_dir / ".locks" / dataset
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        for leftover in (settings.clean_dir / ".staging").glob(f"{dataset}-*"):
            shutil.rmtree(leftover)
        return _clean(dataset, partitions, session, reprocess, run_id)


def _clean(
    dataset: str,
    partitions: Sequence[str],
    session: Callable[[int], "SparkSession"],
    reprocess: bool,
    run_id: str,
) -> list[lake.CleanPartition]:
    job: Any = importlib.import_module(f"spark_jobs.{dataset}")
    lookups = job.lookups()
    job_sha256 = _job_sha256(job, lookups)
    raws = [lake.current_raw(dataset, partition) for partition in partitions]
    pending = [raw for raw in raws if reprocess or not _is_up_to_date(raw, job_sha256)]
    if len(pending) < len(raws):
        print(f"{dataset}: {len(raws) - len(pending)} of {len(raws)} partitions are up to date.")
    if not pending:
        return []
    by_header: dict[tuple[str, ...], list[lake.RawFile]] = {}
    for raw in pending:
        required_format(dataset, job.FORMATS, raw.path)
        by_header.setdefault(tuple(cells_of_header(raw.path)), []).append(raw)
    return [
        partition
        for header, alike in by_header.items()
        for partition in _clean_alike(job, lookups, alike, header, session, job_sha256, run_id)
    ]


def _clean_alike(
    job: Any,
    lookups: dict[str, Any],
    raws: Sequence[lake.RawFile],
    header: Sequence[str],
    session: Callable[[int], "SparkSession"],
    job_sha256: str,
    run_id: str,
) -> list[lake.CleanPartition]:
    """Clean raw files that have the same header."""
    staging = lake.staging_dir(job.DATASET)
    try:
        spark = session(sum(raw.row_count for raw in raws))
        good, bad = job.clean(_read(spark, raws, header, staging / "raw"), **lookups)
        _write(good, job.KEY, staging / "clean")
        # The rejected rows need a second pass over the raw files; most months have none.
        if any(_row_count(staging / "clean", raw.partition) < raw.row_count for raw in raws):
            _write(bad, [rules.raw_name(name) for name in header if name], staging / "quarantine")
        cleaned = [_summary(raw, job_sha256, run_id, staging) for raw in raws]
        for partition in cleaned:
            files = [_files(staging / kind, partition.partition) for kind in ("clean", "quarantine")]
            lake.commit_clean(partition, *files)
            print(_line(partition))
    finally:
        shutil.rmtree(staging)
    return cleaned


def _job_sha256(job: Any, lookups: dict[str, Any]) -> str:
    """A digest of all that decides, beside the raw file, what a cleaning makes of it."""
    digest = hashlib.sha256(json.dumps(lookups, sort_keys=True).encode())
    folder = Path(job.__file__).parent
    for name in sorted({Path(job.__file__).name, "clocks.py", "partitions.py", "rules.py", "session.py"}):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _is_up_to_date(raw: lake.RawFile, job_sha256: str) -> bool:
    committed = lake.clean_partition(raw.dataset, raw.partition)
    return committed is not None and (committed.raw_sha256, committed.job_sha256) == (raw.sha256, job_sha256)


def _read(spark: "SparkSession", raws: Sequence[lake.RawFile], header: Sequence[str], links: Path) -> "DataFrame":
    """The rows of all files with their partition, the rows of one partition in one place.

    Spark reads ``links``, where each file lies in a folder named as its partition: to cut the name out of the file's
    path in every row takes longer than to parse the row.
    """
    for raw in raws:
        files.point_link(links / f"partition={raw.partition}" / raw.file_name, raw.path)
    dialect = dialect_of(raws[0].path)
    schema = rules.raw_schema(name or NAMELESS for name in header).add("partition", "string")
    rows = spark.read.schema(schema).csv(
        links.resolve().as_uri(),
        header=True,
        sep=dialect.separator,
        quote=dialect.quote,
        mode="PERMISSIVE",
        columnNameOfCorruptRecord="malformed_line",
        nullValue="NA",
        emptyValue="NA",  # BTS writes "" where it has nothing
    )
    places = max(spark.sparkContext.defaultParallelism, sum(raw.row_count for raw in raws) // ROWS_IN_ONE_PLACE)
    return rows.drop(NAMELESS).repartition(min(places, len(raws)), "partition")


def _write(rows: "DataFrame", order: Sequence[str], folder: Path) -> None:
    """One Parquet file for each partition, its rows in the same order however they came."""
    rows.sortWithinPartitions(*order).write.partitionBy("partition").parquet(folder.resolve().as_uri())


def _files(folder: Path, partition: str) -> list[Path]:
    return sorted((folder / f"partition={partition}").glob("*.parquet"))


def _row_count(folder: Path, partition: str) -> int:
    return sum(pyarrow.parquet.read_metadata(file).num_rows for file in _files(folder, partition))


def _summary(raw: lake.RawFile, job_sha256: str, run_id: str, staging: Path) -> lake.CleanPartition:
    reasons: Counter[str] = Counter()
    for file in _files(staging / "quarantine", raw.partition):
        reasons.update(pyarrow.parquet.ParquetFile(file).read(["reason"])["reason"].to_pylist())
    cleaned = lake.CleanPartition(
        dataset=raw.dataset,
        partition=raw.partition,
        raw_sha256=raw.sha256,
        job_sha256=job_sha256,
        rows_raw=raw.row_count,
        rows_clean=_row_count(staging / "clean", raw.partition),
        rows_quarantined=_row_count(staging / "quarantine", raw.partition),
        quarantined_by_reason=dict(sorted(reasons.items())),
        run_id=run_id,
    )
    if cleaned.rows_clean == 0:
        raise NothingClean(
            f"{_line(cleaned)}. No row is left: {raw.path} is not the right file. Nothing was committed."
        )
    return cleaned


def _line(partition: lake.CleanPartition) -> str:
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in partition.quarantined_by_reason.items())
    return (
        f"{partition.dataset} {partition.partition}: {partition.rows_raw:,} raw = {partition.rows_clean:,} clean + "
        f"{partition.rows_quarantined:,} quarantined" + (f" ({reasons})" if reasons else "")
    )
