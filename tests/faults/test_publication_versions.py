"""Publication: versions and rollback."""

import functools
import json
import os
import shutil
from datetime import datetime, timedelta

import duckdb
import pytest

from ontime import warehouse
from ontime.settings import settings
from ontime.warehouse import records, versions
from tests.faults.fault import Fault
from tests.faults.publication import (
    HARMLESS,
    HEALED,
    REFUSED,
    Patch,
    Start,
    build,
    check,
    command,
    current,
    publish,
    rows,
)
from tests.ontime.warehouse.made import commit, published_value


def changed_by_hand() -> str:
    version = current()
    version.path.chmod(0o644)
    with duckdb.connect(str(version.path)) as connection:
        connection.execute("CREATE TABLE more AS SELECT 1 AS one")
    commit("flights", "2013-02")
    return command("prepare")


def changed_and_built_in_full() -> str:
    changed_by_hand()
    printed = command("prepare", "--full")
    build(2)
    warehouse.publish_candidate()
    return printed


def cut() -> str:
    publish(1)  # a second version, to return to
    version = current()
    version.path.chmod(0o644)
    os.truncate(version.path, 5000)
    refused = command("prepare")
    assert records.current_name() == version.version
    command("rollback")
    assert warehouse.prepare_candidate(), "a version that was damaged is not rejected: it is built again"
    return refused


def dangling_link() -> str:
    publish(1)
    current().path.unlink()
    printed = command("prepare") + command("history") + command("query", "SELECT 1")
    assert printed.count("is missing in") == 3
    command("rollback")
    return printed


def dangling_link_and_nothing_to_return_to() -> str:
    current().path.unlink()
    assert "There is no version before" in command("rollback")
    printed = command("prepare", "--full")
    build(2)
    warehouse.publish_candidate()
    return printed


def a_file_instead_of_the_link() -> str:
    version, link = current(), warehouse.published_path()
    link.unlink()
    shutil.copyfile(version.path, link)
    printed = [command(*step) for step in (["prepare"], ["history"], ["rollback"], ["query", "SELECT 1"])]
    assert all("is not the link" in text for text in printed)
    return printed[0]


def the_link_is_gone() -> str:
    warehouse.published_path().unlink()
    printed = command("rollback")
    assert published_value() == 1
    publish(2)
    return printed


def damaged_record(content: str) -> str:
    """The record is damaged, so the next build is a full one."""
    version = current()
    version.path.with_suffix(".json").write_text(content)
    assert warehouse.history() == [current()]
    assert (current().sha256, current().number) == (version.sha256, 1)
    printed = command("history") + command("query", "FROM answer") + command("prepare")
    build(2)
    warehouse.publish_candidate()
    return printed


def record_deleted() -> str:
    """The first step derives the record again, so the version can still be returned to."""
    version = current()
    version.path.with_suffix(".json").unlink()
    publish(3)
    printed = command("rollback", version.version)
    assert published_value() == 1
    publish(2)
    return printed


def damaged_record_and_file() -> str:
    version = current()
    version.path.with_suffix(".json").write_text("{")
    version.path.chmod(0o644)
    with duckdb.connect(str(version.path)) as connection:
        connection.execute("CREATE TABLE more AS SELECT 1 AS one")
    return command("prepare") + command("query", "FROM answer") + command("rollback")


def rollback_to_a_changed_version() -> str:
    old = current()
    publish(1)
    old.path.chmod(0o644)
    old.path.write_bytes(b"")
    return command("rollback")


def event_after_a_rollback() -> str:
    publish(2)
    warehouse.rollback()
    assert not warehouse.prepare_candidate()
    return command("prepare")


def new_data_after_a_rollback() -> str:
    publish(3)
    warehouse.rollback()
    commit("flights", "2013-01")
    printed = command("prepare")
    build(2)
    warehouse.publish_candidate()
    return printed


def full_build_after_a_rollback() -> str:
    publish(3)
    warehouse.rollback()
    printed = command("prepare", "--full")
    build(2)
    warehouse.publish_candidate()
    assert not warehouse.prepare_candidate()
    return printed


def forward_again() -> str:
    newest = publish(2)
    warehouse.rollback()
    command("rollback", newest.version)
    return command("prepare")


def publish_again_after_a_rollback() -> str:
    publish(2)
    warehouse.rollback()
    return command("publish")


def predictions_after_a_rollback() -> str:
    file = settings.data_dir / "predictions.parquet"
    for probability in (0.25, 0.5):
        duckdb.sql(f"COPY (SELECT 'a' AS flight_key, {probability} AS delay_probability) TO '{file}'")
        warehouse.publish_predictions(file, "m1")
    before = warehouse.rollback("predictions")
    assert warehouse.publish_predictions(file, "m1") == before
    return ""


def clock(hours: int, patch: Patch) -> str:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(hours=hours)

    patch.setattr(versions, "datetime", Wrong)
    numbers = [publish(value).number for value in (5, 4, 3, 2)]
    assert numbers == [2, 3, 4, 5]
    assert [version.number for version in warehouse.history()] == [5, 4, 3]
    return command("history")


