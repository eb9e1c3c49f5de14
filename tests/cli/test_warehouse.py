"""``ontime warehouse``."""

import pytest
from typer.testing import CliRunner

from cli.warehouse import app
from ontime import warehouse
from tests.ontime.warehouse.made import candidate


def test_history_lists_versions_and_rollback_returns_to_one(data_dir):
    versions = [warehouse.publish("ontime", candidate(value), {}) for value in range(2)]
    runner = CliRunner()
    listed = runner.invoke(app, ["history"], env={"COLUMNS": "200"})
    assert listed.exit_code == 0
    assert all(version.version in listed.stdout for version in versions)
    rolled = runner.invoke(app, ["rollback"])
    assert rolled.exit_code == 0
    assert versions[0].version in rolled.stdout
    refused = runner.invoke(app, ["rollback"])
    assert refused.exit_code == 1


def test_query_reports_errors_in_one_line(data_dir):
    runner = CliRunner()
    refused = runner.invoke(app, ["query", "SELECT 1"])
    assert (refused.exit_code, "make demo" in refused.output) == (1, True)
    warehouse.publish("ontime", candidate(41), {})
    mistyped = runner.invoke(app, ["query", "SELECT nothing FROM answer"])
    assert (mistyped.exit_code, "nothing" in mistyped.output) == (1, True)
    assert runner.invoke(app, ["query", "DROP TABLE answer"]).exit_code == 1


def test_query_prints_the_result(data_dir):
    warehouse.publish("ontime", candidate(41), {})
    assert "42" in CliRunner().invoke(app, ["query", "SELECT value + 1 FROM answer"]).output


@pytest.mark.parametrize(
    ("sql", "refusal"),
    [
        ("SELECT * FROM read_text('{file}')", "file system operations are disabled"),
        ("FROM '{file}'", "file system operations are disabled"),
        ("FROM glob('{file}')", "file system operations are disabled"),
        ("COPY answer TO '{file}.copy'", "file system operations are disabled"),
        ("FROM answer; COPY answer TO '{file}.copy'", "file system operations are disabled"),
        ("EXPORT DATABASE '{file}.copy'", "file system operations are disabled"),
        ("ATTACH '{file}.copy' AS other", "file system operations are disabled"),
        ("INSTALL httpfs", "file system operations are disabled"),
        ("LOAD httpfs", "Loading external extensions is disabled"),
        ("SET enable_external_access = true", "the configuration has been locked"),
        ("RESET lock_configuration", "the configuration has been locked"),
        ("DROP TABLE answer", "read-only"),
    ],
)
def test_a_query_reaches_nothing_but_the_published_tables(data_dir, tmp_path, sql, refusal):
    warehouse.publish("ontime", candidate(41), {})
    file = tmp_path / "secret.csv"
    file.write_text("secret\nforty-two\n")

    refused = CliRunner().invoke(app, ["query", sql.format(file=file)])

    assert (refused.exit_code, type(refused.exception)) == (1, SystemExit)
    assert refusal in refused.output
    assert "forty-two" not in refused.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "secret.csv"]


def test_an_empty_query_prints_nothing(data_dir):
    warehouse.publish("ontime", candidate(41), {})
    empty = CliRunner().invoke(app, ["query", " "])
    assert (empty.exit_code, empty.output) == (0, "")
