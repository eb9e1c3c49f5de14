"""A learner's own incident: begin it in the checkout, grade it, go back."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from dotenv import dotenv_values

from incidents.engine.building import ChainFailed, begin, build_faulty, build_healthy, close
from incidents.engine.incident import Incident, UnknownIncident
from incidents.engine.repository import GitFailed, clone, git
from incidents.engine.running import Runner
from incidents.engine.world import World, environment_of
from labs.engine import progress
from labs.engine.grading import Grade
from ontime.settings import ENV_FILE, PROJECT_DIR, Settings, settings

Say = Callable[[str], None]

#: In the folder of a world: the file `.env` from before the incident, and the branch.
ENV_BEFORE, BRANCH_BEFORE = "env-before", "branch-before"


class CannotStart(RuntimeError):
    """The checkout is not ready for what was asked. The message says what to do."""


def errors() -> tuple[type[Exception], ...]:
    """What may go wrong, each with a message for the learner."""
    return UnknownIncident, CannotStart, GitFailed, ChainFailed, ValueError


def current() -> str:
    """The name of the incident whose branch is checked out. Raises :class:`CannotStart`."""
    branch = git(PROJECT_DIR, "branch", "--show-current")
    if not branch.startswith("incident/"):
        raise CannotStart("You are on no branch of an incident. `ontime incident list` shows the incidents.")
    return branch.removeprefix("incident/")


def start(incident: Incident, say: Say) -> bool:
    """Begin an incident, or return to it: then the result is True.

    Nothing is changed if it cannot be begun. Raises one of :func:`errors`.
    """
    if incident.missing:
        raise CannotStart(f"This machine has no {incident.missing}, which the incident needs.")
    branch = git(PROJECT_DIR, "branch", "--show-current")
    if branch.startswith("incident/"):
        raise CannotStart(f"You are on the branch {branch}: `ontime incident end` goes back to yours.")
    if dirty := uncommitted():
        raise CannotStart(
            f"These files have changes that are not committed: {dirty}. Commit them, or put them aside with "
            "`git stash --include-untracked`; then start again."
        )
    before = branch or git(PROJECT_DIR, "rev-parse", "HEAD")
    began = incident.world_dir.exists()
    if began != bool(git(PROJECT_DIR, "branch", "--list", incident.branch)):
        what = f"the folder {incident.world_dir}" if began else f"the branch {incident.branch}"
        raise CannotStart(f"Only {what} is left of an earlier start: `ontime incident reset {incident.name}`.")
    if not began:
        _build(incident, say)
    git(PROJECT_DIR, "switch", "--quiet", incident.branch)
    (incident.world_dir / BRANCH_BEFORE).write_text(before)
    _point_env(incident)
    form = incident.answer_dir / "diagnosis.toml"
    if not form.exists():
        form.parent.mkdir(parents=True, exist_ok=True)
        form.write_text(incident.diagnosis_form(), "utf-8")
        progress.record(incident)
    if Settings().data_dir != incident.world_dir / "data":
        say("ONTIME_DATA_DIR is set in your shell and comes before .env: run `unset ONTIME_DATA_DIR`.")
    return began


def _build(incident: Incident, say: Say) -> None:
    """Make the world and the branch; both or none."""
    folder = incident.world_dir
    with tempfile.TemporaryDirectory(prefix="ontime-incident-") as temporary:
        say("Preparing: a copy of your code …")
        code = clone(PROJECT_DIR, Path(temporary) / "code")
        try:
            folder.mkdir(parents=True)
            with Runner(*incident.libraries) as runner:
                say(f"Publishing {', '.join(incident.months)} as it was before …")
                build_healthy(incident, code, folder, runner)
                say("Your colleagues commit, and the chain runs again …")
                world = build_faulty(incident, code, folder, runner)
                begin(world)
            git(PROJECT_DIR, "fetch", "--quiet", str(code), f"{incident.branch}:{incident.branch}")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def check(incident: Incident, say: Say) -> Grade:
    """Grade the committed code, the data and the diagnosis, on copies. The result is stored."""
    if not incident.world_dir.exists():
        raise CannotStart(f"{incident.name} is not started: `ontime incident start {incident.name}`.")
    diagnosis = incident.answer_dir / "diagnosis.toml"
    with tempfile.TemporaryDirectory(prefix="ontime-incident-") as temporary, Runner(*incident.libraries) as runner:
        say("Copying the data and what you have committed …")
        code = clone(PROJECT_DIR, Path(temporary) / "code", incident.branch)
        folder = Path(temporary) / "world"
        shutil.copytree(incident.world_dir, folder, symlinks=True, ignore=shutil.ignore_patterns("airflow"))
        text = diagnosis.read_text("utf-8") if diagnosis.is_file() else ""
        world = World(incident, folder, code, runner, text, uncommitted())
        say("Running the chain on the copy …")
        result = grade(world)
        changes = git(code, "diff", "--binary", world.facts.commits[-1], "HEAD")
        if result.state == "solved":
            _keep(world, changes)
    progress.record_grade(incident, result, incident.digest({"diagnosis.toml": text, "repair.patch": changes}))
    return result


def _keep(world: World, changes: str) -> None:
    """Keep a repair in the form of a solution, so that it can be graded again in another clone."""
    solved = world.incident.solved
    solved.mkdir(exist_ok=True)
    (solved / "repair.patch").write_text(f"{changes}\n" if changes else "", "utf-8")
    numbers = {name: f"{{{number}}}" for number, name in enumerate(world.facts.commits, start=1)}
    given = str(world.diagnosis["first_bad_commit"])
    named = next((number for name, number in numbers.items() if name.startswith(given)), given)
    kept = world.diagnosis_text.replace(f'"{given}"', f'"{named}"')
    (solved / "diagnosis.toml").write_text(kept, "utf-8")


def grade(world: World) -> Grade:
    """The grade; imported here because the dashboard, which reads progress, runs where there is no pytest."""
    from incidents.engine.grading import grade

    return grade(world)


def end(incident: Incident) -> str:
    """Go back to the branch from before, and restore `.env`. Returns the branch. Raises :class:`CannotStart`."""
    if (now := git(PROJECT_DIR, "branch", "--show-current")) != incident.branch:
        _restore_env(incident)
        return now
    if dirty := uncommitted():
        raise CannotStart(f"These files have changes that are not committed: {dirty}. Commit or discard them first.")
    kept = incident.world_dir / BRANCH_BEFORE
    branch = kept.read_text().strip() if kept.exists() else "main"
    with tempfile.TemporaryDirectory() as temporary:
        # Answers that were committed on the incident's branch would vanish with it.
        answers = Path(temporary) / "answers"
        if settings.answers_dir.exists():
            shutil.copytree(settings.answers_dir, answers)
        git(PROJECT_DIR, "switch", "--quiet", *(["--detach"] if len(branch) == 40 else []), branch)
        if answers.exists():
            shutil.copytree(answers, settings.answers_dir, dirs_exist_ok=True)
    _restore_env(incident)
    return branch


def put_aside(incident: Incident) -> list[str]:
    """End an incident, and keep branch and diagnosis under names with the time. Returns the names."""
    if git(PROJECT_DIR, "branch", "--show-current") == incident.branch:
        end(incident)
    now, kept = time.strftime("%Y%m%d-%H%M%S"), []
    if git(PROJECT_DIR, "branch", "--list", incident.branch):
        kept.append(f"{incident.branch}.{now}")
        git(PROJECT_DIR, "branch", "--move", incident.branch, kept[-1])
    if incident.answer_dir.exists():
        aside = incident.answer_dir.with_name(f"{incident.name}.{now}")
        incident.answer_dir.rename(aside)
        kept.append(str(aside))
    if incident.world_dir.exists():
        close(World(incident, incident.world_dir, PROJECT_DIR))
        shutil.rmtree(incident.world_dir)
    return kept


def next_hint(incident: Incident) -> tuple[int, str]:
    """The number of the next hint and its text. The number is stored if the incident was started."""
    entry = progress.entries().get(incident.key)
    number = min(entry.hints + 1 if entry else 1, len(incident.hints))
    if entry:
        progress.record(incident, hints=number)
    return number, incident.hints[number - 1]


def uncommitted() -> str:
    """The files of the checkout with changes that are not committed; those of the answers do not count."""
    without = []
    if settings.answers_dir.is_relative_to(PROJECT_DIR):
        without = [f":(exclude){settings.answers_dir.relative_to(PROJECT_DIR)}"]
    lines = git(PROJECT_DIR, "status", "--porcelain", "--", ".", *without).splitlines()
    names = [line[3:] for line in lines]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _point_env(incident: Incident) -> None:
    """Let `.env` name the incident's data and publisher; what it was is kept in the world's folder."""
    ours = environment_of(incident.world_dir)
    if _env_is_ours(incident):
        return
    text = ENV_FILE.read_text("utf-8") if ENV_FILE.is_file() else None
    if text is not None:
        (incident.world_dir / ENV_BEFORE).write_text(text, "utf-8")
    others = [line for line in (text or "").splitlines() if line.partition("=")[0].strip() not in ours]
    lines = [*others, *(f"{name}='{value}'" for name, value in ours.items())]
    ENV_FILE.write_text("\n".join(lines) + "\n", "utf-8")


def _restore_env(incident: Incident) -> None:
    before = incident.world_dir / ENV_BEFORE
    if not _env_is_ours(incident):
        return
    if before.exists():
        ENV_FILE.write_text(before.read_text("utf-8"), "utf-8")
        before.unlink()
    else:
        ENV_FILE.unlink()


def _env_is_ours(incident: Incident) -> bool:
    """Whether `.env` names the incident's data."""
    ours = environment_of(incident.world_dir)["ONTIME_DATA_DIR"]
    return ENV_FILE.is_file() and dotenv_values(ENV_FILE).get("ONTIME_DATA_DIR") == ours
