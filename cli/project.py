"""``ontime project``: make the project yours, and check it against a public rubric."""

from typing import Annotated

import typer

from cli.options import report_errors

app = typer.Typer(help="Make the project yours, and check what it shows.", no_args_is_help=True)

#: What is asked, by the name of the value.
QUESTIONS = {
    "title": "Title",
    "owner": "Owner (you)",
    "repository": "Repository on GitHub as owner/name, empty if there is none yet",
    "lead_dataset": "Lead dataset",
}


@app.command()
def init(
    title: Annotated[str | None, typer.Option(help="Of the README, the pages and the dashboard.")] = None,
    owner: Annotated[str | None, typer.Option(help="You: shown on pages, and owner of the DAGs in Airflow.")] = None,
    repository: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="On GitHub; for badges and links. An empty one removes it.")
    ] = None,
    lead_dataset: Annotated[str | None, typer.Option(help="The dataset that is named first.")] = None,
) -> None:
    """Write project.toml and the head of README.md. Without an option, ask; with one, the other values stay."""
    from ontime import files, project
    from portfolio.readme import README, NoPart, with_head

    given = {"title": title, "owner": owner, "repository": repository, "lead_dataset": lead_dataset}
    chosen = {name: value for name, value in given.items() if value is not None}
    with report_errors(project.BadProject, NoPart):
        now = dict(project.Project()) | project.stored()
        answers = chosen or {name: typer.prompt(text, default=str(now[name])) for name, text in QUESTIONS.items()}
        yours = project.checked(now | answers)
        text = with_head(README.read_text("utf-8"), yours)
        project.write(yours)
        files.write_text(README, text)
    print(f"Written: project.toml and the head of README.md. The project is now {yours.byline}.")
    print("Dashboard and DAGs show it from now on, the report and the site when they are written again.")


@app.command()
def check() -> None:
    """Show how the project does against a public rubric: each line counted, with its evidence and what is missing."""
    from rich.console import Console
    from rich.table import Table

    from insight.published import Published
    from ontime import warehouse
    from ontime.project import BadProject
    from portfolio import evidence, rubric
    from portfolio.content import gather

    with report_errors(BadProject):
        try:
            content = gather()
            criteria = rubric.criteria(content.facts, content.figures)
        except warehouse.NothingPublished as problem:
            print(problem)
            criteria = rubric.criteria(evidence.facts(Published(None, None, None)), ())
    header, *rows = rubric.table(criteria, between="\n")
    shown = Table(*header, show_lines=True)
    for row in rows:
        shown.add_row(*row)
    Console().print(shown)
    met = sum(criterion.state == "yes" for criterion in criteria)
    print(f"{met} of {len(criteria)} criteria are met. The rubric: {rubric.SOURCE}")
