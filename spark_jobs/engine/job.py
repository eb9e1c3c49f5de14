"""One dataset's cleaning job, and the rule by which a partition must be cleaned again."""

import importlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ontime import digests, lake
from ontime.contract import Dataset
from ontime.datasets import DATASETS
from ontime.lake import formats, lines

#: The engine's modules that decide what a row becomes. Sessions, locks and messages do not.
DECIDING_MODULES = ("clean_columns", "files", "raw_columns", "rules", "time_zones")


@dataclass(frozen=True)
class Job:
    """A dataset's contract, its module ``spark_jobs.<dataset>``, and the current values of the contract's lookups."""

    contract: Dataset
    module: Any
    lookups: lake.Lookups

    @classmethod
    def of(cls, dataset: str) -> "Job":
        """The job of a dataset.

        Raises :class:`ontime.lake.MissingPartition` or :class:`ontime.lake.DamagedPartition` if reference data is not
        clean yet, or is damaged.
        """
        return cls(DATASETS[dataset], importlib.import_module(f"spark_jobs.{dataset}"), lake.current_lookups(dataset))

    @cached_property
    def sha256(self) -> str:
        """A digest of the code and the contract, which decide the clean rows together with raw file and lookups."""
        module = Path(self.module.__file__)
        engine = [module.parent / "engine" / f"{name}.py" for name in DECIDING_MODULES]
        return digests.of_values(
            [
                digests.of_python([module, *engine, Path(formats.__file__), Path(lines.__file__)]),
                digests.of_dataset(self.contract),
            ]
        )

    def has_cleaned(self, raw: lake.RawFile) -> bool:
        """Whether the commit of a partition is undamaged and was made from this raw file, code and contract.

        A changed lookup counts only if one of the partition's rows uses the value. Damage is printed; the answer is
        then False.
        """
        try:
            committed = lake.clean_partition(raw.dataset, raw.partition)
            if committed is None:
                return False
            committed.verified()
        except lake.DamagedPartition as damage:
            print(damage)
            return False
        is_same = (committed.raw_sha256, committed.job_sha256) == (raw.sha256, self.sha256)
        return is_same and lake.is_stale(committed, self.lookups) is None
