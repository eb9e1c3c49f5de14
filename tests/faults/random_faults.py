"""Kills random commands of the chain, and runs random pairs of commands at once. The same seed gives the same faults.

``python -m tests.faults.random_faults --kills 200 --pairs 200 --seed 1`` runs these numbers of faults; ``make
test-more`` runs a few. Every fault starts from a copy of the data directory before one step of the undisturbed chain.
After the fault, the steps concerned run again. The data directory must then be equal to that of the undisturbed chain
after the same steps, and a reader must have seen only whole published files meanwhile.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from ontime.settings import settings
from tests.faults.chain import CHAIN, PUBLISHED, Command, Step, data_directory, import_libraries, state
from tests.faults.reader import Reader
from tests.faults.undisturbed import PUBLISHER, Undisturbed


class Wrong(AssertionError):
    """A fault left something wrong behind; the message says how to repeat it."""


class Trials:
    """Runs faults on copies of the snapshots in ``folder``, which keeps the undisturbed chain."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        import_libraries()
        self.undisturbed = Undisturbed.of(folder)
        self._running: list[Command] = []

    def kill(self, number: int) -> str:
        """Kill one step before a random file operation or at a random instant; run it again; compare.

        Returns what was done. ``number`` chooses one of the kills of this seed. Raises :class:`Wrong`.
        """
        random = Random(f"{self.seed} kill {number}")
        place = _choose(random)
        step, before = CHAIN[place], self.undisturbed.moments[place]
        with self._data_of(place, place + 1):
            if random.random() < 0.5:
                at = random.randrange(max(before.operations, 1))
                fault, command = f"{step.name}, killed before file operation {at}", self._start(step, kill_at=at)
            else:
                seconds = random.uniform(0, before.seconds)
                fault, command = f"{step.name}, killed after {seconds:.2f} s", self._start(step)
                command.kill_after(seconds)
            if command.wait() == 0:
                fault += ", which was after its end"
            again = self._start(step)
            if again.wait() != 0:
                raise Wrong(f"{fault}: {step.name} failed when run again:\n{again.printed()}")
            self._compare(place + 1, fault)
        return fault

    def pair(self, number: int) -> str:
        """Run two steps at once; run them and those between them once more; compare. As :meth:`kill`."""
        random = Random(f"{self.seed} pair {number}")
        first = _choose(random)
        second = min(max(first + random.choice((-1, 0, 0, 1, 2)), 0), len(CHAIN) - 1)
        start, end = sorted((first, second))
        with self._data_of(start, end + 1):
            commands = [self._start(CHAIN[first])]
            seconds = random.uniform(0, self.undisturbed.moments[first].seconds)
            time.sleep(seconds)  # the fault itself, not a wait for it
            commands.append(self._start(CHAIN[second]))
            for command in commands:
                command.wait()
            fault = f"{CHAIN[first].name}, after {seconds:.2f} s {CHAIN[second].name}"
            for step in CHAIN[start : end + 1]:
                # The pair may have done the step before already, so that nothing is left for this one.
                self._start(step).wait()
            self._compare(end + 1, fault)
        return fault

    # -- the parts of a trial ------------------------------------------------------------------------
    @contextmanager
    def _data_of(self, start: int, end: int) -> Iterator[None]:
        """A copy of the data directory as it was before step ``start``, with a reader of the published files.

        The reader may see what was published at any moment from ``start`` to ``end``.
        """
        moments = self.undisturbed.moments[start : end + 1]
        whole = {name: [moment.state[name] for moment in moments] for name in PUBLISHED}
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            data_dir = Path(folder) / "data"
            shutil.copytree(moments[0].snapshot, data_dir, symlinks=True)
            with data_directory(data_dir, self.folder / PUBLISHER):
                try:
                    with Reader(whole) as reader:
                        yield
                finally:
                    for command in self._running:
                        command.kill_after(0)  # one that still runs after a problem
                    self._running.clear()
            if reader.problems:
                raise Wrong(f"a reader saw {reader.problems[0]}")

    def _start(self, step: Step, kill_at: int | None = None) -> Command:
        command = Command(step, settings.data_dir.parent / f"{len(self._running)}.log", kill_at)
        self._running.append(command)
        return command

    def _compare(self, place: int, fault: str) -> None:
        for command in self._running:
            if "Traceback" in command.printed():
                raise Wrong(f"{fault}: {command.step.name} printed a traceback:\n{command.printed()}")
        expected, got = self.undisturbed.moments[place].state, state()
        different = [f"{name}: {got[name]} instead of {expected[name]}" for name in got if got[name] != expected[name]]
        if different:
            printed = "\n".join(f"-- {command.step.name}\n{command.printed()}" for command in self._running)
            raise Wrong(f"{fault}: run again, it left\n" + "\n".join(different) + f"\nThe steps printed:\n{printed}")


def _choose(random: Random) -> int:
    return random.choices(range(len(CHAIN)), [step.weight for step in CHAIN])[0]


# -- many trials -----------------------------------------------------------------------------------
def run(trials: dict[str, Callable[[], str]], results: Path) -> int:
    """Run trials by name and print their results. Returns how many are wrong. ``results`` gets a line for each.

    Trials that the file names as right are not run again.
    """
    wrong, done = 0, results.read_text().splitlines() if results.exists() else []
    right = {" ".join(words[:2]) for line in done if (words := line.split())[2] == "ok"}
    for name, trial in trials.items():
        if name in right:
            continue
        started = time.monotonic()
        try:
            verdict, (line, *details) = "ok", trial().splitlines()
        except (Wrong, TimeoutError) as problem:
            wrong += 1
            verdict, (line, *details) = "WRONG", str(problem).splitlines()
        line = f"{name} {verdict} {line} ({time.monotonic() - started:.0f} s)"
        print("\n".join([line, *details]), flush=True)
        with results.open("a") as file:
            file.write(line + "\n")
    return wrong


def main(
    kills: Annotated[int, typer.Option(help="Kills of a random step.")] = 200,
    pairs: Annotated[int, typer.Option(help="Random pairs of steps at once.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same faults.")] = 1,
    folder: Annotated[
        Path | None,
        typer.Option(help="Keeps the undisturbed chain and results.txt: a second run does what is missing or wrong."),
    ] = None,
) -> None:
    """Run random faults, print each, and end with exit code 1 if one left something wrong."""
    with tempfile.TemporaryDirectory() as temporary:
        kept = folder or Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        trials = Trials(kept, seed)
        kinds = [("kill", kills, trials.kill), ("pair", pairs, trials.pair)]
        chosen = {
            f"{kind} {number}": lambda fault=fault, number=number: fault(number)
            for kind, count, fault in kinds
            for number in range(1, count + 1)
        }
        wrong = run(chosen, kept / "results.txt")
    print(f"{kills} kills and {pairs} pairs with seed {seed}: {wrong} wrong")
    raise typer.Exit(bool(wrong))


if __name__ == "__main__":
    typer.run(main)
