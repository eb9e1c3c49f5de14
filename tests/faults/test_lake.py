"""The lake: downloads, cleanings and their files."""

import os
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from ontime import lake, locks
from ontime.contract import ALL
from ontime.settings import settings
from ontime.sources.download import download
from spark_jobs.engine import partitions
from tests.faults import small_lake
from tests.faults.fault import Fault, Verdict
from tests.faults.killing import at_once, full_disk, is_stopped, kill
from tests.faults.small_lake import MONTH, january_as_read, publish, raw_contents


def more(fault: Fault):
    return pytest.param(fault, marks=pytest.mark.more)


# -- stopped, then run again -------------------------------------------------------
def store(number: int) -> None:
    publish(f"UA,United {number}")
    download("airlines", [ALL])


def commit(number: int) -> None:
    small_lake.flights() if number else small_lake.commit("flights", MONTH, [])


def mark(number: int) -> None:
    manifest = lake.clean_partition("flights", MONTH)
    lake.clear_validated(manifest)
    lake.mark_validated(manifest)


def link(number: int) -> None:
    lake.snapshot(settings.candidate_inputs_dir)


STEPS: dict[str, tuple[Callable[[int], None], Callable[[], object], list]] = {
    # step: (itself, with one content or another; what a reader sees; what may be seen besides the two contents)
    "store a re-published file": (store, lambda: raw_contents()[-1], []),
    "commit clean rows": (commit, january_as_read, [(0, 0, False), (5, 2, False)]),
    "mark a commit as validated": (mark, january_as_read, [(5, 2, False)]),
    "link what a build reads": (link, lambda: sorted(lake.commits(settings.candidate_inputs_dir)), None),
}
STOPPED = {
    Fault(f"{name} before any change of a file", step, Verdict.HEALED): (step, by)
    for name, by in {"killed": kill, "the disk is full": full_disk}.items()
    for step in STEPS
}


def _is_quick(fault: Fault) -> bool:
    return STOPPED[fault][1] is kill and fault.where != "link what a build reads"


@pytest.mark.parametrize("fault", [fault if _is_quick(fault) else more(fault) for fault in STOPPED], ids=str)
def test_a_stopped_step_leaves_old_or_new_and_the_next_run_ends_it(fault, lake_dir):
    (step, read, between), by = STEPS[STOPPED[fault][0]], STOPPED[fault][1]
    contents = []
    for number in (0, 1):
        step(number)
        contents.append(read())
    for changes in count():
        number = changes % 2
        was_stopped = is_stopped(partial(step, number), changes, by)
        assert between is None or read() in (*contents, *between), f"stopped before change {changes}"
        step(number)
        assert read() == contents[number], f"stopped before change {changes}, then run again"
        assert _leftovers(lake_dir) == []
        if not was_stopped:
            break
    assert changes >= 2, "the step changes at least two files"


def _leftovers(folder: Path) -> list[Path]:
    """Files of a stopped step that the next step should have removed."""
    return [path for path in folder.rglob(".*") if path.name not in (".locks", ".versions", ".staging")]


# -- twice at once -----------------------------------------------------------------
PARTITIONS = [f"{year}-{month:02d}" for year in (2000, 2001) for month in range(1, 13)]


def _download_versions(process: int) -> None:
    """Download every month from a publisher that sends each process a different file."""
    settings.source_dir = settings.source_dir / str(process)
    for month in PARTITIONS:
        publish(f"UA,{process}", "weather", month)
    download("weather", PARTITIONS)


def _no_version_is_lost(lake_dir: Path) -> None:
    assert at_once(*(partial(_download_versions, process) for process in range(4))) == [0] * 4
    kept = {month: sorted(raw_contents("weather", month)) for month in PARTITIONS}
    assert kept == {month: ["UA,0", "UA,1", "UA,2", "UA,3"] for month in PARTITIONS}
    assert _leftovers(lake_dir) == []


def _one_commit_is_whole(lake_dir: Path) -> None:
    for _ in range(3):
        assert at_once(*(partial(commit, number) for number in (0, 1, 0, 1))) == [0] * 4
        assert january_as_read()[:2] in [(0, 0), (5, 2)]
    assert len(list((lake_dir / "clean" / ".versions" / "flights").glob(f"{MONTH}.*"))) <= 2
    assert _leftovers(lake_dir) == []


