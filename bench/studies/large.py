"""The cost of a decade of the whole country, stage by stage: does it fit into the memory of one small machine?

:mod:`bench.studies.national` makes the months. Flights go through every stage up to the features of a training.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.studies import FIRST_MONTH, ROOT, national, page
from bench.studies.measure import Cost, cost
from bench.studies.programs import environment, ontime, submission
from ontime import lake
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.months import months_between
from ontime.settings import settings
from ontime.sources.download import download
from ontime.warehouse import dbt

#: New York's airports and the busiest others: with all 380 stations, weather alone takes hours.
WEATHER_AIRPORTS = "ATL DEN DFW EWR JFK LAX LGA ORD SEA SFO"
BUILD_FEATURES = "from ml.train import build_features; build_features()"


@dataclass(frozen=True)
class Stage:
    """One stage and its cost."""

    name: str
    cost: Cost


def run(last_month: str, copies: int) -> None:
    """Measure every stage on national months with ``copies`` times the real flights, and write to the page."""
    settings.data_dir, settings.weather_airports = ROOT / f"national_{copies}x", WEATHER_AIRPORTS
    months = months_between(FIRST_MONTH, last_month)
    for month in months:
        national.weather(month)
    row_count = sum(_flights(month, copies).row_count for month in months)
    stages = table(len(months), row_count, measure(months, row_count))
    page.write("large", stages, "pyspark", "duckdb", "dbt-duckdb", "great-expectations")


def measure(months: Sequence[str], row_count: int) -> list[Stage]:
    """Run every stage on the raw months in the lake, which have ``row_count`` flights."""
    tables = [name for name in DATASETS["flights"].needs if not DATASETS[name].is_monthly]
    span = ["--from", months[0], "--to", months[-1]]
    for table in tables:
        download(table, [ALL])
    dbt.parse()
    commands = {
        "reference tables": submission(*tables),
        "flights: Spark": submission("flights", *span, "--reprocess", rows=row_count),
        "weather: Spark": submission("weather", *span, "--reprocess"),
        "clean gates": ontime("check", "clean", *tables, "flights", "weather", *span),
        "prepare": ontime("warehouse", "prepare", "--full"),
        "dbt build": dbt.command("build", "--exclude-resource-type", "unit_test", target_dir=settings.dbt_parsed_dir),
        "marts gate": ontime("check", "marts"),
        "publish": ontime("warehouse", "publish"),
        "features": [sys.executable, "-c", BUILD_FEATURES],
    }
    return [_stage(name, command) for name, command in commands.items()]


def table(month_count: int, row_count: int, stages: Sequence[Stage]) -> str:
    """CPU seconds, wall seconds and peak memory of each stage, in Markdown."""
    head = (
        f"{month_count} months, {row_count:,} flights.\n\n| stage | CPU seconds | wall seconds | peak memory, MiB |\n"
    )
    lines = [head, "| --- | ---: | ---: | ---: |\n"]
    for stage in stages:
        spent = stage.cost
        cells = [f"{spent.cpu_seconds:,.0f}", f"{spent.wall_seconds:,.0f}", f"{spent.peak_bytes / 2**20:,.0f}"]
        lines.append(f"| {stage.name} | {' | '.join(cells)} |\n")
    return "".join(lines)


def _flights(month: str, copies: int) -> lake.RawFile:
    """The month's file from an earlier run, or a new one."""
    try:
        return lake.current_raw("flights", month)
    except lake.MissingPartition:
        return national.flights(month, copies)


def _stage(name: str, command: list[str]) -> Stage:
    stage = Stage(name, cost(command, environment()))
    print(stage, flush=True)
    return stage
