"""``ontime bench``: measurements, each written to docs/reference/performance.md."""

from typing import Annotated

import typer

from cli.options import months, report_errors

app = typer.Typer(help="Measure, and write the results to docs/reference/performance.md.", no_args_is_help=True)

Scale = Annotated[int, typer.Option(min=1, help="How many copies of the real flights.")]
First = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.")]
Last = Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Last month.")]


@app.command()
def cleaning(
    scale: Annotated[
        list[int], typer.Option(min=1, help="How many copies of the real year; can be given several times.")
    ],
    repeats: Annotated[
        int, typer.Option(min=1, help="Runs of each engine; the run with the median CPU time is reported.")
    ] = 1,
    two_engines_from: Annotated[int, typer.Option(help="From this scale on, only DuckDB and Spark run.")] = 200,
) -> None:
    """Clean a year of flights in four engines. Nothing is written if an engine's rows differ from Spark's."""
    from subprocess import CalledProcessError

    from bench.studies import engines
    from bench.studies.agree import EnginesDisagree

    with report_errors(CalledProcessError, EnginesDisagree):
        engines.run(scale, repeats, two_engines_from)


@app.command()
def defaults(
    repeats: Annotated[
        int, typer.Option(min=1, help="Runs with each of the settings, in turn; the median is reported.")
    ] = 3,
) -> None:
    """Clean a month and a year of flights with the project's Spark settings and with Spark's own."""
    from subprocess import CalledProcessError

    from bench.studies import defaults

    with report_errors(CalledProcessError):
        defaults.run(repeats)


@app.command()
def cluster(
    executors: Annotated[
        list[int] | None, typer.Option(min=1, help="Executors; can be given several times. Default: 1, 2 and 4.")
    ] = None,
    scale: Scale = 10,
) -> None:
    """Clean a year of flights on a Spark cluster of this machine, with several numbers of executors."""
    from subprocess import CalledProcessError

    from bench.studies import cluster

    with report_errors(CalledProcessError, TimeoutError):
        cluster.run(executors or [1, 2, 4], scale)


@app.command()
def stages() -> None:
    """Run the embedded year stage by stage, then through Airflow."""
    from subprocess import CalledProcessError

    from bench.studies import stages

    with report_errors(CalledProcessError):
        stages.run()


@app.command()
def increment(
    months: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Months before the added one; can be given several times. Default: 12, 60, 120."),
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="How often a month is added; the median is reported.")] = 3,
) -> None:
    """Add one month to warehouses of several sizes."""
    from subprocess import CalledProcessError

    from bench.studies import increment

    with report_errors(CalledProcessError):
        increment.run(months or [12, 60, 120], repeats)


@app.command()
def large(
    last_month: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Last month; the first is 2013-01.")] = (
        "2022-12"
    ),
    copies: Annotated[
        int, typer.Option(min=1, help="Copies of the real flights; 22 are as many as in the whole country.")
    ] = 22,
) -> None:
    """Take a decade of national flights through every stage, and measure its memory too."""
    from subprocess import CalledProcessError

    from bench.studies import large

    months("2013-01", last_month)
    with report_errors(CalledProcessError):
        large.run(last_month, copies)


@app.command()
def serving(
    requests: Annotated[int, typer.Option(min=100, help="Maximum number of requests per load.")] = 1000,
    seconds: Annotated[float, typer.Option(min=1, help="Maximum duration of a load.")] = 30,
) -> None:
    """Send requests for published flights to the prediction service."""
    from bench.studies import serving
    from ontime.warehouse import NothingPublished

    with report_errors(NothingPublished):
        serving.run(requests, seconds)


@app.command()
def dashboard(
    repeats: Annotated[int, typer.Option(min=2, help="How often each measure is taken.")] = 30,
    seconds: Annotated[float, typer.Option(min=1, help="How long eight people click.")] = 300,
) -> None:
    """Read the dashboard and the site in a real browser, on what is published and on ten national years."""
    from bench.studies import dashboard
    from bench.studies.browser import NoBrowser
    from ontime.warehouse import NothingPublished

    with report_errors(NothingPublished, NoBrowser):
        dashboard.run(repeats, seconds)


@app.command()
def agree(scale: Scale = 1, first_month: First = "2013-01", last_month: Last = "2013-12") -> None:
    """Compare the rows of all engines with Spark's, on every column. Measures nothing, writes nothing."""
    from subprocess import CalledProcessError

    from bench.studies import engines
    from bench.studies.agree import EnginesDisagree

    months(first_month, last_month)
    with report_errors(CalledProcessError, EnginesDisagree):
        engines.compare(scale, first_month, last_month)
