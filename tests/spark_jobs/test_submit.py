"""The program that spark-submit runs: its arguments, and one line for bad input."""

import pytest
from typer.testing import CliRunner

from spark_jobs import submit


@pytest.fixture
def cleanings(monkeypatch):
    """Records what would be cleaned instead of cleaning."""
    recorded = []
    monkeypatch.setattr(submit, "clean_datasets", lambda *arguments: recorded.append(arguments))
    return recorded


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["airports"], ({"airports": ["all"]}, False, ""), id="a table without months"),
        pytest.param(
            ["flights", "--from=2013-01", "--to=2013-03", "--reprocess", "--run-id=r1"],
            ({"flights": ["2013-01", "2013-02", "2013-03"]}, True, "r1"),
            id="a range of months, as Airflow writes it",
        ),
        pytest.param(
            ["flights", "weather", "airlines", "--from", "2013-02", "--no-reprocess", "--run-id="],
            ({"flights": ["2013-02"], "weather": ["2013-02"], "airlines": ["all"]}, False, ""),
            id="one month of several datasets",
        ),
    ],
)
def test_arguments_name_the_partitions(cleanings, arguments, expected):
    result = CliRunner().invoke(submit.app, arguments)
    assert (result.exit_code, cleanings) == (0, [expected]), result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["flights"], "--from 2013-01", id="no month"),
        pytest.param(["flightz", "--from=2013-01"], "flightz", id="no such dataset"),
        pytest.param(["flights", "--from=2013-13"], "2013-13", id="no such month"),
        pytest.param(
            ["flights", "--from=2013-02", "--to=2013-01"], "swap the two months", id="a range that ends first"
        ),
        pytest.param([], "Missing argument", id="nothing"),
    ],
)
def test_wrong_arguments_are_explained(cleanings, arguments, message):
    result = CliRunner().invoke(submit.app, arguments, env={"COLUMNS": "200"})
    assert (result.exit_code, cleanings) == (2, [])
    assert message in result.output


def test_a_dataset_is_cleaned_after_those_that_it_needs(monkeypatch):
    cleaned = []
    monkeypatch.setattr(submit.partitions, "clean", lambda dataset, names, *_: cleaned.append((dataset, names)))
    wanted = {"flights": ["2013-01"], "aircraft": ["all"], "weather": ["2013-01"], "airports": ["all"]}
    submit.clean_datasets(wanted)
    assert dict(cleaned) == wanted
    assert cleaned[-1][0] == "flights", "it needs the three others"


def test_bad_input_is_one_line(data_dir):
    result = CliRunner().invoke(submit.app, ["weather", "--from=2013-01"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.startswith("No raw weather for 2013-01: download it first")
