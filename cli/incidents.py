"""``ontime incident``: faults in the real chain, to find and to repair on a branch of one's own clone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import report_errors

if TYPE_CHECKING:
    from incidents.engine.incident import Incident
    from labs.engine.grading import Grade


def incident_names() -> list[str]:
    """The names of all incidents, to complete what somebody types."""
    from incidents.engine.incident import incidents

    return list(incidents())


app = typer.Typer(
    help="Learn by repairing: a fault arrives in the real chain, with a ticket that tells the symptom.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="INCIDENT", help="For example: boston.", autocompletion=incident_names)]
#: Without a name: the incident of the current branch.
OnBranch = Annotated[str, typer.Argument(metavar="INCIDENT", autocompletion=incident_names)]


@app.command(name="list")
def list_incidents() -> None:
    """Show all incidents in the order in which one learns, and what you have solved."""
    from incidents.engine.incident import incidents
    from incidents.engine.solved import state as state_of

    phase, solved, every = "", 0, incidents()
    width = max(map(len, every), default=0)
    for incident in every.values():
        if phase != incident.phase:
            print(incident.phase)
        state = state_of(incident)
        mark, remark = ("✓", "") if state == "solved" else (" ", "" if state == "new" else f" ({state})")
        print(f"{mark} {incident.name:{width}} {incident.minutes:3} minutes  {incident.title}{remark}")
        phase, solved = incident.phase, solved + (state == "solved")
    print(f"{solved} of {len(every)} solved.")


@app.command()
def start(name: Name) -> None:
    """Begin an incident: a branch with colleagues' commits, data of its own, and a ticket. Takes a minute."""
    from rich.console import Console
    from rich.markdown import Markdown

    from incidents.engine import practice

    with report_errors(*practice.errors()):
        incident = _incident(name)
        resumed = practice.start(incident, lambda line: print(line, flush=True))
    Console().print(Markdown(incident.ticket))
    if resumed:
        print(f"\nYou are on the branch {incident.branch} again.")
    print(f"\nYour diagnosis: {incident.answer_dir / 'diagnosis.toml'}")
    print("Look: ontime warehouse history, git log. Run the chain: ontime incident run. Then: ontime incident check")


@app.command()
def run(context: typer.Context, name: OnBranch = "") -> None:
    """Run the chain of the incident's months, step by step, with the code as it is now."""
    from incidents.engine import practice
    from incidents.engine.world import has_candidate
    from ontime.settings import settings

    with report_errors(*practice.errors()):
        incident = _incident(name)

    ontime = context.find_root().command

    def step(command: Sequence[str]) -> None:
        print("$ ontime", *command, flush=True)
        if code := ontime.main([*command], prog_name="ontime", standalone_mode=False):
            raise typer.Exit(code)

    for command in incident.commands(incident.first_steps):
        step(command)
    for command in incident.commands(incident.last_steps(has_candidate(settings.data_dir))):
        step(command)


@app.command()
def check(name: OnBranch = "") -> None:
    """Grade what you have committed, the incident's data, and your diagnosis."""
    from incidents.engine import practice

    with report_errors(*practice.errors()):
        incident = _incident(name)
        print(f"{incident.name}: {incident.title}")
        result = practice.check(incident, lambda line: print(f"  {line}", flush=True))
    _show(result)
    if result.state == "solved":
        print(f"  Solved. To go back to your branch: ontime incident end {incident.name}")
    raise typer.Exit(result.state == "failed")


def _show(result: "Grade") -> None:
    for outcome in result.checks:
        print(f"  {'✗' if outcome.problem else '✓'} {outcome.shows}")
        if outcome.problem:
            print(f"      {outcome.problem}")
    if result.printed:
        print("  The checks printed:", *result.printed.splitlines()[-20:], sep="\n      ")
    print(f"  {result.sentence or f'{result.passed} of {len(result.checks)} checks hold.'}")


@app.command()
def hint(name: OnBranch = "") -> None:
    """Show the next hint; the last one again when there are no more."""
    from incidents.engine import practice

    with report_errors(*practice.errors()):
        incident = _incident(name)
        number, text = practice.next_hint(incident)
    print(f"Hint {number} of {len(incident.hints)}: {text}")
    if number == len(incident.hints):
        print(f"That was the last one; `ontime incident solution {incident.name}` shows the solution.")


