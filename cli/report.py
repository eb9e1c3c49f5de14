"""``ontime report`` and ``ontime leaks``: what :mod:`analysis` computes from the published warehouse."""

from cli.options import report_errors


def report() -> None:
    """Write the page of statistics about the published warehouse: effects, types of days, unusual days."""
    from analysis.report import write_report
    from ontime.warehouse import NothingPublished

    with report_errors(NothingPublished):
        print(f"Open {write_report()}")


def leaks() -> None:
    """Train the model with each classic leak and write the false scores into docs/learn/leaks.md. Takes a minute."""
    from analysis import leaks
    from ml.evaluation.split import TooFewFlights
    from ontime.warehouse import NothingPublished

    with report_errors(NothingPublished, TooFewFlights):
        leaks.write(leaks.measure())
        print(f"Measured: {leaks.PAGE}")
