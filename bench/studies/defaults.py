"""What the project's Spark settings save: a month and a year, with them and with Spark's own."""

import statistics
from collections.abc import Mapping, Sequence

from bench.studies import FIRST_MONTH, LAST_MONTH, page
from bench.studies.generate import make_lake
from bench.studies.measure import Cost, cost
from bench.studies.programs import environment, submission, submission_with_defaults

TABLE_HEAD = """\
| months | settings | CPU seconds | × Spark's own | wall seconds | × Spark's own |
| --- | --- | ---: | ---: | ---: | ---: |
"""


def run(repeats: int) -> None:
    """Clean a month and a year of flights with both settings in turn, and write the medians to the page."""
    row_count = make_lake(1, FIRST_MONTH, LAST_MONTH)
    lines = []
    for first_month, last_month in ((FIRST_MONTH, FIRST_MONTH), (FIRST_MONTH, LAST_MONTH)):
        arguments = ("flights", "--from", first_month, "--to", last_month, "--reprocess")
        commands = {
            "Spark's own": submission_with_defaults(*arguments),
            "the project's": submission(*arguments, rows=row_count),
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(repeats):
            for name, command in commands.items():
                costs[name].append(cost(command, environment()))
        lines += rows(" to ".join(dict.fromkeys((first_month, last_month))), costs)
    page.write("defaults", TABLE_HEAD + "".join(lines), "pyspark")


def rows(months: str, costs_by_settings: Mapping[str, Sequence[Cost]]) -> list[str]:
    """One line per settings in Markdown: median costs, and their ratios to the first settings."""
    lines, base = [], next(iter(costs_by_settings.values()))
    for name, costs in costs_by_settings.items():
        cells = [months, name]
        for figure in ("cpu_seconds", "wall_seconds"):
            value, base_value = (statistics.median(getattr(cost, figure) for cost in runs) for runs in (costs, base))
            cells += [f"{value:.1f}", f"{value / base_value:.2f}"]
        lines.append(f"| {' | '.join(cells)} |\n")
    return lines
