"""``ontime dataset``: new datasets from the template."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.options import bad_use, report_errors

app = typer.Typer(help="Make a dataset of your own from a template, update it, remove it.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of a dataset that this command has made.")]
Force = Annotated[bool, typer.Option("--force", help="Even files that you have edited.")]
ForceRemoval = Annotated[
    bool, typer.Option("--force", help="Even if you have edited files, or others use the dataset.")
]


@app.command()
def new(
    data: Annotated[
        list[str] | None, typer.Option(metavar="QUESTION=ANSWER", help="An answer, for example name=rain.")
    ] = None,
    sample: Annotated[
        Path | None,
        typer.Option(help="A CSV file that proposes answers. Without it: the first file of the source."),
    ] = None,
) -> None:
    """Ask ten questions about a dataset and write its files: contract, source, Spark job, suites, DAG, dbt, tests.

    Without a terminal, or with --data for each question, nothing is asked. No existing file is changed.
    """
    from ontime.scaffold import project
    from ontime.scaffold import sample as samples
    from ontime.scaffold.answers import QUESTIONS, BadAnswer

    given = _answers(data or [], QUESTIONS)
    with report_errors(BadAnswer, samples.UnreadableSample):
        sample = sample or samples.first_file(given.get("source", ""))
        publishers = samples.read(sample) if sample else None
        proposed = {"cadence": "month", "time_zone": "UTC", "measure": "", "month_columns": ""}
        if publishers:
            proposed |= samples.proposals(publishers)
            for column, share in samples.missing_shares(publishers).items():
                print(f"In the sample, {share:.1%} of {column} is missing.")
        answers = proposed | given
        if sys.stdin.isatty() and not given.keys() >= set(QUESTIONS):
            answers = project.ask(given, proposed)
        elif missing := [question for question in QUESTIONS if question not in answers]:
            raise BadAnswer(f"Not answered: {', '.join(missing)}. Add --data {missing[0]}=… and so on.")
        paths = project.new(answers, publishers)
    print("New files:", *paths, sep="\n  ")
    print(f"Next: ontime download {answers['name']}, or its DAG in Airflow. docs/how-to/your-own-dataset.md goes on.")


@app.command()
def update(name: Name, force: Force = False) -> None:
    """Bring improvements of the template to a dataset. Files that you have edited are kept, unless --force."""
    from ontime.scaffold import project
    from ontime.scaffold.answers import BadAnswer

    with report_errors(BadAnswer):
        done = project.update(name, force)
    print("Updated:", *done.written, sep="\n  ") if done.written else print("Nothing to update.")
    if done.kept:
        print("Kept, because you have edited them (--force replaces them):", *done.kept, sep="\n  ")


@app.command()
def remove(name: Name, force: ForceRemoval = False) -> None:
    """Remove the files of a dataset that the template made. Its data stay.

    The next build takes its tables out of the warehouse. Files that use the dataset and that the template did not make
    are named, and never removed.
    """
    from ontime.scaffold import project
    from ontime.scaffold.answers import BadAnswer

    with report_errors(BadAnswer, project.MadeByHand, FileNotFoundError):
        done = project.remove(name, force)
    print("Removed:", *done.removed, sep="\n  ")
    if done.left:
        print(f"These use {name}: delete or change them.", *done.left, sep="\n  ")


def _answers(data: list[str], questions: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in data)
    if unknown := [name for name in pairs if name not in questions]:
        raise bad_use(f"“{unknown[0]}” is no question: choose from {', '.join(questions)}.")
    return pairs
