"""Mutation testing: change one place of the code, and see whether the tests of its module fail. ``make mutants``.

A random sample of places, with a fixed seed, is drawn from the rooms ``ROOMS``. cosmic-ray makes one change at each.
Everything happens in a copy of the repository, never in the checkout. A mutant (a changed module) is *killed* if a test
of the module fails or takes much longer than without the change. First run the module's own tests, then those of
``RELATED``, last the slow ones of ``make test-more``, until one fails. All must pass without a change; modules whose
tests do not pass are left out, and named. Annotations and options of dataclasses are left out, because no test can
notice them, and so are drawings, which people look at. Survivors are printed with their change. The sample is in random
order, so the first mutants of a run that was stopped are a sample too. With ``--results FILE``, the next run continues.

    python tests/mutants.py PYTHON_OF_THE_PROJECT [--sample 300] [--seed 19] [--rooms ontime/lake …]
        [--quick] [--results FILE]
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

PROJECT_DIR = Path(__file__).resolve().parents[1]
ROOMS = ("ontime/lake", "ontime/warehouse", "expectations", "ml/registry", "spark_jobs/engine")
#: `figures.py` draws the figures of the model card.
LEFT_OUT = ("__init__.py", "figures.py")
QUICK, SLOW = "not more and not docker", "more and not docker"
#: Tests end as too slow after this many times their duration without a change, and these seconds.
TIMES_SLOWER, SECONDS_MORE, SECONDS_UNCHANGED = 5, 30, 3600

#: Tests of a module besides its own, ``tests/<folder>/test_<module>*.py``: by its path or the folder above it.
RELATED = {
    "ontime/lake": ["tests/ontime/lake", "tests/faults/test_lake.py", "tests/faults/test_lake_files.py"],
    "ontime/lake/lookups.py": ["tests/faults/test_lake_lookups.py", "tests/faults/test_lake.py"],
    "ontime/lake/lines.py": ["tests/ontime/lake", "tests/faults/test_input.py"],
    "ontime/warehouse": [
        "tests/ontime/warehouse/test_versions.py",
        "tests/ontime/warehouse/test_candidate.py",
        "tests/faults/test_publication_versions.py",
        "tests/faults/test_publication_candidates.py",
        "tests/faults/test_publication_lake.py",
        "tests/faults/test_publication_processes.py",
    ],
    "ontime/warehouse/ml_tables.py": ["tests/ml/test_monitoring.py", "tests/faults/test_publication_processes.py"],
    "ontime/warehouse/docs.py": ["tests/cli/test_warehouse.py"],
    "expectations": ["tests/expectations/test_suites.py", "tests/expectations/test_shared.py"],
    "expectations/bands.py": ["tests/faults/test_volume.py"],
    "expectations/volume.py": ["tests/faults/test_volume.py"],
    "expectations/marts.py": ["tests/expectations/test_marts.py"],
    "expectations/lake_in_marts.py": ["tests/expectations/test_marts.py"],
    "expectations/validate.py": ["tests/expectations/gate/test_gate.py", "tests/cli/test_check.py"],
    "expectations/gate": ["tests/expectations/gate", "tests/expectations/test_validate.py"],
    "ml/registry": ["tests/ml/registry", "tests/faults/test_models.py", "tests/faults/test_models_in_mlflow.py"],
    "ml/registry/artifacts.py": ["tests/faults/test_models.py", "tests/faults/test_models_in_training.py"],
    "ml/registry/card.py": ["tests/faults/test_pages.py", "tests/ml/test_train.py"],
    "ml/registry/figures.py": ["tests/faults/test_pages.py", "tests/ml/test_train.py"],
    "spark_jobs/engine": ["tests/spark_jobs/engine", "tests/faults/test_input.py"],
}

#: A place of the code: file, line, and the changes that cosmic-ray knows for it, as (operator, occurrence).
Place = tuple[Path, int, list[tuple[str, int]]]


def places(file: Path) -> Iterator[Place]:
    """Every place of a file that can be changed."""
    source = (PROJECT_DIR / file).read_text()
    unnoticed = set(_without_effect(ast.parse(source)))
    tree, changes_at = get_ast(source), {}
    for name in plugins.operator_names():
        operator = plugins.get_operator(name)
        if operator.arguments() or name == "core/NoOp":
            continue
        positions = (one for node in ast_nodes(tree) for one in operator().mutation_positions(node))
        for occurrence, (start, end) in enumerate(positions):
            if not any(first <= start and end <= last for first, last in unnoticed):
                changes_at.setdefault((start, end), []).append((name, occurrence))
    for (start, _), changes in sorted(changes_at.items()):
        yield file, start[0], changes


def _without_effect(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Begin and end of annotations and of decorators of classes, such as ``@dataclass(frozen=True)``."""
    for node in ast.walk(tree):
        parts = [getattr(node, name, None) for name in ("annotation", "returns")]
        parts += node.decorator_list if isinstance(node, ast.ClassDef) else []
        for part in filter(None, parts):
            yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)


def stages(file: Path, copy: Path) -> list[list[str]]:
    """The arguments of pytest for the tests of a module: its own quick ones, the related quick ones, all slow ones."""
    own = [str(path.relative_to(copy)) for path in (copy / "tests" / file.parent).glob(f"test_{file.stem}*.py")]
    nearest = next(str(path) for path in (file, *file.parents) if str(path) in RELATED)
    related = [test for test in RELATED[nearest] if (copy / test).exists() and test not in own]
    not_again = [f"--ignore={test}" for test in own]
    # Without a file, pytest would run every test of the project.
    return [
        *([["-m", QUICK, *own]] if own else []),
        *([["-m", QUICK, *related, *not_again]] if related else []),
        *([["-m", SLOW, *own, *related]] if own or related else []),
    ]


