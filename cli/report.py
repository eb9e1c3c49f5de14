"""``ontime report`` and ``ontime leaks``: what :mod:`analysis` computes from the published warehouse."""

from typing import Annotated

import typer

from cli.options import report_errors


def report(
    second_opinion: Annotated[
        bool, typer.Option(help="Also fit the odds in R, if it is installed, and print how closely both agree.")
    ] = False,
) -> None:
    """Write the page of statistics about the published warehouse: effects, types of days, unusual days."""
    from analysis.report import write_report
    from ontime.warehouse import NothingPublished

    with report_errors(NothingPublished):
        print(f"Open {write_report()}")
    if second_opinion:
        _ask_r()


def _ask_r() -> None:
    from analysis import second_opinion
    from analysis.flights import NotEnoughData, published, read_flights

    with report_errors(second_opinion.RFailed, NotEnoughData):
        try:
            warehouse = published()
            opinion = second_opinion.ask(read_flights(warehouse.path))
        except second_opinion.NoR as problem:
            print(problem)
            return
        print(second_opinion.as_text(opinion))
        print(f"Written: {second_opinion.write(opinion, warehouse.version)}")


def leaks() -> None:
    """Train the model with each classic leak and write the false scores into docs/learn/leaks.md. Takes a minute."""
    from analysis import leaks
    from ml.evaluation.split import TooFewFlights
    from ontime.warehouse import NothingPublished

    with report_errors(NothingPublished, TooFewFlights):
        leaks.write(leaks.measure())
        print(f"Measured: {leaks.PAGE}")