def versions_named_by_time() -> str:
    """Versions of a data directory that was made before versions were counted."""
    old, name = current(), "20990101T000000000000Z-" + current().sha256[:8]
    for suffix in (".duckdb", ".json"):
        old.path.with_suffix(suffix).rename(old.path.with_name(name + suffix))
    record = records.version_path("ontime", name).with_suffix(".json")
    content = json.loads(record.read_text()) | {"version": name}
    del content["parent"]
    record.write_text(json.dumps(content))
    (settings.warehouse_dir / "versions" / "ontime.json").unlink()
    warehouse.published_path().unlink()
    warehouse.published_path().symlink_to(f"versions/ontime/{name}.duckdb")
    assert not warehouse.prepare_candidate()
    version = publish(2)
    assert (version.number, version.parent) == (1, name)
    assert [kept.version for kept in warehouse.history()] == [version.version, name]
    return command("history")


def number_of_a_deleted_version() -> str:
    newest = publish(3)
    warehouse.rollback()
    for suffix in (".duckdb", ".json"):
        newest.path.with_suffix(suffix).unlink()
    commit("flights", "2013-01")
    assert publish(2).number == newest.number + 1
    return ""


def state_damaged() -> str:
    (settings.warehouse_dir / "versions" / "ontime.json").write_text('{"highest_number": "x"}')
    assert publish(2).number == 2
    return ""


def leftovers() -> str:
    folder = current().path.parent
    for path in (folder / "000009-00000000.duckdb", folder / ".000009-00000000.json.0123456789ab"):
        path.touch()
    (settings.warehouse_dir / ".ontime.duckdb.0123456789ab").symlink_to("nowhere")
    publish(2)
    return ""


FAULTS = [
    Fault("changed by hand", "published file", REFUSED, "has been changed since it was published", changed_by_hand),
    Fault("changed by hand, then built in full", "published file", HEALED, "all months", changed_and_built_in_full),
    Fault("cut", "published file", REFUSED, "has been changed since it was published", cut),
    Fault("deleted", "published file", REFUSED, "Return to a version that is kept", dangling_link),
    Fault(
        "deleted, with no other version",
        "published file",
        HEALED,
        "replaces it",
        dangling_link_and_nothing_to_return_to,
    ),
    Fault("a file instead of the link", "current link", REFUSED, "is not the link", a_file_instead_of_the_link),
    Fault("deleted", "current link", HEALED, "is now 000001-", the_link_is_gone),
    *[
        Fault(name, "record of a version", HEALED, "(record damaged)", functools.partial(damaged_record, content))
        for name, content in {
            "empty": "",
            "cut": '{"name": "onti',
            "not an object": "[1, 2]",
            "wrong types": '{"name": "ontime", "version": 3}',
            "unknown fields": '{"colour": "red"}',
        }.items()
    ],
    Fault("deleted", "record of a version", HEALED, "is now 000001-", record_deleted),
    Fault(
        "damaged, and the file changed",
        "record of a version",
        REFUSED,
        "its file is not the one",
        damaged_record_and_file,
    ),
    Fault(
        "to a version that was changed", "rollback", REFUSED, "has been changed since", rollback_to_a_changed_version
    ),
    Fault(
        "new data arrives after it", "rollback", HEALED, "2013-01, 2013-02 on top of 000001-", new_data_after_a_rollback
    ),
    Fault(
        "the next event builds the same", "rollback", REFUSED, "and was rolled back. To return", event_after_a_rollback
    ),
    Fault("a full build is wanted after it", "rollback", HEALED, "all months", full_build_after_a_rollback),
    Fault("forward again", "rollback", HEALED, "was made from exactly these inputs", forward_again),
    Fault(
        "publish is run again after it", "rollback", REFUSED, "is not current any more", publish_again_after_a_rollback
    ),
    Fault("equal predictions after it", "rollback", REFUSED, "", predictions_after_a_rollback),
    *[
        Fault(f"the clock is {name} back", "publish", HARMLESS, "000005-", functools.partial(clock, hours))
        for name, hours in {"an hour": 1, "a year": 8766}.items()
    ],
    Fault("versions named by a time", "publish", HARMLESS, "20990101T000000000000Z", versions_named_by_time),
    Fault("the newest version was deleted", "publish", HEALED, "", number_of_a_deleted_version),
    Fault("the state file is damaged", "publish", HEALED, "", state_damaged),
    Fault("files of killed processes", "publish", HEALED, "", leftovers),
]


MORE = ("the clock is a year back", "wrong types", "unknown fields", "cut", full_build_after_a_rollback, record_deleted)


@pytest.mark.parametrize("fault", rows(FAULTS, MORE))
def test_a_fault_of_publication(fault: Fault, published_data: Start, monkeypatch: Patch) -> None:
    check(fault, published_data, monkeypatch)
