"""The lake: raw, clean and quarantined partitions.

A *partition* is a month (``2013-01``) or, for a reference table, ``all``. Raw partitions are described in
:mod:`ontime.lake.raw` and their lines in :mod:`ontime.lake.lines`, clean and quarantined ones in
:mod:`ontime.lake.clean`, and what cleaning looks up in other tables in :mod:`ontime.lake.lookups`.
"""

from ontime.lake.clean import (
    RowCounts,
    clear_validated,
    commit_clean,
    commits,
    fingerprint,
    mark_validated,
    row_counts,
    snapshot,
)
from ontime.lake.lines import CorruptRawFile, count_rows, open_raw
from ontime.lake.lookups import Lookups, Stale, current_lookups, is_stale, stale, stale_reasons
from ontime.lake.manifest import (
    CleanPartition,
    DamagedPartition,
    RowsLost,
    clean_partition,
    clean_partitions,
)
from ontime.lake.places import (
    clean_glob,
    clean_partition_dir,
    command,
    hive_path,
    quarantine_partition_dir,
    raw_partition_dir,
    staging_dir,
)
from ontime.lake.raw import (
    MissingPartition,
    RawFile,
    current_raw,
    downloading,
    store_raw,
)

__all__ = [
    "CleanPartition",
    "CorruptRawFile",
    "DamagedPartition",
    "Lookups",
    "MissingPartition",
    "RawFile",
    "RowCounts",
    "RowsLost",
    "Stale",
    "clean_glob",
    "clean_partition",
    "clean_partition_dir",
    "clean_partitions",
    "clear_validated",
    "command",
    "commit_clean",
    "commits",
    "count_rows",
    "current_lookups",
    "current_raw",
    "downloading",
    "fingerprint",
    "hive_path",
    "is_stale",
    "mark_validated",
    "open_raw",
    "quarantine_partition_dir",
    "raw_partition_dir",
    "row_counts",
    "snapshot",
    "staging_dir",
    "stale",
    "stale_reasons",
    "store_raw",
]
