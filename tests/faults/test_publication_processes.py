"""Publication: killed and concurrent processes."""

import functools
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress

import duckdb
import pytest

from ontime import warehouse
from ontime.settings import settings
from ontime.warehouse import dbt
from tests.dbt_project import tiny_lake
from tests.faults import killing
from tests.faults.fault import Fault
from tests.faults.publication import (
    HARMLESS,
    HEALED,
    REFUSED,
    WAITS,
    Patch,
    Start,
    build,
    check,
    command,
    current,
    left_over,
    message,
    publish,
    ready,
    restore,
    rows,
)
from tests.ontime.warehouse.made import candidate, commit, published_value


def twice_at_once() -> str:
    ready()
    assert killing.at_once(warehouse.publish_candidate, warehouse.publish_candidate) == [0, 0]
    assert [version.number for version in warehouse.history()] == [2, 1]
    return command("publish")


def prepared_while_it_is_published() -> str:
    """Both orders are right: the candidate is published first, or it is prepared again first."""
    ready()
    assert killing.at_once(lambda: command("publish"), lambda: command("prepare")) == [0, 0]
    if warehouse.prepare_candidate():
        build(2)
        warehouse.publish_candidate()
    return ""


def reader_during_a_publication() -> str:
    with duckdb.connect(str(warehouse.published_path()), read_only=True) as reader:
        publish(2)
        assert reader.execute("SELECT value FROM answer").fetchone() == (1,)
    return ""


def killed_in_publish() -> str:
    return _killed(warehouse.publish_candidate, ready)


def killed_in_prepare() -> str:
    return _killed(warehouse.prepare_candidate, lambda: commit("flights", "2013-02", 2))


def killed_in_the_gate() -> str:
    def built() -> None:
        commit("flights", "2013-02", 2)
        warehouse.prepare_candidate()
        candidate(2)

    return _killed(warehouse.mark_candidate_validated, built)


def _killed(step: Callable[[], object], begin: Callable[[], object]) -> str:
    """Kill a step before each of its file operations, and run the chain again after each kill: it must end the same."""
    folder, operation, was_killed = settings.data_dir, 0, True
    begun = folder.with_name("begun")
    begin()
    shutil.copytree(folder, begun, symlinks=True)
    while was_killed:
        restore(begun, folder)
        was_killed = killing.is_stopped(step, operation)
        assert published_value() == current().number, "readers see the old version or the new one"
        rerun()
        version = current()
        assert (published_value(), version.number, version.verified()) == (2, 2, version), operation
        assert left_over() == set(), operation
        operation += 1
    assert operation > 5
    return ""


def rerun() -> None:
    """Do what a person or Airflow does after a kill: publish again, then build and publish if a build is due."""
    with suppress(*warehouse.REFUSALS):
        warehouse.publish_candidate()
    if warehouse.prepare_candidate():
        build(2)
        warehouse.publish_candidate()
    assert not warehouse.prepare_candidate()


def killed_in_rollback() -> str:
    publish(2)
    begun, was_killed, operation = settings.data_dir.with_name("begun"), True, 0
    shutil.copytree(settings.data_dir, begun, symlinks=True)
    while was_killed:
        restore(begun, settings.data_dir)
        was_killed = killing.is_stopped(warehouse.rollback, operation)
        if current().number == 2:
            warehouse.rollback()
        assert (published_value(), warehouse.prepare_candidate(), left_over()) == (1, False, set())
        operation += 1
    return command("prepare")


def killed_in_predictions() -> str:
    file = settings.data_dir / "predictions.parquet"
    duckdb.sql(f"COPY (SELECT 'a' AS flight_key, 0.5 AS delay_probability) TO '{file}'")
    publish_ = functools.partial(warehouse.publish_predictions, file, "m1")
    begun, was_killed, operation = settings.data_dir.with_name("begun"), True, 0
    shutil.copytree(settings.data_dir, begun, symlinks=True)
    while was_killed:
        restore(begun, settings.data_dir)
        was_killed = killing.is_stopped(publish_, operation)
        version = publish_()
        assert (version, version.number, version.verified()) == (warehouse.current("predictions"), 1, version)
        assert [kept.number for kept in warehouse.history("predictions")] == [1]
        assert left_over() == set()
        operation += 1
    return ""


def killed_while_duckdb_sorts() -> str:
    """DuckDB writes what does not fit in memory to a folder beside its file."""
    file = settings.data_dir / "predictions.parquet"
    duckdb.sql(f"COPY (SELECT 'a' AS flight_key, 0.5 AS delay_probability) TO '{file}'")
    spilled = settings.warehouse_dir / "predictions-candidate.duckdb.tmp" / "duckdb_temp_block-0.block"
    spilled.parent.mkdir()
    spilled.touch()
    warehouse.publish_predictions(file, "m1")
    assert not spilled.parent.exists()
    return ""


#: How many models and tests dbt has run when it is killed.
MIDDLE = 34


def dbt_killed_in_the_middle() -> str:
    """The real dbt gets SIGKILL in the middle of its models and tests."""
    tiny_lake.make(tiny_lake.good_rows())
    warehouse.prepare_candidate(full=True)
    arguments = dbt.command("build", "--exclude-resource-type", "unit_test", target_dir=settings.data_dir / "target")
    environment = settings.environment_with(settings.dbt_environment)
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            node = re.search(r" (\d+) of \d+ (START|PASS|OK)", line)
            if node and int(node[1]) >= MIDDLE:
                process.kill()
                break
        else:
            pytest.fail("".join(lines))
    return message(warehouse.mark_candidate_validated) + command("publish")


def event_never_sent() -> str:
    """The process died after the publication and before Airflow had its event."""
    publish(2)
    assert warehouse.unannounced([{"version": warehouse.history()[1].version}]) == current()
    assert warehouse.unannounced([]) == current()
    assert warehouse.unannounced([{"version": current().version}]) is None
    return command("publish")


FAULTS = [
    Fault("two at once", "publish", WAITS, "Already published: 000002-", twice_at_once),
    Fault("prepared at the same time", "publish", WAITS, "", prepared_while_it_is_published),
    Fault("a reader has the file open", "publish", HARMLESS, "", reader_during_a_publication),
    Fault("killed before any file operation", "publish", HEALED, "", killed_in_publish),
    Fault("killed before any file operation", "rollback", REFUSED, "was rolled back", killed_in_rollback),
    Fault("killed before any file operation", "publication of predictions", REFUSED, "", killed_in_predictions),
    Fault("killed while DuckDB sorts", "publication of predictions", REFUSED, "", killed_while_duckdb_sorts),
    Fault("killed before any file operation", "gate of the marts", HEALED, "", killed_in_the_gate),
    Fault("killed before any file operation", "prepare", HEALED, "", killed_in_prepare),
    Fault(
        "dbt killed in the middle of its nodes",
        "build",
        REFUSED,
        "its last build did not end",
        dbt_killed_in_the_middle,
    ),
    Fault("its process died before the event was sent", "publish", HEALED, "Already published: ", event_never_sent),
]


MORE = (
    dbt_killed_in_the_middle,
    killed_in_publish,
    killed_in_prepare,
    killed_in_the_gate,
    killed_in_predictions,
    killed_in_rollback,
)


@pytest.mark.parametrize("fault", rows(FAULTS, MORE))
def test_a_fault_of_publication(fault: Fault, published_data: Start, monkeypatch: Patch) -> None:
    check(fault, published_data, monkeypatch)
