"""A small chain of real ``ontime`` commands on its own data directory, and the content of that directory.

Every command runs in a fork of a process that has imported the libraries, so that hundreds of commands take minutes.
"""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ontime import lake, warehouse
from ontime.datasets import DATASETS, in_order
from ontime.settings import settings
from ontime.sources.embedded import EmbeddedPublisher

#: Flights, after the datasets that they need.
IN_ORDER = in_order(["flights", *DATASETS["flights"].needs])

PRELOADED = ["cli.app", "expectations.validate", "ml.train", "mlflow.tracking", "dbt.cli.main", "tests.faults.chain"]

#: Months of the lake before the chain begins, and the month that the chain adds.
FIRST_MONTHS = ("2013-01", "2013-02")
NEW_MONTH = "2013-03"
PUBLISHED = (warehouse.WAREHOUSE, warehouse.PREDICTIONS, warehouse.MONITORING)
#: A step waits up to 600 s for another one, so a command that takes longer than this hangs.
HANGS_AFTER_SECONDS = 900
#: One of this many flights of the publisher's month is kept.
THINNING = 25


@dataclass(frozen=True)
class Step:
    """One command of the chain. ``weight`` says how often it is chosen: cheap steps more often than slow ones."""

    name: str
    arguments: tuple[str, ...]
    weight: int


def steps(first_month: str, last_month: str) -> list[Step]:
    """The chain for a range of months, in order."""
    months = ("--from", first_month, "--to", last_month)
    return [
        Step("download", ("download", *IN_ORDER, *months), 6),
        Step("check raw", ("check", "raw", *IN_ORDER, *months), 2),
        Step("clean", ("clean", *IN_ORDER, *months), 1),
        Step("check clean", ("check", "clean", *IN_ORDER, *months), 3),
        Step("prepare", ("warehouse", "prepare"), 6),
        Step("build", ("warehouse", "build"), 2),
        Step("check marts", ("check", "marts"), 4),
        Step("publish", ("warehouse", "publish"), 8),
        Step("train", ("model", "train"), 3),
    ]


CHAIN = steps(NEW_MONTH, NEW_MONTH)


def publish_files(folder: Path) -> None:
    """Write the raw files of a small publisher: three months with some of the flights, the other datasets complete."""
    for name in IN_ORDER:
        (folder / name).mkdir(parents=True)
        for partition in DATASETS[name].partitions([*FIRST_MONTHS, NEW_MONTH]):
            file = folder / name / f"{partition}.csv"
            EmbeddedPublisher().fetch(name, partition, file)
            if name == "flights":
                header, *lines = file.read_text().splitlines(keepends=True)
                file.write_text("".join([header, *lines[::THINNING]]))


