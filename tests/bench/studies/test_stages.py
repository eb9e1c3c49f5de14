"""The commands of each stage, and the table of their costs."""

from pathlib import Path

import click
from typer.main import get_command

from bench.studies.measure import Cost
from bench.studies.stages import Stage, stage_commands, table
from cli.app import app
from ontime.datasets import DATASETS, MONTHLY


def test_the_table_has_sums_and_ratios():
    stages = [
        Stage("download", Cost(4.0, 6.0, 100), Cost(1.0, 1.5, 100)),
        Stage("Spark", Cost(36.0, 30.0, 900), Cost(19.0, 20.0, 900)),
    ]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table(stages, Cost(0, 54.0, 0)).splitlines()]
    assert rows[2:] == [
        ["download", "4.0", "6.0", "1.0", "0.25", "1.5"],
        ["Spark", "36.0", "30.0", "19.0", "0.53", "20.0"],
        ["**sum**", "40.0", "36.0", "20.0", "0.50", "21.5"],
        ["the chain, through Airflow", "", "54.0", "", "", ""],
        ["× the sum", "", "1.50", "", "", ""],
    ]


def test_one_month_more_runs_every_stage_without_the_datasets_that_have_no_months():
    year, month = stage_commands("2013-01", "2013-12"), stage_commands("2013-12", "2013-12", only_monthly=True)
    assert list(month) == list(year)
    words = {word for commands in month.values() for command in commands for word in command}
    assert not words & (set(DATASETS) - set(MONTHLY))
    assert "2013-01" not in words and "2013-12" in words
    assert sorted(command[2] for command in year["download"]) == sorted(DATASETS)
    for stage in ("raw gates", "Spark", "clean gates"):
        [command] = year[stage]
        assert set(DATASETS) < set(command)


def test_every_measured_ontime_command_exists():
    commands = [command for stage in stage_commands("2013-01", "2013-12").values() for command in stage]
    measured = [words for program, *words in commands if Path(program).name == "ontime"]
    assert len(measured) >= 10
    for words in measured:
        command = get_command(app)
        while isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
