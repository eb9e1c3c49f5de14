"""Measurements, each written into docs/reference/performance.md: ``python -m bench cleaning --scale 1 --scale 10``.

cleaning: the same in four engines. defaults: what Spark's settings bring. cluster: what executors bring. stages: the
chain, stage by stage. increment: one more month in the warehouse. large: a decade of the whole country. serving: the
prediction service. agree measures nothing: it compares what the engines make of the same months, as cleaning does, too.
"""

import shutil
import sys
from typing import Annotated

import typer

from bench.studies import cluster as executors_of
from bench.studies import large as decade
from bench.studies import national, report
from bench.studies import serving as load_test
from bench.studies import stages as chain_stages
from bench.studies.agree import ENGINES, check
from bench.studies.generate import generate
from bench.studies.increment import measure, table
from bench.studies.measure import Cost, cost
from bench.studies.spark import submission, submission_with_defaults
from ontime import lake
from ontime.contract import ALL
from ontime.datasets import MONTHLY
from ontime.months import months_between
from ontime.settings import settings
from ontime.sources.download import download

FIRST_MONTH, LAST_MONTH = "2013-01", "2013-12"
MONTHS = [12, 60, 120]
EXECUTORS = [1, 2, 4]
#: Every scale has a lake of its own below.
ROOT = settings.data_dir / "bench"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def cleaning(
    scale: Annotated[list[int], typer.Option(min=1, help="Times the real year; may be given several times.")],
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each engine; the one of median CPU counts.")] = 1,
    two_engines_from: Annotated[int, typer.Option(help="From this scale on, only DuckDB and Spark.")] = 200,
) -> None:
    """Clean a year of flights in every engine, one after the other, and write what it cost into the docs.

    Nothing is written if an engine has made other rows than Spark.
    """
    measurements = []
    for factor in sorted(scale):
        row_count = _make_lake(factor, FIRST_MONTH, LAST_MONTH)
        others = ENGINES if factor < two_engines_from else ENGINES[:1]
        for engine in (*others, "spark"):
            runs = [_run(engine, FIRST_MONTH, LAST_MONTH, row_count) for _ in range(repeats)]
            runs.sort(key=lambda run: run.cpu_seconds)
            measurements.append(report.Measurement(row_count, engine, runs[repeats // 2]))
            typer.echo(measurements[-1])
        check(others, months_between(FIRST_MONTH, LAST_MONTH))
    typer.echo(report.table(measurements))
    report.write(measurements)


@app.command()
def defaults(
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each, in turn; the one of median CPU counts.")] = 3,
) -> None:
    """Clean a month and a year of flights with the project's settings and with Spark's own, and write into the docs."""
    rows = _make_lake(1, FIRST_MONTH, LAST_MONTH)
    lines = []
    for months in ((FIRST_MONTH, FIRST_MONTH), (FIRST_MONTH, LAST_MONTH)):
        words = ("flights", *months, "--reprocess")
        commands = {"Spark's own": submission_with_defaults(*words), "the project's": submission(*words, rows=rows)}
        runs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(repeats):
            for name, command in commands.items():
                runs[name].append(cost(command, _environment()))
        lines += report.settings_rows(" to ".join(dict.fromkeys(months)), runs)
    typer.echo("".join(lines))
    report.place("defaults", f"{report.SETTINGS_HEAD}{''.join(lines)}\n{report.machine('pyspark')}\n")


@app.command()
def cluster(
    executors: Annotated[list[int], typer.Option(min=1, help="How many; may be given several times.")] = EXECUTORS,
    scale: Annotated[int, typer.Option(min=1, help="Times the real year.")] = 10,
) -> None:
    """Clean a year of flights on a cluster of this machine, and write into the docs what executors bring."""
    rows = _make_lake(scale, FIRST_MONTH, LAST_MONTH)
    found = executors_of.table([executors_of.measure(n, FIRST_MONTH, LAST_MONTH, rows) for n in sorted(executors)])
    typer.echo(found)
    report.place("cluster", f"{rows:,} flights.\n\n{found}\n{report.machine('pyspark')}\n")


@app.command()
def large(
    last_month: Annotated[str, typer.Option(help="The months are those from 2013-01 on.")] = "2022-12",
    copies: Annotated[int, typer.Option(min=1, help="Times the real flights; 22 are the country's.")] = 22,
) -> None:
    """Take national months through every stage, and write what each cost, and its memory, into the docs."""
    settings.data_dir, settings.weather_airports = ROOT / f"national_{copies}x", decade.WEATHER_AIRPORTS
    months = months_between(FIRST_MONTH, last_month)
    for month in months:
        national.weather(month)
    flights = sum(_national_flights(month, copies).row_count for month in months)
    found = decade.table(len(months), flights, decade.measure(months, flights))
    typer.echo(found)
    report.place("large", f"{found}\n{report.machine('pyspark', 'duckdb', 'dbt-duckdb', 'great-expectations')}\n")


@app.command()
def stages() -> None:
    """Run the embedded year stage by stage, then through Airflow, and write what each cost into the docs."""
    found = chain_stages.table(*chain_stages.measure(ROOT / "stages", FIRST_MONTH, LAST_MONTH))
    typer.echo(found)
    report.place("stages", f"{found}\n{report.machine('apache-airflow', 'pyspark', 'dbt-duckdb', 'lightgbm')}\n")


@app.command()
def increment(
    months: Annotated[list[int], typer.Option(min=1, help="How many there are; may be given several times.")] = MONTHS,
    repeats: Annotated[int, typer.Option(min=1, help="Times a month is added; the median counts.")] = 3,
) -> None:
    """Add a month to warehouses of several sizes, and write what it cost into the docs."""
    _make_lake(1, FIRST_MONTH, LAST_MONTH)
    download("aircraft", [ALL])
    download("weather", months_between(FIRST_MONTH, LAST_MONTH))
    cost([sys.executable, "-m", "spark_jobs", "aircraft", *MONTHLY, FIRST_MONTH, LAST_MONTH], _environment())
    real, settings.data_dir = settings.clean_dir, ROOT / "increment"
    shutil.rmtree(settings.data_dir, ignore_errors=True)
    measurements = []
    for months_before in sorted(months):
        measurements.append(measure(real, months_before, repeats))
        typer.echo(measurements[-1])
    typer.echo(table(measurements))
    machine = report.machine("duckdb", "dbt-core", "dbt-duckdb", "great-expectations")
    report.place("increment", f"{table(measurements)}\n{machine}\n")


@app.command()
def serving(
    requests: Annotated[int, typer.Option(min=100, help="At most so many of each load.")] = 1000,
    seconds: Annotated[float, typer.Option(min=1, help="And for no longer.")] = 30,
) -> None:
    """Ask the service about published flights, and write into the docs how fast it answers."""
    found = load_test.table(load_test.measure(requests, seconds))
    typer.echo(found)
    report.place("serving", f"{found}\n{report.machine('fastapi', 'uvicorn', 'pandas', 'lightgbm')}\n")


@app.command()
def agree(
    scale: Annotated[int, typer.Option(min=1, help="Times the real year.")] = 1,
    first_month: str = FIRST_MONTH,
    last_month: str = LAST_MONTH,
) -> None:
    """Compare what every engine makes of the same months with what Spark does: row for row, on every column."""
    row_count = _make_lake(scale, first_month, last_month)
    for engine in (*ENGINES, "spark"):
        _run(engine, first_month, last_month, row_count)
    check(ENGINES, months_between(first_month, last_month))
    typer.echo(f"{first_month} to {last_month}: {', '.join(ENGINES)} and Spark agree on all {row_count:,} flights.")


def _national_flights(month: str, copies: int) -> lake.RawFile:
    """The month that an earlier run has left, or a new one."""
    try:
        return lake.current_raw("flights", month)
    except lake.MissingPartition:
        return national.flights(month, copies)


def _make_lake(scale: int, first_month: str, last_month: str) -> int:
    """Make the lake of a scale the one that every path lies in; returns how many flights it has."""
    settings.data_dir = ROOT / f"{scale}x"
    for dataset in ("airports", "airlines"):
        download(dataset, [ALL])
    cost([sys.executable, "-m", "spark_jobs", "airports", "airlines"], _environment())
    return sum(generate(month, scale).row_count for month in months_between(first_month, last_month))


def _run(engine: str, first_month: str, last_month: str, rows: int) -> Cost:
    if engine != "spark":
        return cost([sys.executable, "-m", "bench.cleaning", engine, first_month, last_month], _environment())
    return cost(submission("flights", first_month, last_month, "--reprocess", rows=rows), _environment())


def _environment() -> dict[str, str]:
    return settings.environment_with({"ONTIME_DATA_DIR": str(settings.data_dir), "PYSPARK_PYTHON": sys.executable})


if __name__ == "__main__":
    app()
