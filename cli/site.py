"""``ontime site``: build the static site and verify it."""

from typing import Annotated

import typer

from cli.options import print_error, report_errors

app = typer.Typer(help="Build and verify the static site about what is published.", no_args_is_help=True)


@app.command()
def build() -> None:
    """Write the site into data/site: pages without a server, with the SQL behind every figure."""
    from labs.engine.progress import DamagedProgress
    from ontime import locks, warehouse
    from portfolio.build import build as build_site
    from portfolio.charts import NoConverter
    from portfolio.content import EarlierCode

    with report_errors(warehouse.NothingPublished, EarlierCode, NoConverter, locks.Busy, DamagedProgress):
        print(f"Open {build_site()}")


@app.command()
def readme(
    pictures: Annotated[
        bool, typer.Option(help="Also take its pictures of the site and the dashboard; needs Chromium.")
    ] = False,
) -> None:
    """Write the tables of README.md from what is published."""
    from labs.engine.progress import DamagedProgress
    from ontime import files, warehouse
    from portfolio import screenshots
    from portfolio.content import EarlierCode, gather
    from portfolio.readme import README, NoPart, written
    from portfolio.verify import NoSite

    with report_errors(warehouse.NothingPublished, EarlierCode, NoPart, NoSite, screenshots.NoPicture, DamagedProgress):
        files.write_text(README, written(README.read_text("utf-8"), gather()))
        print(f"Written: {README}")
        for picture in screenshots.take_all() if pictures else []:
            print(f"Taken: {picture}")


@app.command()
def verify() -> None:
    """Compute every number of the built site again, and fail if one digit, word or file differs."""
    from labs.engine.progress import DamagedProgress
    from ontime import warehouse
    from portfolio.content import EarlierCode
    from portfolio.verify import NoSite
    from portfolio.verify import verify as verify_site

    with report_errors(warehouse.NothingPublished, EarlierCode, NoSite, DamagedProgress):
        problems, content = verify_site()
    if problems:
        for problem in problems:
            print_error(problem)
        raise typer.Exit(1)
    rows = sum(len(table) - 1 for table in content.tables.values())
    print(
        f"The site agrees with warehouse {content.published.key[0]}: {len(content.facts)} facts, "
        f"{len(content.claims)} claims and {rows:,} rows of {len(content.tables)} tables."
    )