@contextmanager
def data_directory(data_dir: Path, publisher: Path) -> Iterator[None]:
    """Use ``data_dir``, with the files in ``publisher`` as source, in this process and its commands."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"data_dir": data_dir, "source": "folder", "source_dir": publisher}.items():
            patch.setattr(settings, name, value)
        yield


_CONTEXT = multiprocessing.get_context("forkserver")


def import_libraries() -> None:
    """Start the process whose forks the commands are, so that the first command takes no longer than later ones."""
    _CONTEXT.set_forkserver_preload(PRELOADED)
    first = _CONTEXT.Process(target=int)
    first.start()
    first.join()


class Command:
    """A running command; its output goes to a file. :func:`import_libraries` must have been called."""

    def __init__(self, step: Step, output: Path, kill_at: int | None = None) -> None:
        """``kill_at``: the command kills itself before its n-th file operation, counted from 0."""
        self.step, self.output = step, output
        arguments = (step.arguments, settings.model_dump(), str(output), kill_at)
        self.process: BaseProcess = _CONTEXT.Process(target=_run, args=arguments)
        self.process.start()

    def kill_after(self, seconds: float) -> None:
        """Kill the command and its own processes after this time, if it still runs."""
        self.process.join(seconds)
        if self.process.is_alive():
            # It may have ended meanwhile, or not have its own session yet.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
            self.process.join()

    def wait(self) -> int:
        """The exit code; negative if a signal ended the command. Raises :class:`TimeoutError` if it hangs."""
        self.process.join(HANGS_AFTER_SECONDS)
        code = self.process.exitcode
        if code is None:
            raise TimeoutError(f"{self.step.name} did not end within {HANGS_AFTER_SECONDS} s:\n{self.printed()}")
        return code

    def printed(self) -> str:
        """What the command has printed; nothing if it was killed before it opened its output."""
        return self.output.read_text() if self.output.exists() else ""

    def operations(self) -> int:
        """How many file operations a command that has ended made in the data directory."""
        return int(self.output.with_suffix(".operations").read_text())


def _run(arguments: Sequence[str], values: dict[str, Any], output: str, kill_at: int | None) -> None:
    from cli.app import main

    os.setsid()  # a session of its own: a kill reaches the processes that the command has started
    target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(target, stream)
    for name, value in values.items():
        setattr(settings, name, value)
    os.environ.update(settings.as_environment())
    operations = Operations(values["data_dir"], kill_at)
    sys.addaudithook(operations)
    sys.argv = ["ontime", *arguments]
    try:
        main()
    finally:
        sys.stdout.flush()
        operations.data_dir = None
        Path(output).with_suffix(".operations").write_text(str(operations.count))


class Operations:
    """An audit hook that counts operations which change files of the data directory."""

    EVENTS = frozenset(f"os.{name}" for name in ("rename", "link", "symlink", "remove", "rmdir", "mkdir", "truncate"))

    def __init__(self, data_dir: Path, kill_at: int | None) -> None:
        self.data_dir: str | None = str(data_dir)
        self.kill_at, self.count = kill_at, 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.data_dir is None or not (event in self.EVENTS or _opens_for_writing(event, arguments)):
            return
        if not any(isinstance(argument, str | os.PathLike) and self._is_inside(argument) for argument in arguments):
            return
        if self.count == self.kill_at:
            os.killpg(0, signal.SIGKILL)
        self.count += 1

    def _is_inside(self, path: str | os.PathLike[str]) -> bool:
        return os.fspath(path).startswith(self.data_dir or "\0")


def _opens_for_writing(event: str, arguments: tuple[Any, ...]) -> bool:
    return event == "open" and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


# -- the content of a data directory, without times and identifiers of runs -----------------------
def state() -> dict[str, Any]:
    """The content that must be the same after an undisturbed chain, and after a disturbed chain that was repeated.

    All values are those of JSON, so that a state can be kept in a file.
    """
    with duckdb.connect() as memory:
        clean = {
            f"{name}/{partition.partition}": (
                partition.rows_raw,
                partition.rows_clean,
                partition.quarantined_by_reason,
                partition.is_validated,
                _rows(f"read_parquet('{partition.path}/*.parquet')", memory),
            )
            for name in DATASETS
            for partition in lake.clean_partitions(name)
        }
    content = {
        "raw": {
            str(path.parent.relative_to(settings.raw_dir)): [
                version["sha256"] for version in json.loads(path.read_text())["versions"]
            ]
            for path in sorted(settings.raw_dir.rglob("manifest.json"))
        },
        "clean": clean,
        "candidate": tables(settings.warehouse_candidate),
        "champion": json.loads(pointer.read_text())["version"]
        if (pointer := settings.models_dir / "champion.json").exists()
        else None,
        **{name: tables(warehouse.published_path(name)) for name in PUBLISHED},
    }
    return json.loads(json.dumps(content))


def tables(file: Path) -> dict[str, Any] | None:
    """A digest of each mart, and of each table of the model, in a DuckDB file; None without a file."""
    if not file.is_symlink() and not file.exists():
        return None
    with duckdb.connect(str(file), read_only=True) as connection:
        names = connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables "
            "WHERE table_schema IN ('marts', 'ml') ORDER BY 1"
        ).fetchall()
        return {name: _rows(name, connection) for (name,) in names}


def _rows(relation: str, connection: duckdb.DuckDBPyConnection) -> list[int]:
    # `scored_at` differs in every run.
    query = f"SELECT count(*), bit_xor(hash(t)) FROM (SELECT COLUMNS(lambda c: c <> 'scored_at') FROM {relation}) AS t"
    return list(connection.execute(query).fetchall()[0])
