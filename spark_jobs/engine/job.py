"""One dataset's cleaning job, and the digest that says whether a partition must be cleaned again."""

import importlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ontime import digests
from ontime.contract import Dataset
from ontime.datasets import DATASETS
from ontime.lake import formats

#: The engine's modules that decide what a row becomes. Sessions, locks and messages do not.
DECIDING_MODULES = ("clean_columns", "files", "raw_columns", "rules", "time_zones")


@dataclass(frozen=True)
class Job:
    """A dataset's contract, its module ``spark_jobs.<dataset>`` and the reference data that the module asks for."""

    contract: Dataset
    module: Any
    lookups: dict[str, Any]

    @classmethod
    def of(cls, dataset: str) -> "Job":
        """The job of a dataset. Raises :class:`ontime.lake.MissingPartition` if reference data is not clean yet."""
        module = importlib.import_module(f"spark_jobs.{dataset}")
        return cls(DATASETS[dataset], module, module.lookups())

    @cached_property
    def sha256(self) -> str:
        """A digest of everything but the raw file that decides the clean rows: code, contract and reference data."""
        module = Path(self.module.__file__)
        engine = [module.parent / "engine" / f"{name}.py" for name in DECIDING_MODULES]
        return digests.of_values(
            [
                digests.of_python([module, *engine, Path(formats.__file__)]),
                digests.of_dataset(self.contract),
                self.lookups,
            ]
        )
