"""The lake: raw, clean and quarantined partitions.

A *partition* is a month (``2013-01``) or, for a reference table, ``all``. Raw partitions are described in
:mod:`ontime.lake.raw`, clean and quarantined ones in :mod:`ontime.lake.clean`.
"""

from ontime.lake.clean import (
    CleanPartition,
    RowCounts,
    RowsLost,
    clean_glob,
    clean_partition,
    clean_partition_dir,
    clean_partitions,
    clear_validated,
    commit_clean,
    commits,
    fingerprint,
    hive_path,
    mark_validated,
    quarantine_partition_dir,
    row_counts,
    snapshot,
    staging_dir,
)
from ontime.lake.raw import (
    CorruptRawFile,
    MissingPartition,
    RawFile,
    count_rows,
    current_raw,
    open_raw,
    raw_partition_dir,
    store_raw,
)

__all__ = [
    "CleanPartition",
    "CorruptRawFile",
    "MissingPartition",
    "RawFile",
    "RowCounts",
    "RowsLost",
    "clean_glob",
    "clean_partition",
    "clean_partition_dir",
    "clean_partitions",
    "clear_validated",
    "commit_clean",
    "commits",
    "count_rows",
    "current_raw",
    "fingerprint",
    "hive_path",
    "mark_validated",
    "open_raw",
    "quarantine_partition_dir",
    "raw_partition_dir",
    "row_counts",
    "snapshot",
    "staging_dir",
    "store_raw",
]
