"""Mutation testing: change one place of the code, and see whether the tests of its module fail. ``make mutants``.

A random sample of places, with a fixed seed, is drawn from the rooms ``ROOMS``. cosmic-ray makes one change at each.
Everything happens in a copy of the repository, never in the checkout. A mutant (a changed module) is *killed* if a test
of the module fails or takes longer than the time limit; the quick tests run first, then those of ``make
test-more``. These tests must pass without a change; modules whose tests do not pass are left out, and named.
Annotations are left out: no test can notice them. Survivors are printed with their change.

    python tests/mutants.py PYTHON_OF_THE_PROJECT [--sample 300] [--seed 19] [--rooms ontime/lake …]
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

PROJECT_DIR = Path(__file__).resolve().parents[1]
ROOMS = ("ontime/lake", "ontime/warehouse", "expectations", "ml/registry", "spark_jobs/engine")
TIMEOUT_SECONDS = 900
#: The quick tests, then those of ``make test-more``.
MARKERS = ["not more and not docker", "more"]

#: Tests of a module besides ``tests/<folder>/test_<module>*.py``, by a path or the folder above it.
TESTS = {
    "ontime/lake": ["tests/ontime/lake", "tests/faults/test_lake.py", "tests/faults/test_lake_files.py"],
    "ontime/warehouse": ["tests/ontime/warehouse", "tests/faults/test_publication_versions.py"],
    "expectations": ["tests/expectations"],
    "expectations/gate": ["tests/expectations/gate", "tests/expectations/test_validate.py"],
    "ml/registry": ["tests/ml/registry", "tests/faults/test_models.py"],
    "spark_jobs/engine": ["tests/spark_jobs/engine"],
}

#: A place of the code: file, line, and the changes that cosmic-ray knows for it, as (operator, occurrence).
Place = tuple[Path, int, list[tuple[str, int]]]


def places(file: Path) -> Iterator[Place]:
    """Every place of a file that can be changed."""
    source = (PROJECT_DIR / file).read_text()
    annotated = set(_annotations(ast.parse(source)))
    tree, found = get_ast(source), {}
    for name in plugins.operator_names():
        operator = plugins.get_operator(name)
        if operator.arguments() or name == "core/NoOp":
            continue
        positions = (one for node in ast_nodes(tree) for one in operator().mutation_positions(node))
        for occurrence, (start, end) in enumerate(positions):
            if not any(first <= start and end <= last for first, last in annotated):
                found.setdefault((start, end), []).append((name, occurrence))
    for (start, _), changes in sorted(found.items()):
        yield file, start[0], changes


def _annotations(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if one := getattr(node, name, None):
                yield (one.lineno, one.col_offset), (one.end_lineno, one.end_col_offset)


def tests_of(file: Path, copy: Path) -> list[str]:
    """The tests of a module: those named after it, else those of the nearest folder in ``TESTS``."""
    named = [str(path.relative_to(copy)) for path in (copy / "tests" / file.parent).glob(f"test_{file.stem}*.py")]
    folder = next(str(parent) for parent in file.parents if str(parent) in TESTS)
    listed = [test for test in TESTS[folder] if (copy / test).exists()]
    return list(dict.fromkeys([*named, *listed]))


def failure(python: str, tests: list[str], copy: Path) -> str:
    """How one of these tests fails in the copy, or an empty text; the quick ones are run first."""
    for marker in MARKERS:
        command = [python, "-B", "-m", "pytest", "-n", "0", "-x", "-q", "-p", "no:cacheprovider", "-m", marker, *tests]
        try:
            run = subprocess.run(
                command,
                cwd=copy,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                env=os.environ | {"PYTHONPATH": str(copy), "ONTIME_DATA_DIR": str(copy / "data")},
            )
        except subprocess.TimeoutExpired:
            return "too slow"
        if run.returncode not in (0, 5):  # 5: no test has this marker
            return "killed"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", type=lambda path: str(Path(path).absolute()))
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--rooms", nargs="+", default=list(ROOMS))
    parser.add_argument("--quick", action="store_true", help="only the tests of `make test`")
    options = parser.parse_args()
    if options.quick:
        MARKERS.remove("more")
    modules = sorted({path.relative_to(PROJECT_DIR) for room in options.rooms for path in _modules(room)})
    every = [place for file in modules for place in places(file)]
    draw = random.Random(options.seed)
    sample = draw.sample(every, min(options.sample, len(every)))
    print(f"Seed {options.seed}: {len(sample)} of {len(every)} places in {len(modules)} modules", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        ignore = shutil.ignore_patterns(".venv", "data", ".git", "__pycache__", "node_modules")
        copy = Path(shutil.copytree(PROJECT_DIR, Path(folder) / "ontime", ignore=ignore))
        passing: dict[tuple[str, ...], bool] = {}
        verdicts = []
        for place in sample:
            tests = tuple(tests_of(place[0], copy))
            if tests not in passing:
                passing[tests] = not failure(options.python, list(tests), copy)
            if passing[tests]:
                verdicts.append((_mutate(place, draw, options.python, copy), str(place[0].parent)))
            else:
                print(f"left out {place[0]}:{place[1]}: its tests fail without a mutant", flush=True)
        return _report(verdicts)


def _modules(room: str) -> list[Path]:
    path = PROJECT_DIR / room
    return [path] if path.is_file() else [file for file in path.rglob("*.py") if file.name != "__init__.py"]


def _mutate(place: Place, draw: random.Random, python: str, copy: Path) -> bool:
    """Change one place, run the tests, restore it; whether the mutant was killed."""
    file, line, changes = place
    name, occurrence = draw.choice(changes)
    source = (copy / file).read_text()
    mutant: Any = mutate_code(source, plugins.get_operator(name)(), occurrence)
    (copy / file).write_text(mutant)
    try:
        how = failure(python, tests_of(file, copy), copy)
    finally:
        (copy / file).write_text(source)
    print(f"{how or 'SURVIVED':8} {file}:{line} {name}", flush=True)
    if not how:
        for old, new in zip(source.splitlines(), mutant.splitlines(), strict=False):
            if old != new:
                print(f"    - {old.strip()}\n    + {new.strip()}", flush=True)
                break
    return bool(how)


def _report(verdicts: list[tuple[bool, str]]) -> int:
    sampled, killed = Counter(room for _, room in verdicts), Counter(room for one, room in verdicts if one)
    for room in sorted(sampled):
        print(f"{room:20} {killed[room]:4} of {sampled[room]:4} killed")
    print(f"{'together':20} {killed.total():4} of {sampled.total():4} killed: {killed.total() / sampled.total():.0%}")
    return 0 if killed.total() >= 0.9 * sampled.total() else 1


if __name__ == "__main__":
    sys.exit(main())
