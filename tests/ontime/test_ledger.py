"""The run ledger: whole lines, whoever writes, and damaged lines that hide nothing else."""

import json
import multiprocessing
import os
from dataclasses import asdict, replace

import pytest

from ontime import ledger
from ontime.settings import settings

CLEAN = ledger.TaskRun(
    dag="flights",
    task="clean",
    run="manual__1",
    state="success",
    attempt=1,
    started_at="2026-11-27T10:00:00.000+00:00",
    ended_at="2026-11-27T10:00:12.500+00:00",
    duration_seconds=12.5,
    first_month="2013-01",
    last_month="2013-02",
)


def test_what_is_written_is_read_in_the_order_of_its_end(data_dir):
    later = replace(CLEAN, task="validate_clean", ended_at="2026-11-27T10:00:20.000+00:00")
    december = replace(CLEAN, ended_at="2026-12-01T00:00:00.000+00:00", state="failed", map_index=3)
    for task in (december, later, CLEAN):
        ledger.append(task)
    assert ledger.read() == ledger.Ledger([CLEAN, later, december], 0)
    assert sorted(path.name for path in settings.runs_dir.iterdir()) == ["2026-11.jsonl", "2026-12.jsonl"]
    assert ledger.read(files=1).tasks == [december]


def test_before_the_first_task_the_ledger_is_empty(data_dir):
    assert ledger.read() == ledger.Ledger([], 0)


GOOD = asdict(CLEAN)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(json.dumps(GOOD)[:40], id="cut off"),
        pytest.param("", id="an empty line"),
        pytest.param("\x00\x00\x00", id="zeros, after a power cut"),
        pytest.param("[1, 2]", id="not an object"),
        pytest.param(json.dumps(GOOD | {"colour": "red"}), id="a field of later code"),
        pytest.param(json.dumps({"dag": "flights"}), id="fields are missing"),
        pytest.param(json.dumps(GOOD | {"state": "running"}), id="not an end"),
        pytest.param(json.dumps(GOOD | {"ended_at": "yesterday"}), id="not a time"),
        pytest.param(json.dumps(GOOD | {"ended_at": "2026-11-27T09:00:00.000+00:00"}), id="ended before it started"),
        pytest.param(json.dumps(GOOD | {"duration_seconds": "long"}), id="not a number"),
    ],
)
def test_a_damaged_line_is_counted_and_its_neighbours_are_read(data_dir, line):
    ledger.append(CLEAN)
    path = settings.runs_dir / "2026-11.jsonl"
    path.write_text(path.read_text() + line + "\n")
    ledger.append(CLEAN)
    assert ledger.read() == ledger.Ledger([CLEAN, CLEAN], 1)


def test_a_line_that_does_not_fit_on_the_disk_is_an_error(data_dir, monkeypatch):
    monkeypatch.setattr(os, "write", lambda descriptor, line: len(line) - 1)
    with pytest.raises(OSError, match="disk is full"):
        ledger.append(CLEAN)


def write_many(folder, number: int) -> None:
    settings.data_dir = folder
    for attempt in range(1, 101):
        ledger.append(replace(CLEAN, task=f"task_{number}", attempt=attempt))


def test_lines_of_processes_that_write_at_once_do_not_mix(data_dir):
    writers = [multiprocessing.get_context("fork").Process(target=write_many, args=(data_dir, n)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    read = ledger.read()
    assert read.damaged_lines == 0
    assert {(task.task, task.attempt) for task in read.tasks} == {
        (f"task_{number}", attempt) for number in range(4) for attempt in range(1, 101)
    }
