"""What the commands say about wrong datasets and months, and how they report errors."""

import pytest
import typer
from typer.testing import CliRunner

from cli.app import app
from cli.options import months, partitions, report_errors

RANGE = ["--from", "2013-01", "--to", "2013-02"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            ["flight", *RANGE],
            "Unknown dataset: flight. Choose from {datasets}.",
            id="an unknown dataset",
        ),
        pytest.param(
            ["flights", "--from", "2013"],
            "'2013' is not a month: write YYYY-MM, for example 2013-01.",
            id="a year instead of a month",
        ),
        pytest.param(
            ["flights", "--from", "2013-13"],
            "'2013-13' is not a month: write YYYY-MM, for example 2013-01.",
            id="month 13",
        ),
        pytest.param(
            ["flights", "--from", "2013-02", "--to", "2013-01"],
            "The range ends (2013-01) before it begins (2013-02): swap the two months.",
            id="--to before --from",
        ),
        pytest.param(
            ["airports", "airlines", *RANGE],
            "There are no months of airports, airlines: leave out --from and --to.",
            id="months for tables without months",
        ),
        pytest.param(
            ["airports", "--to", "2013-01"],
            "There are no months of airports: leave out --from and --to.",
            id="only --to for a table without months",
        ),
        pytest.param(
            ["flights"],
            "Months are missing for flights: add --from 2013-01, or --from 2013-01 --to 2013-03.",
            id="no month",
        ),
        pytest.param(
            ["airports", "weather", "--to", "2013-01"],
            "Months are missing for weather: add --from 2013-01, or --from 2013-01 --to 2013-03.",
            id="only --to",
        ),
    ],
)
@pytest.mark.parametrize("command", ["download", "clean", "check raw", "check clean"])
def test_bad_use_is_one_line(data_dir, command, arguments, line):
    from ontime.datasets import DATASETS

    refused = CliRunner().invoke(app, [*command.split(), *arguments])
    assert refused.exit_code == 2
    assert (refused.stdout, refused.stderr) == ("", line.format(datasets=", ".join(DATASETS)) + "\n")
    assert not data_dir.exists()


@pytest.mark.parametrize("command", ["demo", "run", "backfill"])
def test_bad_months_are_refused_before_airflow_starts(command):
    refused = CliRunner().invoke(app, [command, "--from", "2013-02", "--to", "2013-01"])
    assert refused.exit_code == 2
    assert refused.stderr == "The range ends (2013-01) before it begins (2013-02): swap the two months.\n"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(["download"], "Missing argument 'DATASET'.", id="no dataset"),
        pytest.param(["backfill"], "Months are missing for flights: add --from 2013-01", id="no month to backfill"),
        pytest.param(["backfill", "--from", "2013-01", "airports"], "no months of airports", id="months of a table"),
        pytest.param(["backfill", "--from", "2013-01", "fares"], "Unknown dataset: fares.", id="an unknown dataset"),
        pytest.param(["download", "flights", "2013-01"], "Unknown dataset: 2013-01.", id="a month without --from"),
        pytest.param(["clean", "flights", "--months", "1"], "No such option: --months", id="an unknown option"),
    ],
)
def test_wrong_arguments_end_without_a_traceback(arguments, error):
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 2
    assert error in refused.stderr
    assert "Traceback" not in refused.output


def test_partitions_are_months_for_monthly_datasets_and_one_table_for_the_others():
    assert partitions(["weather", "airports"], "2012-12", "2013-01") == {
        "weather": ["2012-12", "2013-01"],
        "airports": ["all"],
    }
    assert partitions(["airports"], "", "") == {"airports": ["all"]}


def test_without_to_the_range_is_one_month():
    assert months("2013-03", "") == ["2013-03"]


def test_an_expected_error_becomes_its_message(capsys):
    with pytest.raises(typer.Exit) as ended, report_errors(OSError):
        raise FileNotFoundError("The disk [red]is[/] full.\nDelete something.")
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == "The disk [red]is[/] full.\nDelete something.\n"


def test_an_unexpected_error_keeps_its_traceback():
    with pytest.raises(KeyError), report_errors(OSError):
        raise KeyError("a bug")
