"""The tables of README.md: written between the markers from the facts of the site, and nothing else is touched."""

import re

import pytest
from typer.testing import CliRunner

from cli.site import app
from ontime import lake
from portfolio import readme
from portfolio.content import gather
from portfolio.readme import README, NoPart, written
from tests.portfolio.published import made_flights, publish

PART = re.compile(r"<!-- (\w+): written by `ontime site readme` -->\n(.*?)<!-- /\1 -->", re.DOTALL)


@pytest.fixture
def text() -> str:
    return README.read_text("utf-8")


def test_only_the_parts_are_written_and_the_second_time_nothing_changes(built, text):
    once = written(text, gather())
    assert once != text
    assert len(PART.findall(text)) == 3
    assert PART.sub("", once) == PART.sub("", text)
    assert written(once, gather()) == once


def test_the_parts_have_the_facts_and_the_scores_of_the_card(built, text, monkeypatch):
    counts = lake.RowCounts("flights", raw=1_200, clean=1_199, quarantined=1, quarantined_by_reason={"duplicate": 1})
    monkeypatch.setattr(lake, "row_counts", lambda: [counts])
    content = gather()
    answers, rows, scores = dict(PART.findall(written(text, content))).values()
    assert f"| When should you leave? | {content.claims['hours'].written(content.facts)} |\n" in answers
    assert f"| {content.facts['flights.late_share'].text} of the arrivals are fifteen minutes late" in answers
    assert rows.strip().splitlines()[2:] == ["| flights | 1,200 | 1,199 | 1 | duplicate: 1 |"]
    assert scores.strip().splitlines() == [
        f"Tested on the {content.facts['model.flight_count'].text} flights that arrived from 1 March 2013 to "
        f"31 March 2013; {content.facts['model.late_share'].text} of them were late:",
        "",
        "| model | ROC-AUC | PR-AUC | Brier | log-loss | ECE |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| climatology: origin and hour | 0.600 | 0.300 | 0.190 | 0.560 | 0.020 |",
        "| **LightGBM (champion)** | **0.700** | **0.300** | **0.190** | **0.560** | **0.020** |",
        "| its 95 % interval, by day | 0.500–0.800 | 0.500–0.800 | 0.500–0.800 | 0.500–0.800 | 0.500–0.800 |",
    ]


def test_without_a_model_the_parts_say_so(data_dir, text):
    publish(made_flights(days=31))
    answers, _, scores = dict(PART.findall(written(text, gather()))).values()
    assert "| Can a model predict a late arrival? | The published data does not say. |" in answers
    assert scores == "\nNo model has been trained yet.\n\n"


def test_a_text_without_the_markers_is_refused(built):
    with pytest.raises(NoPart, match="no part “answers”"):
        written("# Ontime\n", gather())


def test_the_command_writes_the_file(data_dir, tmp_path, text, monkeypatch):
    publish(made_flights(days=31))
    monkeypatch.setattr(readme, "README", tmp_path / "README.md")
    readme.README.write_text(text, "utf-8")
    ended = CliRunner().invoke(app, ["readme"])
    assert (ended.exit_code, ended.output) == (0, f"Written: {tmp_path}/README.md\n")
    assert readme.README.read_text("utf-8") == written(text, gather())


def test_without_a_warehouse_the_command_leaves_the_file(data_dir, tmp_path, text, monkeypatch):
    monkeypatch.setattr(readme, "README", tmp_path / "README.md")
    readme.README.write_text(text, "utf-8")
    ended = CliRunner().invoke(app, ["readme"])
    assert ended.exit_code == 1
    assert "make demo" in ended.output
    assert readme.README.read_text("utf-8") == text