class Tests:
    """Runs tests in the copy, and remembers how long they take without a change."""

    def __init__(self, python: str, copy: Path, with_slow: bool) -> None:
        self.copy, self.with_slow = copy, with_slow
        self.seconds: dict[tuple[str, ...], float | None] = {}
        self.runner = subprocess.Popen(
            [python, "-m", "tests.mutant_runner"],
            cwd=copy,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(copy), "ONTIME_DATA_DIR": str(copy / "data")},
        )

    def stages(self, file: Path) -> list[list[str]]:
        every = stages(file, self.copy)
        return every if self.with_slow else every[:-1]

    def passes_unchanged(self, stage: list[str]) -> bool:
        """Whether these tests pass without a change; they are run once."""
        key = tuple(stage)
        if key not in self.seconds:
            started = time.monotonic()
            how = self._run(stage, SECONDS_UNCHANGED, is_clean=True)
            self.seconds[key] = None if how else time.monotonic() - started
            print(f"{how or 'passed':8} {time.monotonic() - started:5.0f} s unchanged: {' '.join(stage)}", flush=True)
        return self.seconds[key] is not None

    def failure(self, file: Path) -> str:
        """How one of a module's tests fails, or an empty text."""
        for stage in self.stages(file):
            seconds = (self.seconds[tuple(stage)] or 0) * TIMES_SLOWER + SECONDS_MORE
            if how := self._run(stage, seconds, is_clean=False):
                return how
        return ""

    def _run(self, stage: list[str], seconds: float, is_clean: bool) -> str:
        arguments = ["-n", "0", "-x", "-q", "-p", "no:cacheprovider", *stage]
        print(
            json.dumps({"arguments": arguments, "seconds": seconds, "is_clean": is_clean}),
            file=self.runner.stdin,
            flush=True,
        )
        answer = self.runner.stdout.readline().strip()
        if not answer:
            raise RuntimeError("The process that runs the tests has ended.")
        return "" if answer in ("0", "5") else answer if answer == "too slow" else "killed"  # 5: no such test


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", type=lambda path: str(Path(path).absolute()))
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--rooms", nargs="+", default=list(ROOMS))
    parser.add_argument("--quick", action="store_true", help="only the tests of `make test`")
    parser.add_argument("--results", type=Path, help="keeps each verdict; what it has is not run again")
    options = parser.parse_args()
    modules = sorted({path.relative_to(PROJECT_DIR) for room in options.rooms for path in _modules(room)})
    every = [place for file in modules for place in places(file)]
    draw = random.Random(options.seed)
    sample = draw.sample(every, min(options.sample, len(every)))
    print(f"Seed {options.seed}: {len(sample)} of {len(every)} places in {len(modules)} modules", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        ignore = shutil.ignore_patterns(".venv", "data", ".git", "__pycache__", "node_modules")
        copy = Path(shutil.copytree(PROJECT_DIR, Path(folder) / "ontime", ignore=ignore))
        tests, verdicts = Tests(options.python, copy, with_slow=not options.quick), Verdicts(options.results)
        for file, line, changes in sample:
            change = draw.choice(changes)
            name = f"{file}:{line} {change[0]} {change[1]}"
            if name in verdicts:
                continue
            if all(tests.passes_unchanged(stage) for stage in tests.stages(file)):
                verdicts.add(name, _mutate(file, change, name, tests))
            else:
                print(f"left out {name}: its tests fail without a mutant", flush=True)
        return _report(verdicts)


class Verdicts(dict[str, bool]):
    """Whether each mutant was killed, by its name. With a file, also those of earlier runs."""

    def __init__(self, results: Path | None) -> None:
        lines = results.read_text().splitlines() if results and results.exists() else []
        super().__init__((name, how == "killed") for how, _, name in (line.partition(" ") for line in lines))
        self.results = results

    def add(self, name: str, is_killed: bool) -> None:
        self[name] = is_killed
        if self.results:
            with self.results.open("a") as file:
                file.write(f"{'killed' if is_killed else 'survived'} {name}\n")


def _modules(room: str) -> list[Path]:
    path = PROJECT_DIR / room
    return [path] if path.is_file() else [file for file in path.rglob("*.py") if file.name not in LEFT_OUT]


def _mutate(file: Path, change: tuple[str, int], name: str, tests: Tests) -> bool:
    """Make a change, run the tests, restore the file; whether the mutant was killed."""
    operator, occurrence = change
    source = (tests.copy / file).read_text()
    mutant: Any = mutate_code(source, plugins.get_operator(operator)(), occurrence)
    (tests.copy / file).write_text(mutant)
    started = time.monotonic()
    try:
        how = tests.failure(file)
    finally:
        (tests.copy / file).write_text(source)
    print(f"{how or 'SURVIVED':8} {time.monotonic() - started:5.0f} s {name}", flush=True)
    if not how:
        for old, new in zip(source.splitlines(), mutant.splitlines(), strict=False):
            if old != new:
                print(f"    - {old.strip()}\n    + {new.strip()}", flush=True)
                break
    return bool(how)


def _report(verdicts: Verdicts) -> int:
    sampled, killed = Counter(map(_room, verdicts)), Counter(_room(name) for name in verdicts if verdicts[name])
    for room in sorted(sampled):
        print(f"{room:20} {killed[room]:4} of {sampled[room]:4} killed")
    print(f"{'together':20} {killed.total():4} of {sampled.total():4} killed: {killed.total() / sampled.total():.0%}")
    return 0 if killed.total() >= 0.9 * sampled.total() else 1


def _room(name: str) -> str:
    return str(Path(name.partition(":")[0]).parent)


if __name__ == "__main__":
    sys.exit(main())