def _each_snapshot_is_whole(lake_dir: Path) -> None:
    def snapshot() -> None:
        for _ in range(10):
            link(0)
            root = settings.candidate_inputs_dir
            counts = {p.partition: (p.rows_clean, p.rows_quarantined) for p in lake.clean_partitions("flights", root)}
            # A commit that is not validated yet is left out.
            assert counts.pop(MONTH, (0, 0)) in [(0, 0), (5, 2)]
            assert counts == {small_lake.NEXT: (1, 0)}

    def commits() -> None:
        for number in range(20):
            commit(number % 2)

    assert at_once(snapshot, commits) == [0, 0]


def _an_unvalidated_commit_is_not_linked(lake_dir: Path) -> None:
    root = lake_dir / "warehouse" / "inputs"
    lake.clear_validated(lake.clean_partition("flights", MONTH))
    lake.snapshot(root)
    assert [partition.partition for partition in lake.clean_partitions("flights", root)] == [small_lake.NEXT]


def _a_later_commit_does_not_change_a_snapshot(lake_dir: Path) -> None:
    root = settings.candidate_inputs_dir
    lake.snapshot(root)
    before = lake.commits(root)
    for _ in range(3):
        commit(0)
    assert lake.commits(root) == before != lake.commits()


def _an_old_mark_does_not_count(lake_dir: Path) -> None:
    old = lake.clean_partition("flights", MONTH)
    commit(1)
    lake.clear_validated(lake.clean_partition("flights", MONTH))
    lake.mark_validated(old)
    assert not lake.clean_partition("flights", MONTH).is_validated


def _a_cleaning_holds_its_lock(lake_dir: Path) -> None:
    codes = []

    def start_session(rows: int):
        codes.extend(at_once(partial(_clean_airlines, _no_session)))
        raise RuntimeError(f"a session for {rows} rows")

    settings.lock_wait_seconds = 0
    with pytest.raises(RuntimeError, match="a session for 1 rows"):
        _clean_airlines(start_session)
    assert codes == [BUSY]


def _what_a_killed_cleaning_left_goes_with_the_next(lake_dir: Path) -> None:
    own, other = lake.staging_dir("airlines"), lake.staging_dir("flights")
    with pytest.raises(RuntimeError, match="no session"):
        _clean_airlines(_no_session)
    assert (own.exists(), other.exists()) == (False, True), "another dataset's cleaning may be running"


def _clean_airlines(start_session: Callable) -> None:
    try:
        partitions.clean("airlines", [ALL], start_session)
    except locks.Busy as busy:
        assert "The cleaning of airlines (process" in str(busy)
        os._exit(BUSY)


def _no_session(rows: int):
    raise RuntimeError("no session")


BUSY = 75
AT_ONCE: dict[Fault, Callable[[Path], None]] = {
    Fault("four downloads of the same 24 months", "download", Verdict.WAITS): _no_version_is_lost,
    Fault("four commits of the same month", "clean", Verdict.WAITS): _one_commit_is_whole,
    Fault("months are committed", "prepare", Verdict.HARMLESS): _each_snapshot_is_whole,
    Fault("another cleaning of the dataset is running", "clean", Verdict.REFUSED, "is still running"): (
        _a_cleaning_holds_its_lock
    ),
    Fault("a killed cleaning left half of its files", "clean", Verdict.HEALED): (
        _what_a_killed_cleaning_left_goes_with_the_next
    ),
    Fault("a commit has not passed its gate", "prepare", Verdict.REFUSED): _an_unvalidated_commit_is_not_linked,
    Fault("a month is committed three times meanwhile", "build", Verdict.HARMLESS): (
        _a_later_commit_does_not_change_a_snapshot
    ),
    Fault("a month is committed while its gate runs", "check clean", Verdict.REFUSED): _an_old_mark_does_not_count,
}


@pytest.mark.parametrize("fault", AT_ONCE, ids=str)
def test_steps_at_once(fault, lake_dir, monkeypatch):
    monkeypatch.setattr(settings, "lock_wait_seconds", settings.lock_wait_seconds)
    AT_ONCE[fault](lake_dir)


FAULTS = [*STOPPED, *AT_ONCE]
