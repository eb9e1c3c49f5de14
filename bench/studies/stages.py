"""The cost of each stage of the pipeline as its own process, and what Airflow adds to their sum.

The stages are the commands of "Step by step" in the README: first for the embedded year, then for its last month alone.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from bench.studies import FIRST_MONTH, LAST_MONTH, ROOT, page
from bench.studies.measure import Cost, cost, total
from bench.studies.programs import environment, ontime, submission
from ontime import lake
from ontime.datasets import DATASETS
from ontime.settings import settings
from ontime.warehouse import dbt

#: The chain's wall time includes the start and the stop of Airflow.
CHAIN = "the chain, through Airflow"


@dataclass(frozen=True)
class Stage:
    """A stage, its cost for the year, and for one more month; None if one more month does not need it."""

    name: str
    year: Cost
    month: Cost | None


def run() -> None:
    """Measure the embedded year stage by stage and through Airflow, and write to the page."""
    stages, chain = measure(FIRST_MONTH, LAST_MONTH)
    page.write("stages", table(stages, chain), "apache-airflow", "pyspark", "dbt-duckdb", "lightgbm")


def measure(first_month: str, last_month: str) -> tuple[list[Stage], Cost]:
    """The cost of every stage, and of the same months through the local Airflow; each in a new data directory.

    The one month more is the last one, downloaded and cleaned again into a lake that has it already.
    """
    root = ROOT / "stages"
    shutil.rmtree(root, ignore_errors=True)
    settings.data_dir = root / "by_hand"
    dbt.parse()
    year = {name: _cost(commands) for name, commands in stage_commands(first_month, last_month).items()}
    shutil.rmtree(lake.raw_partition_dir("flights", last_month))
    commands_of_month = stage_commands(last_month, last_month, only_monthly=True)
    month = {name: _cost(commands) for name, commands in commands_of_month.items()}
    settings.data_dir = root / "airflow"
    chain = _cost([ontime("demo", "--from", first_month, "--to", last_month)])
    return [Stage(name, spent, month.get(name)) for name, spent in year.items()], chain


def table(stages: Sequence[Stage], chain: Cost) -> str:
    """CPU and wall seconds of every stage, their sums, and the chain's ratio to the sum, in Markdown."""
    head = "| stage | year: CPU seconds | wall seconds | one month more: CPU seconds | × year | wall seconds |\n"
    lines = [head, "| --- | ---: | ---: | ---: | ---: | ---: |\n"]
    of_all = Stage(
        "**sum**", total([stage.year for stage in stages]), total([stage.month for stage in stages if stage.month])
    )
    for stage in [*stages, of_all]:
        year, month = stage.year, stage.month
        cells = [stage.name, f"{year.cpu_seconds:.1f}", f"{year.wall_seconds:.1f}"]
        cells += (
            [f"{month.cpu_seconds:.1f}", f"{month.cpu_seconds / year.cpu_seconds:.2f}", f"{month.wall_seconds:.1f}"]
            if month
            else ["", "", ""]
        )
        lines.append(f"| {' | '.join(cells)} |\n")
    lines.append(f"| {CHAIN} | | {chain.wall_seconds:.1f} | | | |\n")
    lines.append(f"| × the sum | | {chain.wall_seconds / of_all.year.wall_seconds:.2f} | | | |\n")
    return "".join(lines)


def stage_commands(first_month: str, last_month: str, only_monthly: bool = False) -> dict[str, list[list[str]]]:
    """The commands of each stage, in order. ``only_monthly`` skips the datasets without months."""
    months = ["--from", first_month, "--to", last_month]
    datasets = [name for name, contract in DATASETS.items() if contract.is_monthly or not only_monthly]
    arguments = [*datasets, *months]

    return {
        "download": [ontime("download", name, *(months if DATASETS[name].is_monthly else [])) for name in datasets],
        "raw gates": [ontime("check", "raw", *arguments)],
        "Spark": [submission(*arguments, "--reprocess")],
        "clean gates": [ontime("check", "clean", *arguments)],
        "prepare": [ontime("warehouse", "prepare")],
        "dbt build": [dbt.command("build", "--exclude-resource-type", "unit_test", target_dir=settings.dbt_parsed_dir)],
        "marts gate": [ontime("check", "marts")],
        "publish": [ontime("warehouse", "publish")],
        "features, training, scores": [ontime("model", "train")],
        "report": [ontime("report")],
    }


def _cost(commands: Sequence[list[str]]) -> Cost:
    spent = total([cost(command, environment()) for command in commands])
    print(f"{' '.join(commands[0][:4])} …: {spent.cpu_seconds:.1f} CPU s, {spent.wall_seconds:.1f} s", flush=True)
    return spent
