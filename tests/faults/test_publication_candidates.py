"""Publication: candidates."""

import functools
import os
import subprocess
import sys

import duckdb
import pytest

from ontime import digests, warehouse
from ontime.settings import settings
from tests.faults.fault import Fault
from tests.faults.publication import (
    REFUSED,
    Patch,
    Start,
    candidate_record,
    check,
    command,
    message,
    publish,
    ready,
    rows,
)
from tests.ontime.warehouse.made import candidate, commit, prove

NOT_PASSED = "has not passed its gate as it is now"


def never_built() -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    return message(warehouse.mark_candidate_validated) + command("publish")


def empty_file() -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate(full=True)
    duckdb.connect(str(settings.warehouse_candidate)).close()
    return message(warehouse.mark_candidate_validated) + command("publish")


def half_built() -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    with duckdb.connect(str(candidate(2))) as connection:
        connection.execute("DROP TABLE proof.nodes")
    return message(warehouse.mark_candidate_validated) + command("publish")


def failed_node(status: str) -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    with duckdb.connect(str(candidate(2))) as connection:
        prove(connection, status)
    return message(warehouse.mark_candidate_validated) + command("publish")


def built_for_another_preparation() -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    old = candidate(2).read_bytes()
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    settings.warehouse_candidate.write_bytes(old)
    return message(warehouse.mark_candidate_validated) + command("publish")


def no_gate() -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    candidate(2)
    return command("publish")


def changed_after_its_gate() -> str:
    ready()
    with duckdb.connect(str(settings.warehouse_candidate)) as connection:
        connection.execute("UPDATE answer SET value = 3")
    return command("publish")


def changes_beside_it() -> str:
    """A killed process has left a write-ahead log, which DuckDB would apply to the file."""
    ready()
    settings.warehouse_candidate.with_name("candidate.duckdb.wal").write_bytes(b"changes")
    return command("publish")


def replaced_during_its_gate() -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    candidate(2)

    def gate() -> None:
        with warehouse.validating():
            candidate(3)

    return message(gate) + command("publish")


def no_tables() -> str:
    file = settings.warehouse_dir / "empty.duckdb"
    duckdb.connect(str(file)).close()
    return message(lambda: warehouse.publish("ontime", file, {}))


def not_a_database() -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    settings.warehouse_candidate.write_bytes(b"<html>" * 5000)
    return message(warehouse.mark_candidate_validated) + command("publish")


def rolled_back_since() -> str:
    publish(2)
    ready(3)
    warehouse.rollback()
    return command("publish")


def published_since() -> str:
    ready(3)
    kept = settings.warehouse_candidate.read_bytes(), candidate_record().read_bytes()
    warehouse.publish_candidate()
    warehouse.rollback()
    ready(1)
    warehouse.publish_candidate()
    for file, content in zip((settings.warehouse_candidate, candidate_record()), kept, strict=True):
        file.write_bytes(content)
    return command("publish")


def project_changed(patch: Patch) -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    candidate(2)
    patch.setattr(digests, "of_dbt_project", lambda _: "other models")
    return message(warehouse.mark_candidate_validated) + command("publish")


def damaged_candidate_record() -> str:
    ready()
    candidate_record().write_text("")
    return command("publish")


def build_at_work() -> str:
    commit("flights", "2013-02")
    warehouse.prepare_candidate()
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    dbt = [sys.executable, "-c", code, str(settings.warehouse_candidate)]
    with subprocess.Popen(dbt, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout and writer.stdout.readline()
        printed = command("prepare")
        assert settings.warehouse_candidate.exists()
    return printed


def another_step_at_work(patch: Patch) -> str:
    patch.setattr(settings, "lock_wait_seconds", 0)
    code = (
        "from ontime import locks; import sys\n"
        "with locks.hold(locks.WAREHOUSE, 'ontime warehouse build'): print(1, flush=True); sys.stdin.read()"
    )
    environment = os.environ | {"ONTIME_DATA_DIR": str(settings.data_dir)}
    owner = [sys.executable, "-c", code]
    with subprocess.Popen(owner, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline()
        return command("prepare") + command("publish") + command("rollback") + command("drop", "airlines")


FAULTS = [
    Fault("dbt never built it", "candidate", REFUSED, "dbt has not built it since it was prepared", never_built),
    Fault("an empty database", "candidate", REFUSED, "has no tables, so it is not published", empty_file),
    Fault("its build was killed", "candidate", REFUSED, "its last build did not end", half_built),
    *[
        Fault(
            f"a model or test ended as {status}",
            "candidate",
            REFUSED,
            f"1 of 1 nodes did not succeed in its last build: answer ({status})",
            functools.partial(failed_node, status),
        )
        for status in ("error", "fail", "skipped", "not run")
    ],
    Fault(
        "built for an earlier preparation", "candidate", REFUSED, "since it was prepared", built_for_another_preparation
    ),
    Fault("the dbt project changed after it was prepared", "candidate", REFUSED, "have changed since", project_changed),
    Fault("it did not pass its gate", "candidate", REFUSED, NOT_PASSED, no_gate),
    Fault("changes in a WAL beside it", "candidate", REFUSED, NOT_PASSED, changes_beside_it),
    Fault("changed after its gate", "candidate", REFUSED, NOT_PASSED, changed_after_its_gate),
    Fault(
        "replaced while its gate checks it", "candidate", REFUSED, "changed while its gate", replaced_during_its_gate
    ),
    Fault("no tables", "candidate", REFUSED, "has no tables, so it is not published", no_tables),
    Fault("not a database", "candidate", REFUSED, "cannot be published", not_a_database),
    Fault("its record is damaged", "candidate", REFUSED, "There is no candidate at", damaged_candidate_record),
    Fault("its parent was rolled back", "candidate", REFUSED, "is current now. Prepare, build", rolled_back_since),
    Fault("another version was published since", "candidate", REFUSED, "is current now. Prepare", published_since),
    Fault("prepared while dbt builds in it", "candidate", REFUSED, "is open in another process", build_at_work),
    Fault(
        "another process holds the lock", "warehouse", REFUSED, "ontime warehouse build (process", another_step_at_work
    ),
]


MORE = ("a model or test ended as skipped", "a model or test ended as not run", published_since)


@pytest.mark.parametrize("fault", rows(FAULTS, MORE))
def test_a_fault_of_publication(fault: Fault, published_data: Start, monkeypatch: Patch) -> None:
    check(fault, published_data, monkeypatch)
