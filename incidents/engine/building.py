"""Builds the world of an incident: a healthy history of published versions, then the fault."""

import shutil
from collections.abc import Callable
from pathlib import Path

from incidents.engine.incident import Incident
from incidents.engine.repository import apply_commits, git
from incidents.engine.running import Run, Runner
from incidents.engine.world import Facts, World, environment_of
from ontime.datasets import DATASETS
from ontime.sources.embedded import EmbeddedPublisher

Say = Callable[[str], None]


class ChainFailed(RuntimeError):
    """The world could not be built. The message says which command failed, and how."""


def build_healthy(incident: Incident, code: Path, folder: Path, runner: Runner) -> None:
    """Publish the months before the incident in a new world."""
    _publish_files(incident, folder / "publisher", incident.months)
    (folder / "data").mkdir(exist_ok=True)
    run = runner.commands(code, environment_of(folder), incident.commands(incident.steps, incident.months))
    if run.code:
        raise ChainFailed(f"Before the incident: {run.sentence}")


def build_faulty(incident: Incident, code: Path, folder: Path, runner: Runner) -> World:
    """Apply the incident's commits to the repository ``code``, change the publisher's files, and run the chain.

    ``folder`` holds the healthy world. :func:`begin` completes the world.
    """
    world = World(incident, folder, code, runner)
    healthy = world.version
    if healthy:
        shutil.copyfile(world.published, world.healthy)
    base = git(code, "rev-parse", "HEAD")
    commits = apply_commits(code, incident.branch, incident.patches)
    _publish_files(incident, world.publisher, incident.new_months)
    module = incident.world_module()
    if module and hasattr(module, "publisher"):
        module.publisher(world.publisher)
    _check_stop(incident, run_chain(world))
    for command in incident.then:
        run = world.ontime(*command.split())
        if run.code:
            raise ChainFailed(f"With the incident: {run.sentence}")
    faulty = world.version if world.version != healthy else ""
    world.remember(Facts(base, commits, healthy, faulty, world.publisher_digests()))
    return world


def begin(world: World) -> None:
    """Complete a copy of a faulty world: what ``world.after`` changes."""
    module = world.incident.world_module()
    if module and hasattr(module, "after"):
        module.after(world)


def close(world: World) -> None:
    """End what :func:`begin` has started."""
    module = world.incident.world_module()
    if module and hasattr(module, "close"):
        module.close(world)


def run_chain(world: World) -> Run:
    """Run the chain on all months of the incident, with the world's code."""
    incident = world.incident
    first = _run(world, incident.commands(incident.first_steps))
    if first.code:
        return first
    last = _run(world, incident.commands(incident.last_steps(world.has_candidate)))
    return Run(last.code, last.failed, first.printed + last.printed, first.cpu_seconds + last.cpu_seconds)


def _run(world: World, commands: list[list[str]]) -> Run:
    if not commands:
        return Run(0, (), "", 0.0)
    return world.runner.commands(world.code, world.environment, commands)


def _check_stop(incident: Incident, run: Run) -> None:
    """Raise :class:`ChainFailed` unless the chain has stopped where the incident says."""
    stops = incident.commands([incident.stops_at])[0] if incident.stops_at else []
    if list(run.failed) != stops:
        expected = f"`ontime {' '.join(stops)}` should fail" if stops else "no command should fail"
        raise ChainFailed(f"With the incident {expected}. {run.sentence}")


def _publish_files(incident: Incident, folder: Path, months: list[str]) -> None:
    """Write the raw files of these months, and those of tables without months, as the embedded publisher has them."""
    for name in incident.datasets:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for partition in DATASETS[name].partitions(months):
            file = folder / name / f"{partition}.csv"
            if not file.exists():
                EmbeddedPublisher().fetch(name, partition, file)
