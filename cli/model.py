"""``ontime model``: train the delay model, and choose which version is the champion."""

from typing import Annotated

import typer

from cli.options import report_errors

app = typer.Typer(help="Train the delay model; list, promote and roll back its versions.", no_args_is_help=True)

SCORE_AGAIN = "The next training publishes its predictions (ontime model train)."


@app.command()
def train(
    cross_validate: Annotated[
        bool,
        typer.Option(
            "--cross-validate", help="Also fit and test on each of the months before the test. Takes minutes."
        ),
    ] = False,
) -> None:
    """Run all steps of a training on the published warehouse, and print the scores."""
    from ml.evaluation.leak_alarm import LeakSuspected
    from ml.evaluation.split import TooFewFlights
    from ml.registry.artifacts import ArtifactTampered, UntrustedArtifact
    from ml.scoring import OtherFeatures
    from ml.train import train
    from ontime.locks import Busy
    from ontime.warehouse import NothingPublished

    with report_errors(
        NothingPublished, TooFewFlights, LeakSuspected, OtherFeatures, ArtifactTampered, UntrustedArtifact, Busy
    ):
        train(cross_validate)


@app.command()
def history() -> None:
    """List the saved versions, newest first, and name those that are damaged."""
    from rich.console import Console
    from rich.table import Table

    from ml.registry import store
    from ml.registry.artifacts import ArtifactTampered

    table = Table("", "version", "model", "warehouse", "promoted (UTC)", "rolled back (UTC)", "why promoted")
    saved, problems = store.versions()
    for one in saved:
        try:
            store.verify(one.version)
        except ArtifactTampered as problem:
            problems.append(problem)
        promotion = one.promotion
        promoted = (promotion.promoted_at[:19], promotion.rolled_back_at[:19], promotion.reason) if promotion else ()
        table.add_row(one.alias, one.version, one.card["candidate"], one.card["warehouse"]["version"], *promoted)
    Console().print(table)
    if problems:
        with report_errors(ArtifactTampered):
            raise ArtifactTampered("\n".join(dict.fromkeys(map(str, problems))))


@app.command()
def promote(version: Annotated[str, typer.Argument(help="The version to use.")]) -> None:
    """Make a saved version the champion, whatever its scores are."""
    from ml.registry import store
    from ml.registry.artifacts import ArtifactTampered
    from ontime.locks import Busy

    with report_errors(store.NoSuchVersion, ArtifactTampered, Busy):
        store.promote(version, "by hand")
    print(f"The champion is now {version}. {SCORE_AGAIN}")


@app.command()
def rollback(
    version: Annotated[str, typer.Argument(help="The version; if left out, the champion before.")] = "",
) -> None:
    """Make an earlier champion the champion again. Nothing is deleted."""
    from ml.registry import store
    from ml.registry.artifacts import ArtifactTampered
    from ontime.locks import Busy

    with report_errors(store.NoSuchVersion, ArtifactTampered, Busy):
        version = store.rollback(version or None)
    print(f"The champion is now {version}. {SCORE_AGAIN}")


@app.command()
def at_departure() -> None:
    """Train a model that also knows the departure delay, and print its scores for comparison; nothing is saved."""
    from ml.at_departure import LightGBMMissing, report
    from ml.evaluation.leak_alarm import LeakSuspected
    from ml.evaluation.split import TooFewFlights
    from ontime.warehouse import NothingPublished

    with report_errors(NothingPublished, LightGBMMissing, TooFewFlights, LeakSuspected):
        report()
