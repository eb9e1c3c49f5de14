"""What the gates decided: the latest result of every suite and partition, as the Data Docs record it."""

import json
from dataclasses import dataclass

import pandas as pd

from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.settings import settings

#: What a reader should know about a gate that has failed.
CONSEQUENCE = "The run stopped there. The published data has not changed."

#: The names, for readers, of partitions that are not months.
PARTITION_NAMES = {ALL: "tables without months", "candidate": "the whole warehouse"}


@dataclass(frozen=True)
class Result:
    """The latest result of a suite on a partition.

    ``gate``: ``raw``, ``clean`` or ``marts``. ``partition``: a month, or a key of ``PARTITION_NAMES``. ``failed``: the
    checks that did not hold, as ``expectation column``. ``page``: its page, relative to the Data Docs.
    """

    gate: str
    dataset: str
    suite: str
    partition: str
    success: bool
    checks: int
    failed: tuple[str, ...]
    validated_at: str
    page: str

    @property
    def where(self) -> str:
        """What was checked: ``clean flights 2013-01``; without the partition, if there is only one."""
        names = (self.gate, self.dataset, self.partition)
        return " ".join(names[:2] if self.partition in PARTITION_NAMES else names)


def results() -> list[Result]:
    """All results, by suite and partition. A damaged record counts as none."""
    results = []
    for path in sorted(settings.data_docs_dir.glob("*/*.json")):
        try:
            record = json.loads(path.read_text())
            gate, dataset, *_ = record["suite"].split(".")
            results.append(Result(gate=gate, dataset=dataset, **record | {"failed": tuple(record["failed"])}))
        except (ValueError, TypeError, KeyError):
            continue
    return results


def by_gate(results: list[Result]) -> pd.DataFrame:
    """A row per partition and a column per gate, for example ``raw flights``: ``✓ 41`` or ``✗ 2 of 41``.

    Empty where a gate has not checked the partition. Marts are checked by table, not by month, so they are one column.
    """
    cells: dict[str, dict[str, list[Result]]] = {}
    for result in results:
        column = "marts" if result.gate == "marts" else f"{result.gate} {result.dataset}"
        cells.setdefault(result.partition, {}).setdefault(column, []).append(result)
    used = {column for row in cells.values() for column in row}
    expected = [f"{gate} {dataset}" for dataset in DATASETS for gate in ("raw", "clean")]
    columns = [column for column in expected if column in used] + sorted(used - set(expected))
    months = sorted(name for name in cells if name not in PARTITION_NAMES)
    partitions = [*months, *(name for name in PARTITION_NAMES if name in cells)]
    verdicts = [[verdict(cells[name].get(column, [])) for column in columns] for name in partitions]
    table = pd.DataFrame(verdicts, columns=columns)
    table.insert(0, "month", [PARTITION_NAMES.get(name, name) for name in partitions])
    return table


def verdict(results: list[Result]) -> str:
    """``✓ 41``: all of 41 checks hold. ``✗ 2 of 41``: two do not. Empty without a result."""
    checks, failed = sum(result.checks for result in results), failures(results)
    if not results:
        return ""
    return f"✗ {failed} of {checks}" if failed else f"✓ {checks}"


def failures(results: list[Result]) -> int:
    """How many checks failed in suites that did not pass; a failed check of severity ``warning`` stops no gate."""
    return sum(max(len(result.failed), 1) for result in results if not result.success)


def quarantined() -> pd.DataFrame:
    """Rejected rows by dataset and reason: their number, in how many partitions, and their share of the raw rows."""
    rows = []
    for dataset in DATASETS:
        partitions = lake.manifest.read_all(dataset)[0]
        raw = sum(partition.rows_raw for partition in partitions)
        for reason in sorted({reason for partition in partitions for reason in partition.quarantined_by_reason}):
            counts = [partition.quarantined_by_reason.get(reason, 0) for partition in partitions]
            rows.append((dataset, reason, sum(counts), sum(map(bool, counts)), sum(counts) / raw))
    return pd.DataFrame(rows, columns=["dataset", "reason", "rows", "partitions", "share_of_raw"])
