"""Finds the months that have changed since a warehouse was published, and links their files for dbt.

``warehouse/candidate_changes/`` has the same folders as the clean lake, but links only to what a build reads: the
reference tables, and the months to build of each monthly dataset. A month is built when its own partition has changed,
or the partition of a dataset that it needs. The months before and after such a partition are built too, because a
flight at the end of a month may join an hour of weather that came with the next one. A dataset without anything to read
is an empty table with the columns of its contract. ``months/months.parquet`` has one row per month and says what has
changed.

If every partition has changed, all months are linked. That is a full build, and dbt runs the same commands for it.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from ontime import files, lake
from ontime.contract import ALL, Dataset
from ontime.datasets import DATASETS, MONTHLY
from ontime.months import month_after, month_before

MONTHS_SCHEMA = pa.schema(
    [
        ("month_start_date", pa.date32()),
        *((f"has_{name}", pa.bool_()) for name in MONTHLY),
        *((f"{name}_changed", pa.bool_()) for name in MONTHLY),
    ]
)
#: The empty table of a monthly dataset is stored under this month, for which no dataset has data.
NO_MONTH = "1900-01"


@dataclass(frozen=True)
class Changes:
    """For each monthly dataset: the months that are loaded, and those whose commit was added, replaced or removed."""

    loaded: Mapping[str, set[str]]
    changed: Mapping[str, set[str]]

    @property
    def months(self) -> list[str]:
        """Every month in which a monthly dataset has changed."""
        return sorted(set().union(*self.changed.values()))

    def lay_out(self, snapshot: Path, root: Path) -> None:
        """Make ``root`` link to what dbt reads of ``snapshot``, and write the table of months."""
        shutil.rmtree(root, ignore_errors=True)
        for dataset in DATASETS.values():
            partitions = self._months_to_read(dataset) if dataset.is_monthly else [ALL]
            places = [Path(dataset.name, lake.hive_path(partition)) for partition in partitions]
            present = [place for place in places if (snapshot / place).exists()]
            for place in present:
                files.point_link(root / place, (snapshot / place).resolve())
            if not present:
                _write_empty_table(dataset, root)
        table = pa.Table.from_pylist(self._table(), MONTHS_SCHEMA)
        (root / "months").mkdir()
        pyarrow.parquet.write_table(table, root / "months" / "months.parquet")

    def _months_to_read(self, dataset: Dataset) -> list[str]:
        months = set(self.changed[dataset.name])
        for needed in dataset.needs:
            for month in self.changed.get(needed, ()):
                months |= {month_before(month), month, month_after(month)}
        return sorted(months & self.loaded[dataset.name])

    def _table(self) -> list[dict[str, object]]:
        return [
            {
                "month_start_date": date.fromisoformat(f"{month}-01"),
                **{f"has_{name}": month in self.loaded[name] for name in MONTHLY},
                **{f"{name}_changed": month in self.changed[name] for name in MONTHLY},
            }
            for month in sorted(set().union(*self.loaded.values(), *self.changed.values()))
        ]


def between(before: Mapping[str, str], now: Mapping[str, str]) -> Changes:
    """The difference between two sets of commits, named as by :func:`ontime.lake.commits`."""
    loaded: dict[str, set[str]] = {name: set() for name in MONTHLY}
    changed: dict[str, set[str]] = {name: set() for name in MONTHLY}
    for name in before.keys() | now.keys():
        dataset, partition = name.split("/")
        if dataset in MONTHLY:
            if name in now:
                loaded[dataset].add(partition)
            if before.get(name) != now.get(name):
                changed[dataset].add(partition)
    return Changes(loaded, changed)


def _write_empty_table(dataset: Dataset, root: Path) -> None:
    folder = root / dataset.name / lake.hive_path(NO_MONTH if dataset.is_monthly else ALL)
    folder.mkdir(parents=True)
    pyarrow.parquet.write_table(dataset.arrow_schema().empty_table(), folder / "empty.parquet")
