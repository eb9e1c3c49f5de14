"""The same cleaning in four engines: cost by engine and number of flights, as a table and a chart."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot
import matplotlib.ticker

from bench.studies import FIRST_MONTH, LAST_MONTH, page
from bench.studies.agree import ENGINES, check
from bench.studies.generate import make_lake
from bench.studies.measure import Cost, cost
from bench.studies.programs import environment, submission
from ontime.months import months_between
from ontime.settings import PROJECT_DIR

CHART = PROJECT_DIR / "docs" / "images" / "engines.png"
PACKAGES = {"duckdb": "duckdb", "polars": "polars", "pandas": "pandas", "spark": "pyspark"}
TABLE_HEAD = """\
| rows | engine | CPU seconds | × DuckDB | wall seconds | × DuckDB | peak memory, MiB | × DuckDB |
| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True)
class Measurement:
    """The cost of cleaning a year of ``row_count`` flights with one engine."""

    row_count: int
    engine: str
    cost: Cost


def run(scales: Sequence[int], repeats: int, two_engines_from: int) -> None:
    """Clean the year with each engine in turn and write the costs to the page, unless an engine disagrees with Spark.

    ``scales`` multiply the real flights. Of ``repeats`` runs, the one with the median CPU time counts. From scale
    ``two_engines_from`` on, only DuckDB and Spark run. Raises :class:`bench.studies.agree.EnginesDisagree`.
    """
    measurements = []
    for scale in sorted(scales):
        row_count = make_lake(scale, FIRST_MONTH, LAST_MONTH)
        compared = ENGINES if scale < two_engines_from else ENGINES[:1]
        for engine in (*compared, "spark"):
            costs = [clean(engine, FIRST_MONTH, LAST_MONTH, row_count) for _ in range(repeats)]
            costs.sort(key=lambda spent: spent.cpu_seconds)
            measurements.append(Measurement(row_count, engine, costs[repeats // 2]))
            print(measurements[-1], flush=True)
        check(compared, months_between(FIRST_MONTH, LAST_MONTH))
    page.write("measured", table(measurements), *PACKAGES.values())
    chart(measurements, CHART)


def compare(scale: int, first_month: str, last_month: str) -> None:
    """Clean the months with each engine, without measuring, and compare the rows; ``scale`` multiplies the flights.

    Raises :class:`bench.studies.agree.EnginesDisagree`.
    """
    row_count = make_lake(scale, first_month, last_month)
    for engine in (*ENGINES, "spark"):
        clean(engine, first_month, last_month, row_count)
    check(ENGINES, months_between(first_month, last_month))
    print(f"{first_month} to {last_month}: {', '.join(ENGINES)} and Spark agree on all {row_count:,} flights.")


def clean(engine: str, first_month: str, last_month: str, row_count: int) -> Cost:
    """Clean the months in the lake with one engine, in its own process."""
    if engine == "spark":
        command = submission("flights", "--from", first_month, "--to", last_month, "--reprocess", rows=row_count)
    else:
        command = [sys.executable, "-m", "bench.cleaning", engine, first_month, last_month]
    return cost(command, environment())


def table(measurements: Sequence[Measurement]) -> str:
    """The costs, and their ratios to DuckDB's, in Markdown."""
    duckdb_costs = {measured.row_count: measured.cost for measured in measurements if measured.engine == "duckdb"}
    lines = []
    for measured in measurements:
        spent, base = measured.cost, duckdb_costs[measured.row_count]
        cells = [f"{measured.row_count:,}", measured.engine]
        for value, base_value, decimals in (
            (spent.cpu_seconds, base.cpu_seconds, 1),
            (spent.wall_seconds, base.wall_seconds, 1),
            (spent.peak_bytes / 2**20, base.peak_bytes / 2**20, 0),
        ):
            cells += [f"{value:,.{decimals}f}", f"{value / base_value:.1f}"]
        lines.append(f"| {' | '.join(cells)} |\n")
    return TABLE_HEAD + "".join(lines)


def chart(measurements: Sequence[Measurement], path: Path) -> None:
    """CPU seconds and peak memory by number of flights, one line per engine."""
    figure, panels = matplotlib.pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for engine in PACKAGES:
        costs = sorted((measured.row_count, measured.cost) for measured in measurements if measured.engine == engine)
        rows = [row_count / 1e6 for row_count, _ in costs]
        panels[0].plot(rows, [spent.cpu_seconds for _, spent in costs], marker="o", label=engine)
        panels[1].plot(rows, [spent.peak_bytes / 2**30 for _, spent in costs], marker="o", label=engine)
    for panel, title in zip(panels, ("CPU seconds", "peak memory, GiB"), strict=True):
        panel.set(title=title, xlabel="million flights", xscale="log", yscale="log")
        panel.set_xticks(sorted({measured.row_count / 1e6 for measured in measurements}))
        panel.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
        panel.xaxis.set_major_formatter("{x:.3g}")
        panel.yaxis.set_major_formatter("{x:g}")
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_minor_formatter("")
        panel.grid(which="both", alpha=0.2)
    panels[0].legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
