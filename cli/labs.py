"""``ontime labs``: tasks on the project's own data, and the grading of their answers."""

import shutil
import sys
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
    from labs.engine import progress
    from labs.engine.lab import labs

    phase, solved = "", 0
    with report_errors(progress.DamagedProgress):
        entries = progress.entries()
    width = max(map(len, labs()))
    for lab in labs().values():
        if phase != lab.phase:
            print(lab.phase)
        entry, state = entries.get(lab.name), progress.state(lab)
        done = entry.passed if entry and state in ("solved", "failed") else 0
        bar = "█" * done + "░" * (entry.checks - done) if entry and state in ("solved", "failed") else ""
        mark = "✓" if state == "solved" else " "
        remark = "" if state in ("solved", "new") else f" ({state})"
        print(f"{mark} {lab.name:{width}} {lab.minutes:3} minutes  {lab.title}{remark} {bar}".rstrip())
        phase, solved = lab.phase, solved + (state == "solved")
    print(f"{solved} of {len(labs())} solved.{_next_lab()}")


def _next_lab() -> str:
    """The command that begins the next lab; empty if there is none."""
    from labs.engine import progress
    from labs.engine.lab import labs

    open_labs = [lab for lab in labs().values() if progress.state(lab) != "solved" and not lab.missing]
    if not open_labs:
        return ""
    command = "check" if open_labs[0].answer_dir.exists() else "start"
    return f" Next: ontime labs {command} {open_labs[0].name}"


@app.command()
def start(name: Name) -> None:
    """Copy a lab's starter into answers/LAB and show the task."""
    from rich.console import Console
    from rich.markdown import Markdown

    from labs.engine import progress
    from labs.engine.lab import UnknownLab
    from labs.engine.lab import lab as lab_of

    with report_errors(UnknownLab, FileExistsError, progress.DamagedProgress):
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

    with report_errors(UnknownLab, progress.DamagedProgress):
        chosen = [lab_of(name) for name in names or []] or [lab for lab in labs().values() if lab.answer_dir.exists()]
        progress.entries()  # a record that cannot be read stops here, not after the checks
    if not chosen:
        print("Nothing to check yet. `ontime labs list` shows the labs, `ontime labs start LAB` begins one.")
    failed = False
    for lab in chosen:
        if not lab.answer_dir.exists():
            print(f"{lab.name}: not started. `ontime labs start {lab.name}` begins it.")
            failed = True
            continue
        print(f"{lab.name}: {lab.title}")
        if sys.stdout.isatty():
            print("  Grading it on 2013 and on a year that nobody has seen …")
        result = grade(lab, lab.answer_dir)
        if result.checks:
            progress.record_grade(lab, result, lab.digest(lab.answer_dir))
        problem = ""
        for outcome in result.checks:
            repeated = outcome.problem and outcome.problem == problem
            print(f"  {'✗' if outcome.problem else '✓'} {outcome.shows}{' (the same)' if repeated else ''}")
            if outcome.problem and not repeated:
                print(f"      {outcome.problem}")
            problem = outcome.problem
        if result.printed:
            print("  Your answer printed:", *result.printed.splitlines()[-20:], sep="\n      ")
        print(f"  {result.sentence or f'{result.passed} of {len(result.checks)} checks hold.'}")
        if result.state == "solved":
            print(f" {_next_lab()}")
        failed |= result.state in ("failed", "not attempted")
    raise typer.Exit(failed)


@app.command()
def hint(name: Name) -> None:
    """Show the next hint; the last one again when there are no more."""
    from labs.engine import progress
    from labs.engine.lab import UnknownLab
    from labs.engine.lab import lab as lab_of

    with report_errors(UnknownLab, progress.DamagedProgress):
        lab = lab_of(name)
        entry = progress.entries().get(name)
    number = min(entry.hints + 1 if entry else 1, len(lab.hints))
    if entry:
        progress.record(lab, hints=number)
    print(f"Hint {number} of {len(lab.hints)}: {lab.hints[number - 1]}")
    if number == len(lab.hints):
        print(f"That was the last one; `ontime labs solution {name}` shows the solution.")


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
    from labs.engine import progress

    with report_errors(progress.DamagedProgress):
        print(progress.evidence())


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
