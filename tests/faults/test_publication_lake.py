"""Publication: months that are gone from the lake, or dropped."""

import pytest

from ontime import lake, warehouse
from ontime.contract import ALL
from tests.faults.fault import Fault
from tests.faults.publication import (
    HEALED,
    MONTHS,
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
from tests.ontime.warehouse.made import commit


def month_gone() -> str:
    lake.clean_partition_dir("flights", "2013-01").unlink()
    return command("prepare") + command("prepare", "--full")


def table_gone() -> str:
    lake.clean_partition_dir("airports", ALL).unlink()
    return command("prepare")


def weather_gone() -> str:
    for month in MONTHS:
        lake.clean_partition_dir("weather", month).unlink()
    return command("prepare")


def month_gone_and_record_damaged() -> str:
    publish(1)
    current().path.with_suffix(".json").write_text("")
    return month_gone()


def dropped() -> str:
    printed = command("drop", "flights", "--from", "2013-01") + command("prepare")
    build(2)
    version = warehouse.publish_candidate()
    assert (version.lineage["months"], "flights/2013-01" in version.commits) == ("2013-01..2013-02", False)
    assert not warehouse.prepare_candidate()
    return printed


def dropped_cleaned_again_and_gone() -> str:
    command("drop", "flights", "--from", "2013-01")
    commit("flights", "2013-01")
    publish(1)
    return month_gone()


def dropped_month_that_nobody_knows() -> str:
    return command("drop", "flights", "--from", "2014-01")


FAULTS = [
    Fault(
        "a published month is gone", "lake", REFUSED, "not in the lake any more: flights 2013-01. Nothing", month_gone
    ),
    Fault("all weather is gone", "lake", REFUSED, "any more: weather 2013-01, 2013-02. Nothing", weather_gone),
    Fault("a published table is gone", "lake", REFUSED, "any more: airports. Nothing is built", table_gone),
    Fault(
        "a month gone, its record damaged", "lake", REFUSED, "any more: flights 2013-01", month_gone_and_record_damaged
    ),
    Fault("a month dropped by its command", "lake", HEALED, "Dropped from the lake: flights/2013-01", dropped),
    Fault(
        "dropped, cleaned again, then gone",
        "lake",
        REFUSED,
        "any more: flights 2013-01",
        dropped_cleaned_again_and_gone,
    ),
    Fault(
        "a month dropped that was never there", "lake", REFUSED, "Neither in the lake", dropped_month_that_nobody_knows
    ),
]


@pytest.mark.parametrize("fault", rows(FAULTS))
def test_a_fault_of_publication(fault: Fault, published_data: Start, monkeypatch: Patch) -> None:
    check(fault, published_data, monkeypatch)
