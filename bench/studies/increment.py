"""What one more month costs a warehouse of many: prepare, build, gate and publish, each as a process of its own.

The months are the real ones of 2013, moved by whole years and committed as clean partitions: cleaning is not measured.
"""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.studies.measure import Cost, cost
from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS, MONTHLY
from ontime.months import months_between
from ontime.settings import settings
from ontime.warehouse import dbt

FIRST_MONTH, REAL_YEAR = "2013-01", 2013
TABLE_HEAD = """\
| months | flights | one more: CPU seconds | × first | wall seconds | × first | all anew: CPU seconds | wall seconds |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True)
class Increment:
    """What it cost to add one month to ``months_before``, and to build all of those from nothing."""

    months_before: int
    rows_before: int
    added: Cost
    rebuilt: Cost


def measure(real: Path, months_before: int, repeats: int) -> Increment:
    """Publish months from nothing, then add one; from the second repeat on, that one is published again.

    ``real`` is the clean lake of the real year. Costs are medians of the repeats.
    """
    *before, added = months_between(FIRST_MONTH, f"{REAL_YEAR + months_before // 12}-{months_before % 12 + 1:02d}")
    for dataset in DATASETS:
        for partition in before if DATASETS[dataset].is_monthly else [ALL]:
            commit(real, dataset, partition)
    rebuilt = _build("--full")
    rows_before = sum(partition.rows_clean for partition in lake.clean_partitions("flights"))
    costs = []
    for _ in range(repeats):
        for dataset in MONTHLY:
            commit(real, dataset, added)
        costs.append(_build())
    return Increment(months_before, rows_before, _median(costs), rebuilt)


def table(measurements: Sequence[Increment]) -> str:
    """The absolute numbers, and their ratios to the first row's, in Markdown."""
    first = measurements[0].added
    lines = []
    for found in measurements:
        cells = [str(found.months_before), f"{found.rows_before:,}"]
        for value, least in (
            (found.added.cpu_seconds, first.cpu_seconds),
            (found.added.wall_seconds, first.wall_seconds),
        ):
            cells += [f"{value:.1f}", f"{value / least:.2f}"]
        cells += [f"{found.rebuilt.cpu_seconds:.1f}", f"{found.rebuilt.wall_seconds:.1f}"]
        lines.append(f"| {' | '.join(cells)} |\n")
    return TABLE_HEAD + "".join(lines)


def _build(*options: str) -> Cost:
    """What the `warehouse` DAG does, without Airflow."""
    python = sys.executable
    steps = {
        "prepare": [python, "-m", "ontime.warehouse", "prepare", *options],
        "dbt build": dbt.command("build", "--exclude-resource-type", "unit_test", target_dir=settings.dbt_parsed_dir),
        "gate": [python, "-m", "expectations.validate", "marts"],
        "publish": [python, "-m", "ontime.warehouse", "publish"],
    }
    environment = settings.environment_with({"ONTIME_DATA_DIR": str(settings.data_dir), **settings.dbt_environment})
    costs = {name: cost(command, environment) for name, command in steps.items()}
    print(", ".join(f"{name} {found.cpu_seconds:.1f} s" for name, found in costs.items()))
    return Cost(
        sum(found.cpu_seconds for found in costs.values()),
        sum(found.wall_seconds for found in costs.values()),
        max(found.peak_bytes for found in costs.values()),
    )


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(found.cpu_seconds for found in costs),
        statistics.median(found.wall_seconds for found in costs),
        max(found.peak_bytes for found in costs),
    )


def commit(real: Path, dataset: str, partition: str) -> None:
    """Commit the real table, or the real month of the same name moved by years, as one that has passed its gate."""
    month_of_real_year = partition if partition == ALL else f"{REAL_YEAR}{partition[4:]}"
    source = real / dataset / lake.hive_path(month_of_real_year) / "*.parquet"
    target = lake.staging_dir(dataset) / "clean.parquet"
    with duckdb.connect(config=settings.duckdb_config) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.read_parquet(str(source), hive_partitioning=False)
        if partition != ALL:
            years = int(partition[:4]) - REAL_YEAR
            moved = [
                f"({name} + INTERVAL {years} YEARS)::{kind} AS {name}"
                for name, kind in zip(rows.columns, rows.types, strict=True)
                if str(kind) == "DATE" or str(kind).startswith("TIMESTAMP")
            ]
            rows = rows.project(f"* REPLACE ({', '.join(moved)})")
        rows.write_parquet(str(target))
        [row_count] = rows.count("*").fetchall()[0]
    manifest = lake.CleanPartition(dataset, partition, "bench", "bench", row_count, row_count, 0)
    lake.commit_clean(manifest, [target], [])
    lake.mark_validated(manifest)
