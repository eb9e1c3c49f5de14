"""Kills random commands of the chain, and runs random pairs of commands at once. The same seed gives the same faults.

``python -m tests.faults.random_faults --kills 200 --pairs 200 --seed 1`` runs these numbers of faults; ``make
test-more`` runs a few. Every fault starts from a copy of the data directory before one step of the undisturbed chain.
After the fault, the steps concerned run again. The data directory must then be equal to that of the undisturbed chain
after the same steps.
"""

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

import typer

from ontime.settings import settings
from tests.faults.chain import (
    CHAIN,
    FIRST_MONTHS,
    Command,
    Step,
    data_directory,
    publish_files,
    published_marts,
    state,
    steps,
)


class Wrong(AssertionError):
    """A fault left something wrong behind; the message says how to repeat it."""


@dataclass(frozen=True)
class Undisturbed:
    """The chain without faults: before step ``n`` the data directory was ``snapshots[n]`` and held ``states[n]``."""

    snapshots: list[Path]
    states: list[dict[str, Any]]
    seconds: list[float]
    operations: list[int]


class Trials:
    """Runs faults on copies of the snapshots, in ``folder``."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        publish_files(folder / "publisher")
        self.undisturbed = self._undisturbed()

    def kill(self) -> str:
        """Kill one step before a random file operation or at a random instant; run it again; compare."""
        number = self._choose()
        step = CHAIN[number]
        with self._data_of(number), self._reader(number, number + 1):
            if self.random.random() < 0.5:
                at = self.random.randrange(max(self.undisturbed.operations[number], 1))
                where, command = f"before file operation {at}", self._start(step, kill_at=at)
                command.wait()
            else:
                seconds = self.random.uniform(0, self.undisturbed.seconds[number])
                where, command = f"after {seconds:.2f} s", self._start(step)
                command.kill_after(seconds)
                command.wait()
            fault = f"{step.name}, killed {where}"
            self._must_end_well(self._start(step), fault)
            self._compare(number + 1, fault)
        return fault

    def pair(self) -> str:
        """Run two steps at once; run them and those between them once more; compare."""
        first = self._choose()
        second = min(max(first + self.random.choice((-1, 0, 0, 1, 2)), 0), len(CHAIN) - 1)
        start, end = sorted((first, second))
        fault = f"{CHAIN[first].name} beside {CHAIN[second].name}"
        with self._data_of(start), self._reader(start, end + 1):
            commands = [self._start(CHAIN[first])]
            time.sleep(self.random.uniform(0, self.undisturbed.seconds[first]))  # the fault itself, not a wait for it
            commands.append(self._start(CHAIN[second]))
            for command in commands:
                command.wait()
                self._must_have_no_traceback(command, fault)
            for step in CHAIN[start : end + 1]:
                again = self._start(step)
                # The step before may have been done by the pair already, so that nothing is left for this one.
                again.wait()
                self._must_have_no_traceback(again, fault)
            self._compare(end + 1, fault)
        return fault

    # -- the parts of a trial ------------------------------------------------------------------------
    def _choose(self) -> int:
        return self.random.choices(range(len(CHAIN)), [step.weight for step in CHAIN])[0]

    @contextmanager
    def _data_of(self, number: int) -> Iterator[None]:
        """A fresh copy of the data directory as it was before a step."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            data_dir = Path(folder) / "data"
            shutil.copytree(self.undisturbed.snapshots[number], data_dir, symlinks=True)
            with data_directory(data_dir, self.folder / "publisher"):
                yield

    def _start(self, step: Step, kill_at: int | None = None) -> Command:
        self._started = getattr(self, "_started", 0) + 1
        return Command(step, settings.data_dir.parent / f"{self._started}.log", kill_at)

    def _must_end_well(self, command: Command, fault: str) -> None:
        if command.wait() != 0:
            raise Wrong(f"{fault}: {command.step.name} failed when run again:\n{command.printed()}")
        self._must_have_no_traceback(command, fault)

    def _must_have_no_traceback(self, command: Command, fault: str) -> None:
        if "Traceback" in command.printed():
            raise Wrong(f"{fault}: {command.step.name} printed a traceback:\n{command.printed()}")

    def _compare(self, number: int, fault: str) -> None:
        expected, got = self.undisturbed.states[number], state()
        different = [f"{name}: {got[name]} instead of {expected[name]}" for name in got if got[name] != expected[name]]
        if different:
            raise Wrong(f"{fault}: run again, it left\n" + "\n".join(different))

    @contextmanager
    def _reader(self, first: int, last: int) -> Iterator[None]:
        """Read the published marts repeatedly while the block runs; they must always be those of one of two steps."""
        whole = [self.undisturbed.states[number]["marts"] for number in (first, last)]
        ended, seen = Event(), []

        def read() -> None:
            while not ended.wait(0.05):
                try:
                    marts = published_marts()
                except Exception as problem:
                    seen.append(repr(problem))
                else:
                    if marts not in whole:
                        seen.append(str(marts))

        thread = Thread(target=read)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        if seen:
            raise Wrong(f"A reader saw {seen[0]}")

    def _undisturbed(self) -> Undisturbed:
        data_dir = self.folder / "undisturbed" / "data"
        data_dir.mkdir(parents=True)
        result = Undisturbed([], [], [], [])
        with data_directory(data_dir, self.folder / "publisher"):
            for step in steps(*FIRST_MONTHS):
                self._must_end_well(self._start(step), "the first months")
            for number, step in enumerate(CHAIN):
                self._remember(result, number)
                started = time.monotonic()
                command = self._start(step)
                self._must_end_well(command, "undisturbed")
                result.seconds.append(time.monotonic() - started)
                result.operations.append(command.operations())
            self._remember(result, len(CHAIN))
        return result

    def _remember(self, result: Undisturbed, number: int) -> None:
        snapshot = self.folder / f"before-{number}"
        shutil.copytree(settings.data_dir, snapshot, symlinks=True)
        result.snapshots.append(snapshot)
        result.states.append(state())


def main(
    kills: Annotated[int, typer.Option(help="Kills of a random step.")] = 200,
    pairs: Annotated[int, typer.Option(help="Random pairs of steps at once.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same faults.")] = 1,
) -> None:
    """Run random faults, print each, and end with exit code 1 if one left something wrong."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(Path(folder), seed)
        for number, trial in enumerate([trials.kill] * kills + [trials.pair] * pairs, 1):
            try:
                print(f"{number:4} ok    {trial()}", flush=True)
            except Wrong as problem:
                wrong += 1
                print(f"{number:4} WRONG {problem}", flush=True)
    print(f"{kills} kills and {pairs} pairs with seed {seed}: {wrong} wrong")
    raise typer.Exit(bool(wrong))


if __name__ == "__main__":
    typer.run(main)
