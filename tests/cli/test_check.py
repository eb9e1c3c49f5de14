"""``ontime check``: gates on the command line."""

import pytest
from typer.testing import CliRunner

from cli.check import app
from ontime import lake
from tests.expectations.good_data import MONTH, store_good

pytestmark = pytest.mark.usefixtures("data_dir")


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_a_range_of_months_is_checked():
    for month in ("2013-01", "2013-02"):
        store_good("weather", month)

    result = run("raw", "weather", "--from", "2013-01", "--to", "2013-02")

    assert result.exit_code == 0
    assert "18 checks passed, 2 partitions, 177 rows" in result.output


def test_every_named_dataset_is_checked_even_after_one_has_failed():
    store_good("airlines", spoil=lambda rows: rows[3].update(airline_code="A1"))
    store_good("weather")

    result = run("clean", "airlines", "aircraft", "weather", "--from", MONTH)

    assert result.exit_code == 1
    assert "expect_column_values_to_be_unique(airline_code)" in result.output
    assert "No clean aircraft" in result.output
    assert "Traceback" not in result.output
    assert lake.clean_partition("weather", MONTH).is_validated


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["raw"], "DATASET"),
        (["flights", "raw"], "No such command"),
        (["raw", "ferries"], "ferries"),
        (["raw", "flights"], "--from"),
        (["raw", "flights", "--from", "January"], "'January' is not a month"),
        (["marts", "flights"], "unexpected extra argument"),
    ],
)
def test_wrong_use_is_explained(arguments, message):
    result = run(*arguments)

    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["raw", "flights", "--from", MONTH], "No raw flights for 2013-01: download it first"),
        (
            ["clean", "flights", "--from", MONTH],
            "No clean flights for 2013-01: clean it first (ontime clean flights --from 2013-01).",
        ),
        (["marts"], "prepare and build it first"),
    ],
)
def test_missing_data_is_one_line(arguments, message):
    result = run(*arguments)

    assert result.exit_code == 1
    assert message in result.output
    assert result.output.count("\n") == 1
