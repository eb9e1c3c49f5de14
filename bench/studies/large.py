"""What a decade of the whole country costs, stage by stage: does it fit into the memory of one small machine?

The months are those of :mod:`bench.studies.national`; flights go through every stage up to the features of a training.
"""

import sys
from dataclasses import dataclass

from bench.studies.measure import Cost, cost
from bench.studies.spark import submission
from ontime.contract import ALL
from ontime.datasets import MONTHLY
from ontime.settings import settings
from ontime.sources.download import download
from ontime.warehouse import dbt

#: New York and the busiest of the others: with all 380 stations weather alone takes hours.
WEATHER_AIRPORTS = "ATL DEN DFW EWR JFK LAX LGA ORD SEA SFO"
BUILD_FEATURES = "from ml.train import build_features; build_features()"


@dataclass(frozen=True)
class Stage:
    name: str
    cost: Cost


def measure(months: list[str], flights: int) -> list[Stage]:
    """Take raw months, which the lake of ``settings`` has, through every stage; ``flights`` are how many they hold."""
    python, tables = sys.executable, ["airports", "airlines", "aircraft"]
    span = [months[0], months[-1]]
    for table in tables:
        download(table, [ALL])
    dbt.parse()
    commands = {
        "reference tables": submission(*tables),
        "flights: Spark": submission("flights", *span, "--reprocess", rows=flights),
        "weather: Spark": submission("weather", *span, "--reprocess"),
        "clean gates": [python, "-m", "expectations.validate", "clean", *tables, *MONTHLY, *span],
        "prepare": [python, "-m", "ontime.warehouse", "prepare", "--full"],
        "dbt build": dbt.command("build", "--exclude-resource-type", "unit_test", target_dir=settings.dbt_parsed_dir),
        "marts gate": [python, "-m", "expectations.validate", "marts"],
        "publish": [python, "-m", "ontime.warehouse", "publish"],
        "features": [python, "-c", BUILD_FEATURES],
    }
    return [_stage(name, command) for name, command in commands.items()]


def table(months: int, flights: int, stages: list[Stage]) -> str:
    """CPU and wall seconds and the most memory of every stage, in Markdown."""
    head = f"{months} months, {flights:,} flights.\n\n| stage | CPU seconds | wall seconds | peak memory, MiB |\n"
    lines = [head, "| --- | ---: | ---: | ---: |\n"]
    for stage in stages:
        spent = stage.cost
        cells = [f"{spent.cpu_seconds:,.0f}", f"{spent.wall_seconds:,.0f}", f"{spent.peak_bytes / 2**20:,.0f}"]
        lines.append(f"| {stage.name} | {' | '.join(cells)} |\n")
    return "".join(lines)


def _stage(name: str, command: list[str]) -> Stage:
    environment = settings.environment_with(
        settings.as_environment() | {"PYSPARK_PYTHON": sys.executable} | settings.dbt_environment
    )
    stage = Stage(name, cost(command, environment))
    print(stage, flush=True)
    return stage