@app.command()
def solution(name: OnBranch = "") -> None:
    """Show the solution: the changes of the code, the commands and the diagnosis."""
    from rich.console import Console
    from rich.syntax import Syntax

    from incidents.engine import practice

    with report_errors(*practice.errors()):
        incident = _incident(name)
    for path in sorted(incident.solution.iterdir()):
        print(f"{path.name}:")
        Console().print(Syntax(path.read_text("utf-8"), Syntax.guess_lexer(str(path)), background_color="default"))


@app.command()
def reset(name: OnBranch = "") -> None:
    """Begin an incident again. Your branch and your diagnosis are kept under names with the time."""
    from incidents.engine import practice

    with report_errors(*practice.errors()):
        incident = _incident(name)
        for kept in practice.put_aside(incident):
            print(f"Kept as {kept}.")
    start(incident.name)


@app.command()
def end(name: OnBranch = "") -> None:
    """Go back to the branch and the data from before; the incident's branch stays, and `start` returns to it."""
    from incidents.engine import practice

    with report_errors(*practice.errors()):
        incident = _incident(name)
        branch = practice.end(incident)
    print(f"You are on {branch} again, with your own data. `ontime incident start {incident.name}` returns here.")


@app.command()
def evidence() -> None:
    """Print what you have solved as Markdown, for a README or a site."""
    from incidents.engine.solved import evidence as text

    print(text())


@app.command(name="check-again")
def check_again(names: Annotated[list[str] | None, typer.Argument(metavar="INCIDENT")] = None) -> None:
    """Grade the repairs in your answers again, in worlds of their own: for a reviewer, or in CI."""
    from incidents.engine import practice
    from incidents.engine.incident import incident, incidents
    from incidents.engine.prove import Workshop, grade_again

    failed = False
    with report_errors(*practice.errors()):
        chosen = [incident(name) for name in names or []] or [*incidents().values()]
        chosen = [one for one in chosen if one.solved.is_dir()]
        if not chosen:
            print("No repair to grade: `ontime incident check` stores one when an incident is solved.")
            return
        with Workshop(*{library for one in chosen for library in one.libraries}) as workshop:
            for one in chosen:
                print(f"{one.name}: {one.title}", flush=True)
                result = grade_again(one, workshop)
                _show(result)
                failed |= result.state == "failed"
    raise typer.Exit(failed)


@app.command()
def prove(names: Annotated[list[str] | None, typer.Argument(metavar="INCIDENT")] = None) -> None:
    """Prove the incidents: untouched fails, the solution passes, each wrong repair fails with the check it names."""
    import time

    from incidents.engine import practice
    from incidents.engine.incident import incident, incidents
    from incidents.engine.prove import Workshop
    from incidents.engine.prove import prove as outcomes

    with report_errors(*practice.errors()):
        chosen = [incident(name) for name in names or []] or [*incidents().values()]
        wrong = 0
        libraries = {library for one in chosen for library in one.libraries}
        with Workshop(*libraries) as workshop:
            for one in chosen:
                print(f"{one.name}: {one.title}", flush=True)
                before = now = workshop.runner.cpu_seconds
                started = time.monotonic()
                for graded, problem in outcomes(one, workshop):
                    used, now = workshop.runner.cpu_seconds - now, workshop.runner.cpu_seconds
                    text = f": {problem}" if problem else ""
                    print(f"  {'✗' if problem else '✓'} {graded} ({used:.0f} s){text}", flush=True)
                    wrong += bool(problem) and not problem.startswith("skipped")
                used, seconds = workshop.runner.cpu_seconds - before, time.monotonic() - started
                print(f"  {used:.0f} s of processor time, {seconds:.0f} s in all", flush=True)
    print(f"{len(chosen)} incidents, {wrong} problems")
    raise typer.Exit(wrong > 0)


def _incident(name: str) -> "Incident":
    """The incident of this name, or that of the current branch."""
    from incidents.engine import practice
    from incidents.engine.incident import incident

    return incident(name or practice.current())
