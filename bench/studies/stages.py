"""What each stage of the chain costs as a process of its own, and what Airflow adds to their sum.

The stages are the commands of the README's "By hand", for the whole embedded year and then for its last month alone.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.studies.measure import Cost, cost
from bench.studies.spark import submission
from ontime import lake
from ontime.datasets import DATASETS, MONTHLY
from ontime.settings import settings
from ontime.warehouse import dbt

#: What Airflow's own start and end take is part of the chain's wall time.
CHAIN = "the chain, through Airflow"


@dataclass(frozen=True)
class Stage:
    """One kind of work: on all the data, and after one more month (nothing, where that does not touch it)."""

    name: str
    year: Cost
    month: Cost | None


def measure(root: Path, first_month: str, last_month: str) -> tuple[list[Stage], Cost]:
    """Every stage in a data directory of its own below ``root``, and the same months through the embedded Airflow.

    The month is the last one, downloaded and cleaned again into a lake that has it.
    """
    shutil.rmtree(root, ignore_errors=True)
    settings.data_dir = root / "by_hand"
    dbt.parse()
    year = {name: _total(commands) for name, commands in _commands(first_month, last_month).items()}
    shutil.rmtree(lake.raw_partition_dir("flights", last_month))
    month = {name: _total(commands) for name, commands in _commands(last_month, last_month, only_month=True).items()}
    settings.data_dir = root / "airflow"
    chain = _total([[sys.executable, "-m", "embedded", "demo", first_month, last_month]])
    return [Stage(name, spent, month.get(name)) for name, spent in year.items()], chain


def table(stages: list[Stage], chain: Cost) -> str:
    """CPU and wall seconds of every stage, their sums, and the chain's as a ratio of them, in Markdown."""
    head = "| stage | year: CPU seconds | wall seconds | one month more: CPU seconds | × year | wall seconds |\n"
    lines = [head, "| --- | ---: | ---: | ---: | ---: | ---: |\n"]
    total = Stage("**sum**", _sum([s.year for s in stages]), _sum([s.month for s in stages if s.month]))
    for stage in [*stages, total]:
        year, month = stage.year, stage.month
        cells = [stage.name, f"{year.cpu_seconds:.1f}", f"{year.wall_seconds:.1f}"]
        cells += (
            [f"{month.cpu_seconds:.1f}", f"{month.cpu_seconds / year.cpu_seconds:.2f}", f"{month.wall_seconds:.1f}"]
            if month
            else ["", "", ""]
        )
        lines.append(f"| {' | '.join(cells)} |\n")
    lines.append(f"| {CHAIN} | | {chain.wall_seconds:.1f} | | | |\n")
    lines.append(f"| × the sum | | {chain.wall_seconds / total.year.wall_seconds:.2f} | | | |\n")
    return "".join(lines)


def _commands(first_month: str, last_month: str, only_month: bool = False) -> dict[str, list[list[str]]]:
    """Each stage's commands, in order; ``only_month`` leaves the reference tables as they are."""
    python, months = sys.executable, [first_month, last_month]
    reference = [] if only_month else [dataset for dataset in DATASETS if dataset not in MONTHLY]
    datasets = {**dict.fromkeys(reference, ()), **dict.fromkeys(MONTHLY, months)}
    all_of_them = [*datasets, *months]

    return {
        "download": [[python, "-m", f"ontime.sources.{name}", *which] for name, which in datasets.items()],
        "raw gates": [[python, "-m", "expectations.validate", "raw", *all_of_them]],
        "Spark": [submission(*all_of_them, "--reprocess")],
        "clean gates": [[python, "-m", "expectations.validate", "clean", *all_of_them]],
        "prepare": [[python, "-m", "ontime.warehouse", "prepare"]],
        "dbt build": [dbt.command("build", "--exclude-resource-type", "unit_test", target_dir=settings.dbt_parsed_dir)],
        "marts gate": [[python, "-m", "expectations.validate", "marts"]],
        "publish": [[python, "-m", "ontime.warehouse", "publish"]],
        "features, training, scores": [[python, "-m", "ml.train"]],
        "report": [[python, "-m", "analysis", "report"]],
    }


def _total(commands: list[list[str]]) -> Cost:
    environment = settings.environment_with(
        {
            "ONTIME_DATA_DIR": str(settings.data_dir),
            "ONTIME_PORT": str(settings.port),
            "PYSPARK_PYTHON": sys.executable,
            **settings.dbt_environment,
        }
    )
    spent = _sum([cost(command, environment) for command in commands])
    print(f"{' '.join(commands[0][:4])} …: {spent.cpu_seconds:.1f} CPU s, {spent.wall_seconds:.1f} s", flush=True)
    return spent


def _sum(costs: list[Cost]) -> Cost:
    return Cost(
        sum(found.cpu_seconds for found in costs),
        sum(found.wall_seconds for found in costs),
        max(found.peak_bytes for found in costs),
    )
