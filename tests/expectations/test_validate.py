"""Running the gates: all partitions are checked, and only those that pass are marked."""

import os
import subprocess
import sys

import pytest

from expectations.validate import GateFailed, validate_clean, validate_marts, validate_raw
from ontime import lake, warehouse
from ontime.contract import ALL
from tests.expectations.good_data import MONTH, raw_lines, store_good, store_raw_lines

pytestmark = pytest.mark.usefixtures("data_dir")


def test_every_month_is_checked_before_the_gate_raises():
    for month in ("2013-01", "2013-02", "2013-03"):
        lines = raw_lines("flights", month)
        store_raw_lines("flights", lines if month == "2013-02" else lines[:1], month)

    with pytest.raises(GateFailed) as failed:
        validate_raw("flights", ["2013-01", "2013-02", "2013-03"])

    assert "raw.flights 2013-01: " in str(failed.value)
    assert "raw.flights 2013-02" not in str(failed.value)
    assert "raw.flights 2013-03: " in str(failed.value)


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        (lambda: validate_raw("flights", [MONTH]), "No raw flights for 2013-01"),
        (lambda: validate_clean("flights", [MONTH]), "No clean flights for 2013-01"),
        (validate_marts, "prepare and build it first"),
    ],
)
def test_a_missing_partition_is_named(gate, message):
    with pytest.raises((lake.MissingPartition, warehouse.NothingPublished), match=message):
        gate()


def test_only_a_partition_that_passes_is_marked_as_validated():
    store_good("airlines")
    validate_clean("airlines", [ALL])
    assert lake.clean_partition("airlines", ALL).is_validated

    store_good("airlines", spoil=lambda rows: rows[3].update(airline_code="A1"))
    with pytest.raises(GateFailed):
        validate_clean("airlines", [ALL])
    assert not lake.clean_partition("airlines", ALL).is_validated


def test_a_bad_month_does_not_unmark_the_good_ones():
    store_good("weather", "2013-01")
    store_good("weather", "2013-02", spoil=lambda rows: rows[0].update(temperature_celsius=500.0))
    with pytest.raises(GateFailed):
        validate_clean("weather", ["2013-01", "2013-02"])
    assert [partition.is_validated for partition in lake.clean_partitions("weather")] == [True, False]


def test_a_month_with_a_newer_raw_file_fails_and_keeps_its_mark():
    for month in ("2013-01", "2013-02"):
        store_good("weather", month)
    validate_clean("weather", ["2013-01"])
    store_raw_lines("weather", [*raw_lines("weather", "2013-01"), raw_lines("weather", "2013-01")[-1]], "2013-01")

    with pytest.raises(GateFailed, match="clean the partition again"):
        validate_clean("weather", ["2013-01", "2013-02"])

    assert [partition.is_validated for partition in lake.clean_partitions("weather")] == [True, True]


@pytest.mark.parametrize(
    ("months", "command"),
    [
        (["2013-01"], "ontime clean weather --from 2013-01 --reprocess"),
        (["2013-01", "2013-02"], "ontime clean weather --from 2013-01 --to 2013-02 --reprocess"),
    ],
)
def test_the_advice_names_the_command_for_the_same_months(months, command):
    for month in months:
        store_good("weather", month, spoil=lambda rows: rows[0].update(temperature_celsius=500.0))

    with pytest.raises(GateFailed) as failed:
        validate_clean("weather", months)

    assert f"({command})" in str(failed.value)


# -- the library -----------------------------------------------------------------
def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_great_expectations_does_not_end_the_process():
    # Without the package zstandard the import ends the process silently, with exit code 0.
    assert python("import great_expectations; print('after the import')") == "after the import\n"


def test_importing_the_gates_is_cheap_and_telemetry_is_off():
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    loaded = python("import sys, expectations.validate; print({'great_expectations', 'pandas'} & set(sys.modules))")
    assert loaded == "set()\n"
