"""The cost of adding a month to a large warehouse: prepare, build, gate and publish, each in its own process.

The months are the real ones of 2013, moved by whole years and committed as clean partitions: cleaning is not measured.
"""

import shutil
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.studies import FIRST_MONTH, LAST_MONTH, ROOT, page
from bench.studies.generate import make_lake
from bench.studies.measure import Cost, cost, total
from bench.studies.programs import environment, ontime
from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS, MONTHLY
from ontime.months import months_between
from ontime.settings import settings
from ontime.sources.download import download
from ontime.warehouse import dbt

REAL_YEAR = 2013
TABLE_HEAD = """\
| months | flights | one more: CPU seconds | × first | wall seconds | × first | full: CPU seconds | wall seconds |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True)
class Increment:
    """The cost of adding one month to ``months_before``, and of a full build of ``months_before``."""

    months_before: int
    rows_before: int
    added: Cost
    rebuilt: Cost


def run(months: Sequence[int], repeats: int) -> None:
    """Add a month to warehouses with these numbers of months, and write the costs to the page."""
    make_lake(1, FIRST_MONTH, LAST_MONTH)
    download("aircraft", [ALL])
    download("weather", months_between(FIRST_MONTH, LAST_MONTH))
    cost(ontime("clean", "aircraft", *MONTHLY, "--from", FIRST_MONTH, "--to", LAST_MONTH), environment())
    real, settings.data_dir = settings.clean_dir, ROOT / "increment"
    shutil.rmtree(settings.data_dir, ignore_errors=True)
    measurements = []
    for months_before in sorted(months):
        measurements.append(measure(real, months_before, repeats))
        print(measurements[-1], flush=True)
    page.write("increment", table(measurements), "duckdb", "dbt-core", "dbt-duckdb", "great-expectations")


def measure(real: Path, months_before: int, repeats: int) -> Increment:
    """Publish ``months_before`` months by a full build, then add one; later repeats publish that month again.

    ``real`` is the clean lake of the real year. Costs are medians of the repeats.
    """
    *before, added = months_between(FIRST_MONTH, f"{REAL_YEAR + months_before // 12}-{months_before % 12 + 1:02d}")
    for dataset, contract in DATASETS.items():
        for partition in contract.partitions(before):
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
    """The costs, and their ratios to the first row, in Markdown."""
    first = measurements[0].added
    lines = []
    for measured in measurements:
        added, rebuilt = measured.added, measured.rebuilt
        cells = [str(measured.months_before), f"{measured.rows_before:,}"]
        cells += [f"{added.cpu_seconds:.1f}", f"{added.cpu_seconds / first.cpu_seconds:.2f}"]
        cells += [f"{added.wall_seconds:.1f}", f"{added.wall_seconds / first.wall_seconds:.2f}"]
        cells += [f"{rebuilt.cpu_seconds:.1f}", f"{rebuilt.wall_seconds:.1f}"]
        lines.append(f"| {' | '.join(cells)} |\n")
    return TABLE_HEAD + "".join(lines)


def commit(real: Path, dataset: str, partition: str) -> None:
    """Commit the real table, or the same month of the real year moved by years, as validated."""
    real_partition = partition if partition == ALL else f"{REAL_YEAR}{partition[4:]}"
    source = real / dataset / lake.hive_path(real_partition) / "*.parquet"
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


def _build(*options: str) -> Cost:
    """Run the steps of the `warehouse` DAG without Airflow."""
    commands = {
        "prepare": ontime("warehouse", "prepare", *options),
        "dbt build": dbt.command("build", "--exclude-resource-type", "unit_test", target_dir=settings.dbt_parsed_dir),
        "gate": ontime("check", "marts"),
        "publish": ontime("warehouse", "publish"),
    }
    costs = {name: cost(command, environment()) for name, command in commands.items()}
    print(", ".join(f"{name} {spent.cpu_seconds:.1f} s" for name, spent in costs.items()), flush=True)
    return total(list(costs.values()))


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.wall_seconds for cost in costs),
        max(cost.peak_bytes for cost in costs),
    )
