"""The chain without faults: a copy of the data directory before each step, and its content."""

import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ontime.settings import settings
from ontime.warehouse import dbt
from tests.faults.chain import CHAIN, FIRST_MONTHS, Command, Step, data_directory, publish_files, state, steps

#: The folder of the publisher's files, in the folder of the undisturbed chain.
PUBLISHER = "publisher"


@dataclass(frozen=True)
class Moment:
    """The data directory before a step, as the folder ``snapshot`` with the content ``state``; how long the step takes
    and how many file operations it makes. The last moment is the end of the chain."""

    snapshot: Path
    state: dict[str, Any]
    seconds: float
    operations: int


@dataclass(frozen=True)
class Undisturbed:
    """One moment before each step of the chain, and one after the last step."""

    moments: list[Moment]

    @classmethod
    def of(cls, folder: Path) -> "Undisturbed":
        """The undisturbed chain that ``folder`` keeps; it is run first if the folder has none."""
        record = folder / "undisturbed.json"
        if not record.exists():
            moments = _run(folder)
            record.write_text(json.dumps([asdict(moment) for moment in moments], default=str))
        # From the record, so that both runs compare with the same.
        moments = json.loads(record.read_text())
        return cls([Moment(**{**moment, "snapshot": Path(moment["snapshot"])}) for moment in moments])


def _run(folder: Path) -> list[Moment]:
    data_dir, moments = folder / "undisturbed" / "data", []
    data_dir.mkdir(parents=True)
    publish_files(folder / PUBLISHER)
    with data_directory(data_dir, folder / PUBLISHER):
        dbt.remember_unit_tests()  # `tests/dbt_project` runs them
        for step in steps(*FIRST_MONTHS):
            _run_step(step)
        for place, step in enumerate(CHAIN):
            snapshot, content = _copied(folder, place), state()
            started = time.monotonic()
            operations = _run_step(step).operations()
            moments.append(Moment(snapshot, content, time.monotonic() - started, operations))
        moments.append(Moment(_copied(folder, len(CHAIN)), state(), 0, 0))
    return moments


def _copied(folder: Path, place: int) -> Path:
    return shutil.copytree(settings.data_dir, folder / f"before-{place}", symlinks=True)


def _run_step(step: Step) -> Command:
    command = Command(step, settings.data_dir.parent / "undisturbed.log")
    assert command.wait() == 0, f"undisturbed: {step.name} failed:\n{command.printed()}"
    return command
