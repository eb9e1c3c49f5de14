"""The text of a failed gate, as a person reads it in the task log."""

import re

import pytest

from expectations.validate import GateFailed, validate_clean
from ontime.contract import ALL
from ontime.settings import settings
from tests.expectations.good_data import store_good

pytestmark = pytest.mark.usefixtures("data_dir")


def test_the_message_names_the_check_the_rows_and_what_to_do(capsys):
    store_good("airlines", spoil=lambda rows: rows[3].update(airline_code="A1"))
    with pytest.raises(GateFailed) as failed:
        validate_clean("airlines", [ALL])

    message = str(failed.value)
    assert message == (
        "clean.airlines all: 1 of 5 checks failed (10 rows)\n"
        "  expect_column_values_to_be_unique(airline_code)\n"
        "    observed: 2 of 10 values unexpected, such as A1\n"
        "    row 1: airline_code=A1, airline_name=Airline 1 Inc.\n"
        "    row 3: airline_code=A1, airline_name=Airline 3 Inc.\n"
        "\n"
        "The warehouse was not built from this data.\n"
        f"What to do: look at the rejected rows in {settings.quarantine_dir}/airlines; each has a reason. If the data "
        "is right and the check is wrong, change the contract in ontime/datasets/airlines.py or the suite in "
        "expectations/airlines.py. If the cleaning is wrong, change spark_jobs/airlines.py. "
        "Then clean again (ontime clean airlines --reprocess).\n"
        "\n"
        f"Data Docs: {settings.data_docs_dir}/index.html"
    )
    printed = capsys.readouterr().out
    assert "passed: clean.airlines.reconciliation all, 7 of 7 checks\n" in printed
    assert "FAILED: clean.airlines all, 4 of 5 checks\n" in printed
    assert message in printed


def test_a_bound_is_explained_with_its_unit_and_source():
    store_good("airports", spoil=lambda rows: rows[3].update(elevation_feet=29_032))
    with pytest.raises(GateFailed) as failed:
        validate_clean("airports", [ALL])

    assert "    note: Bounds in feet: from Bar Yehuda at the Dead Sea, -1,240," in str(failed.value)


def test_at_most_five_rows_are_shown():
    store_good("airlines", spoil=lambda rows: [row.update(airline_code="A1") for row in rows])
    with pytest.raises(GateFailed) as failed:
        validate_clean("airlines", [ALL])

    assert len(re.findall(r"^    row \d+: ", str(failed.value), re.MULTILINE)) == 5
