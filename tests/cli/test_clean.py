"""``ontime clean`` passes partitions on and prints one line for bad input."""

import typer
from typer.testing import CliRunner

from cli.clean import clean
from ontime.settings import settings
from spark_jobs import submit

app = typer.Typer()
app.command()(clean)


def test_datasets_and_months_become_partitions(monkeypatch):
    cleanings = []
    monkeypatch.setattr(submit, "clean_datasets", lambda *arguments: cleanings.append(arguments))
    words = ["weather", "airports", "--from", "2013-01", "--to", "2013-02", "--reprocess", "--run-id", "r1"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert cleanings == [({"weather": ["2013-01", "2013-02"], "airports": ["all"]}, True, "r1", settings.spark_master)]


def test_bad_input_is_one_line(data_dir):
    result = CliRunner().invoke(app, ["weather", "--from", "2013-01"])
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert result.stderr.startswith("No raw weather for 2013-01: download it first")


def test_a_missing_reference_table_is_named_with_its_command(data_dir):
    result = CliRunner().invoke(app, ["flights", "--from", "2013-01"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "`ontime clean airports airlines`" in result.stderr


def test_wrong_use_is_explained():
    result = CliRunner().invoke(app, ["flights"])
    assert result.exit_code == 2
    assert "--from 2013-01" in result.output
