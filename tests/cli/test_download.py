"""``ontime download``."""

import pytest
import typer
from typer.testing import CliRunner

from cli.download import download
from ontime import lake
from ontime.settings import settings

app = typer.Typer()
app.command()(download)


@pytest.fixture
def folder(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "source", "folder")
    monkeypatch.setattr(settings, "source_dir", tmp_path)
    (tmp_path / "airlines").mkdir()
    (tmp_path / "airlines" / "all.csv").write_text("carrier,name\nUA,United\n")
    return tmp_path


def test_the_named_dataset_is_stored_in_the_raw_lake(folder):
    result = CliRunner().invoke(app, ["airlines"])
    assert (result.exit_code, lake.current_raw("airlines", "all").row_count) == (0, 1)
    assert result.stdout.startswith("airlines all: 1 rows")


def test_every_month_of_the_range_is_downloaded(folder):
    (folder / "weather").mkdir()
    for month in ("2013-01", "2013-02"):
        (folder / "weather" / f"{month}.csv").write_text("origin,year\nEWR,2013\n")
    assert CliRunner().invoke(app, ["weather", "--from", "2013-01", "--to", "2013-02"]).exit_code == 0
    assert lake.current_raw("weather", "2013-02").row_count == 1


def test_a_file_that_is_not_published_is_an_error_of_one_line(folder):
    result = CliRunner().invoke(app, ["airlines", "flights", "--from", "1995-05"])
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert "put the flights file for 1995-05 there" in line
    assert lake.current_raw("airlines", "all")
