"""Which months have changed since a warehouse was published, laid out for dbt to read.

``warehouse/candidate_changes/`` looks like the clean lake, but holds links to what a build reads only: the reference
tables, the weather of months whose weather has changed, and the flights of months of which either has changed. The
neighbours of a month whose weather has changed are there too: a flight at a month's end may join an hour of weather
that came with the next month. ``months/months.parquet`` has one row per month and says what of it is to be built.

Where every partition has changed, that is a full build; dbt is the same for both.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from ontime import lake
from ontime.months import month_after, month_before

MONTHS_SCHEMA = pa.schema(
    [
        ("month_start_date", pa.date32()),
        ("has_flights", pa.bool_()),
        ("flights_changed", pa.bool_()),
        ("weather_changed", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Changes:
    """The months of each monthly dataset that are loaded, and those whose commit has come, changed or gone."""

    loaded: Mapping[str, set[str]]
    changed: Mapping[str, set[str]]

    @property
    def months(self) -> list[str]:
        """Every month of which flights or weather have changed."""
        return sorted(set().union(*self.changed.values()))

    def lay_out(self, snapshot: Path, root: Path) -> None:
        """Make ``root`` hold links into ``snapshot`` to what dbt reads, and the table of months."""
        shutil.rmtree(root, ignore_errors=True)
        for dataset in lake.DATASETS:
            for partition in sorted(self._read(dataset)) if dataset in lake.MONTHLY else [lake.ALL]:
                place = Path(dataset, lake.hive_path(partition))
                lake.point_link(root / place, (snapshot / place).resolve())
        table = pa.Table.from_pylist(self._table(), MONTHS_SCHEMA)
        (root / "months").mkdir()
        pyarrow.parquet.write_table(table, root / "months" / "months.parquet")

    def _read(self, dataset: str) -> set[str]:
        wanted = set(self.changed[dataset])
        if dataset == "flights":
            weather = self.changed["weather"]
            wanted |= weather | {month_before(month) for month in weather} | {month_after(month) for month in weather}
        # One month more, so that there is a file to read the columns of where no month has changed.
        return wanted & self.loaded[dataset] | {max(self.loaded[dataset])}

    def _table(self) -> list[dict[str, object]]:
        return [
            {
                "month_start_date": date.fromisoformat(f"{month}-01"),
                "has_flights": month in self.loaded["flights"],
                **{f"{dataset}_changed": month in self.changed[dataset] for dataset in lake.MONTHLY},
            }
            for month in sorted(set().union(*self.loaded.values(), *self.changed.values()))
        ]


def between(before: Mapping[str, str], now: Mapping[str, str]) -> Changes:
    """What differs between two sets of commits, as :func:`ontime.lake.commits` names them."""
    loaded: dict[str, set[str]] = {dataset: set() for dataset in lake.MONTHLY}
    changed: dict[str, set[str]] = {dataset: set() for dataset in lake.MONTHLY}
    for name in before.keys() | now.keys():
        dataset, partition = name.split("/")
        if dataset in lake.MONTHLY:
            if name in now:
                loaded[dataset].add(partition)
            if before.get(name) != now.get(name):
                changed[dataset].add(partition)
    return Changes(loaded, changed)
