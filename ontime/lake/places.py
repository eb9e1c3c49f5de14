"""Where partitions are stored, and how a command names them."""

import glob
import os
import uuid
from collections.abc import Iterable
from pathlib import Path

from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.settings import settings


def hive_path(partition: str) -> str:
    """A partition's folder within its dataset, such as ``year=2013/month=01``; empty for ``all``."""
    if partition == ALL:
        return ""
    year, month = partition.split("-")
    return f"year={year}/month={month}"


def raw_partition_dir(dataset: str, partition: str) -> Path:
    """The folder of a partition's raw files and their manifest."""
    return settings.raw_dir / dataset / partition


def clean_partition_dir(dataset: str, partition: str) -> Path:
    """The link that a commit replaces."""
    return settings.clean_dir / dataset / hive_path(partition)


def clean_partition_dirs(dataset: str, root: Path | None = None) -> dict[str, Path]:
    """The links of a dataset's commits by partition, oldest month first: the current ones, or those of a snapshot.

    A link that points to nothing is one of them.
    """
    folder = (root or settings.clean_dir) / dataset
    if not DATASETS[dataset].is_monthly:
        return {ALL: folder} if os.path.lexists(folder) else {}
    months = sorted(folder.glob("year=*/month=*"))
    return {f"{month.parent.name[len('year=') :]}-{month.name[len('month=') :]}": month for month in months}


def quarantine_partition_dir(dataset: str, partition: str) -> Path:
    """The folder of a partition's rejected rows."""
    return settings.quarantine_dir / dataset / hive_path(partition)


def clean_glob(dataset: str, root: Path | None = None) -> str:
    """A pattern for all Parquet files of a dataset: the committed ones, or those of a snapshot in ``root``."""
    months = "year=*/month=*/" if DATASETS[dataset].is_monthly else ""
    return f"{glob.escape(str(root or settings.clean_dir))}/{dataset}/{months}*.parquet"


def staging_dir(dataset: str) -> Path:
    """A new, empty directory for one run's output, on the same file system as the committed partitions."""
    path = settings.clean_dir / ".staging" / f"{dataset}-{uuid.uuid4().hex[:12]}"
    path.mkdir(parents=True)
    return path


def command(step: str, dataset: str, partitions: Iterable[str]) -> str:
    """The command of a step, for example ``ontime clean flights --from 2013-01 --to 2013-03``."""
    first, *_, last = sorted({*partitions}) * 2
    months = "" if first == ALL else f" --from {first}" + (f" --to {last}" if last != first else "")
    return f"ontime {step} {dataset}{months}"
