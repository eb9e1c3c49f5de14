"""The measurements as `docs/reference/performance.md` shows them: a table, and a chart."""

import os
import platform
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import matplotlib.pyplot
import matplotlib.ticker
import psutil

from bench.studies.measure import Cost
from ontime.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "performance.md"
CHART = PROJECT_DIR / "docs" / "images" / "engines.png"
PACKAGES = {"duckdb": "duckdb", "polars": "polars", "pandas": "pandas", "spark": "pyspark"}
TABLE_HEAD = """\
| rows | engine | CPU seconds | × DuckDB | wall seconds | × DuckDB | peak memory, MiB | × DuckDB |
| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""
SETTINGS_HEAD = """\
| months | settings | CPU seconds | × Spark's own | wall seconds | × Spark's own |
| --- | --- | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True)
class Measurement:
    """One engine's cleaning of the year, ``row_count`` flights."""

    row_count: int
    engine: str
    cost: Cost


def table(measurements: Sequence[Measurement]) -> str:
    """The absolute numbers, their ratios to DuckDB's, and what they were measured on, in Markdown."""
    base = {found.row_count: found.cost for found in measurements if found.engine == "duckdb"}
    lines = []
    for found in measurements:
        cost, duckdb = found.cost, base[found.row_count]
        cells = [f"{found.row_count:,}", found.engine]
        for value, least, decimals in (
            (cost.cpu_seconds, duckdb.cpu_seconds, 1),
            (cost.wall_seconds, duckdb.wall_seconds, 1),
            (cost.peak_bytes / 2**20, duckdb.peak_bytes / 2**20, 0),
        ):
            cells += [f"{value:,.{decimals}f}", f"{value / least:.1f}"]
        lines.append(f"| {' | '.join(cells)} |\n")
    return f"{TABLE_HEAD}{''.join(lines)}\n{machine(*PACKAGES.values())}\n"


def settings_rows(months: str, runs: Mapping[str, Sequence[Cost]]) -> list[str]:
    """A line for each of several settings: medians, and their ratios to those of the first, in Markdown."""
    lines, base = [], next(iter(runs.values()))
    for name, costs in runs.items():
        cells = [months, name]
        for figure in ("cpu_seconds", "wall_seconds"):
            value, least = (statistics.median(getattr(cost, figure) for cost in found) for found in (costs, base))
            cells += [f"{value:.1f}", f"{value / least:.2f}"]
        lines.append(f"| {' | '.join(cells)} |\n")
    return lines


def machine(*packages: str) -> str:
    """The machine and the packages' versions, in a sentence."""
    memory_gib = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{_cpu_model()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB of memory; {versions}."


def chart(measurements: Sequence[Measurement], path: Path) -> None:
    """CPU seconds and peak memory by rows, a line for each engine."""
    figure, panels = matplotlib.pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for engine in PACKAGES:
        costs = sorted((found.row_count, found.cost) for found in measurements if found.engine == engine)
        rows = [row_count / 1e6 for row_count, _ in costs]
        panels[0].plot(rows, [cost.cpu_seconds for _, cost in costs], marker="o", label=engine)
        panels[1].plot(rows, [cost.peak_bytes / 2**30 for _, cost in costs], marker="o", label=engine)
    for panel, title in zip(panels, ("CPU seconds", "peak memory, GiB"), strict=True):
        panel.set(title=title, xlabel="million flights", xscale="log", yscale="log")
        panel.set_xticks(sorted({found.row_count / 1e6 for found in measurements}))
        panel.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
        panel.xaxis.set_major_formatter("{x:.3g}")
        panel.yaxis.set_major_formatter("{x:g}")
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_minor_formatter("")
        panel.grid(which="both", alpha=0.2)
    panels[0].legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def write(measurements: Sequence[Measurement]) -> None:
    """Put the table in its place on the page, and draw the chart."""
    place("measured", table(measurements))
    chart(measurements, CHART)


def place(mark: str, text: str) -> None:
    """Put a text between its marks on the page."""
    marks = rf"(<!-- {mark} -->\n).*(<!-- end of {mark} -->)"
    PAGE.write_text(re.sub(marks, lambda found: found[1] + text + found[2], PAGE.read_text(), flags=re.DOTALL))


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.+)$", info.read_text(), re.MULTILINE) if info.exists() else []
    return names[0] if names else platform.processor() or platform.machine()
