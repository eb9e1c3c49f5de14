"""Shared parts of the tests of publication: the start of each row, the steps that it runs, and the final check.

Each row starts from two published months (value 1). The months are tiny files. ``made.candidate`` stands in for dbt: it
writes the candidate, and the proof of a build as dbt's hook does.
"""

import inspect
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.warehouse import app
from ontime import warehouse
from ontime.settings import settings
from ontime.warehouse import records
from tests.faults.fault import Fault, Verdict
from tests.ontime.warehouse.made import candidate, commit, commit_all, published_value

REFUSED, HEALED, HARMLESS, WAITS = Verdict.REFUSED, Verdict.HEALED, Verdict.HARMLESS, Verdict.WAITS
MONTHS = ("2013-01", "2013-02")
NAMES = (records.WAREHOUSE, records.PREDICTIONS, records.MONITORING)
Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Start:
    """The data directory from which every row starts."""

    data_dir: Path

    def copy(self) -> None:
        """Make the row's own copy."""
        restore(self.data_dir, settings.data_dir)


def make_start() -> None:
    """Publish two months; ``made.candidate`` gives the warehouse the value 1."""
    commit_all(MONTHS, MONTHS)
    assert warehouse.prepare_candidate()
    build(1)
    warehouse.publish_candidate()


def restore(source: Path, data_dir: Path) -> None:
    """Replace a data directory by a copy of another one."""
    shutil.rmtree(data_dir, ignore_errors=True)
    shutil.copytree(source, data_dir, symlinks=True)


def build(value: int) -> None:
    """Build the prepared candidate and let it pass its gate."""
    candidate(value)
    warehouse.mark_candidate_validated()


def ready(value: int = 2) -> None:
    """Commit a month again, with ``value``, and prepare a candidate that has passed its gate."""
    commit("flights", "2013-02", value)
    assert warehouse.prepare_candidate()
    build(value)


def publish(value: int) -> warehouse.Version:
    """Commit a month again, with ``value``, and publish a candidate with it."""
    ready(value)
    return warehouse.publish_candidate()


def command(*arguments: str) -> str:
    """Run ``ontime warehouse …`` and return its output. A refusal must be exit code 1 without a traceback."""
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in (0, 1), result.output
    return result.output


def message(step: Callable[[], object]) -> str:
    """The message of a step of the warehouse that must refuse."""
    with pytest.raises(warehouse.REFUSALS) as refused:
        step()
    return str(refused.value)


def current() -> warehouse.Version:
    """The published warehouse."""
    version = warehouse.current()
    assert version
    return version


def candidate_record() -> Path:
    """The path of ``candidate.json``."""
    return settings.warehouse_candidate.with_suffix(".json")


def left_over() -> set[str]:
    """Files of the warehouse that no step needs: half versions, candidates, temporary files and links."""
    versions = [version for name in NAMES for version in warehouse.history(name)]
    kept = {version.path.with_suffix(suffix).name for version in versions for suffix in (".duckdb", ".json")}
    kept |= {f"{name}{suffix}" for name in NAMES for suffix in (".duckdb", ".json")}
    kept |= {"candidate.json", "dropped.json"}
    folders = (settings.warehouse_dir, *(settings.warehouse_dir / "versions" / name for name in ("", *NAMES)))
    return {path.name for folder in folders for path in folder.glob("*") if not path.is_dir()} - kept


def rows(faults: list[Fault], more: tuple[Callable[..., Any] | str, ...] = ()) -> list[Any]:
    """Faults as parameters of a test; those whose cause or name is in ``more`` run only in ``make test-more``."""
    return [
        pytest.param(fault, marks=[pytest.mark.more] if {fault.cause, fault.name} & {*more} else [], id=str(fault))
        for fault in faults
    ]


def check(fault: Fault, start: Start, patch: Patch) -> None:
    """Cause a fault; check the message, and the value that is published afterwards: 1 is the old version, 2 the new."""
    assert fault.cause
    start.copy()
    wanted = inspect.signature(fault.cause).parameters
    printed = fault.cause(**{name: value for name, value in {"patch": patch}.items() if name in wanted})
    assert fault.message in " ".join(printed.split())
    if fault.verdict is REFUSED:
        # Where the published file itself is damaged, nothing takes its place.
        assert not warehouse.published_path().is_file() or published_value() == 1
    else:
        assert (published_value(), left_over()) == (2, set())
