"""``ontime report``."""

from cli.options import report_errors


def report() -> None:
    """Write the page of statistics about the published warehouse: effects with intervals, types of days, unusual days."""
    from analysis.report import write_report
    from ontime.warehouse import NothingPublished

    with report_errors(NothingPublished):
        print(f"Open {write_report()}")
