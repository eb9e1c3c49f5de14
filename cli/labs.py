"""``ontime labs``: tasks on the project's own data, and the grading of their answers."""

import shutil
import time
from typing import Annotated

import typer

from cli.options import report_errors


def lab_names() -> list[str]:
    """The names of all labs, to complete what somebody types."""
    from labs.engine.lab import labs

    return list(labs())


app = typer.Typer(
    help="Learn by doing: tasks on the year's data, graded on data nobody has seen.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="LAB", help="For example: clock.", autocompletion=lab_names)]


@app.command(name="list")
def list_labs() -> None:
    """Show all labs in the order in which one learns, and what you have solved."""
    from rich.console import Console
    from rich.table import Table

    from labs.engine import progress
    from labs.engine.lab import labs

    table = Table("phase", "lab", "what it is about", "minutes", "checks", "state")
    entries, phase, solved = progress.entries(), "", 0
    for lab in labs().values():
        if phase not in ("", lab.phase):
            table.add_section()
        entry, state = entries.get(lab.name), progress.state(lab)
        done = entry.passed if entry and state in ("solved", "failed") else 0
        bar = "█" * done + "░" * (entry.checks - done) if entry else ""
        shown = "" if phase == lab.phase else lab.phase
        table.add_row(shown, lab.name, lab.title, str(lab.minutes), bar, "✓ solved" if state == "solved" else state)
        phase, solved = lab.phase, solved + (state == "solved")
    Console().print(table)
    print(f"{solved} of {len(labs())} solved. Next: ontime labs start LAB")


@app.command()
def start(name: Name) -> None:
    """Copy a lab's starter into answers/LAB and show the task."""
    from rich.console import Console
    from rich.markdown import Markdown

    from labs.engine import progress
    from labs.engine.lab import UnknownLab
    from labs.engine.lab import lab as lab_of

    with report_errors(UnknownLab, FileExistsError):
        lab = lab_of(name)
        if lab.answer_dir.exists():
            raise FileExistsError(
                f"{lab.answer_dir} exists. To grade it: `ontime labs check {name}`. "
                f"To begin again: `ontime labs reset {name}`."
            )
        shutil.copytree(lab.starter, lab.answer_dir)
        progress.record(lab)
    Console().print(Markdown(lab.task))
    print(f"\nEdit {lab.answer_dir / lab.answer}, then: ontime labs check {name}")


@app.command()
def check(names: Annotated[list[str] | None, typer.Argument(metavar="LAB", autocompletion=lab_names)] = None) -> None:
    """Grade your answers; without a name, all that you have started."""
    from labs.engine import progress
    from labs.engine.grading import grade
    from labs.engine.lab import UnknownLab, labs
    from labs.engine.lab import lab as lab_of

    with report_errors(UnknownLab):
        chosen = [lab_of(name) for name in names or []] or [lab for lab in labs().values() if lab.answer_dir.exists()]
    if not chosen:
        print("Nothing to check yet. `ontime labs list` shows the labs, `ontime labs start LAB` begins one.")
    failed = False
    for lab in chosen:
        if not lab.answer_dir.exists():
            print(f"{lab.name}: not started. `ontime labs start {lab.name}` begins it.")
            failed = True
            continue
        print(f"{lab.name}: {lab.title}")
        result = grade(lab, lab.answer_dir)
        if result.checks:
            progress.record_grade(lab, result)
        problem = ""
        for outcome in result.checks:
            print(f"  {'✗' if outcome.problem else '✓'} {outcome.shows}")
            if outcome.problem not in ("", problem):
                print(f"      {outcome.problem}")
            problem = outcome.problem
        print(f"  {result.sentence or f'{result.passed} of {len(result.checks)} checks hold.'}")
        failed |= result.state in ("failed", "not attempted")
    raise typer.Exit(failed)


@app.command()
def hint(name: Name) -> None:
    """Show the next hint; the last one again when there are no more."""
    from labs.engine import progress
    from labs.engine.lab import UnknownLab
    from labs.engine.lab import lab as lab_of

    with report_errors(UnknownLab):
        lab = lab_of(name)
    entry = progress.entries().get(name)
    number = min(entry.hints + 1 if entry else 1, len(lab.hints))
    if entry:
        progress.record(lab, hints=number)
    print(f"Hint {number} of {len(lab.hints)}: {lab.hints[number - 1]}")


@app.command()
def solution(name: Name) -> None:
    """Show the solution."""
    from rich.console import Console
    from rich.syntax import Syntax

    from labs.engine.lab import UnknownLab, answer_files
    from labs.engine.lab import lab as lab_of

    with report_errors(UnknownLab):
        lab = lab_of(name)
    for path in answer_files(lab.solution):
        print(f"{path.relative_to(lab.solution)}:")
        Console().print(Syntax(path.read_text("utf-8"), Syntax.guess_lexer(str(path)), background_color="default"))


@app.command()
def reset(name: Name) -> None:
    """Begin a lab again. Your answer is kept beside it, under a name with the time."""
    from labs.engine.lab import UnknownLab
    from labs.engine.lab import lab as lab_of

    with report_errors(UnknownLab):
        lab = lab_of(name)
    if lab.answer_dir.exists():
        kept = lab.answer_dir.with_name(f"{name}.{time.strftime('%Y%m%d-%H%M%S')}")
        lab.answer_dir.rename(kept)
        print(f"Your answer is kept as {kept}.")
    shutil.copytree(lab.starter, lab.answer_dir)
    print(f"Edit {lab.answer_dir / lab.answer}, then: ontime labs check {name}")


@app.command()
def evidence() -> None:
    """Print what you have solved as Markdown, for a README or a site."""
    from labs.engine.progress import evidence as text

    print(text())


@app.command()
def prove(names: Annotated[list[str] | None, typer.Argument(metavar="LAB", autocompletion=lab_names)] = None) -> None:
    """Prove the labs: the starter fails, the solution passes, each wrong answer fails with the check it names."""
    from labs.engine.lab import UnknownLab, labs
    from labs.engine.lab import lab as lab_of
    from labs.engine.prove import prove as outcomes

    with report_errors(UnknownLab):
        chosen = [lab_of(name) for name in names or []] or [*labs().values()]
    wrong = 0
    for lab in chosen:
        print(f"{lab.name}: {lab.title}")
        for graded, problem in outcomes(lab):
            print(f"  {'✗' if problem else '✓'} {graded}{': ' + problem if problem else ''}", flush=True)
            wrong += bool(problem) and not problem.startswith("skipped")
    print(f"{len(chosen)} labs, {wrong} problems")
    raise typer.Exit(wrong > 0)
