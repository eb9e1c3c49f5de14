"""The chain's stages: what they run, and how the page shows what they cost."""

from bench.studies.measure import Cost
from bench.studies.stages import Stage, _commands, table
from ontime.datasets import DATASETS, MONTHLY


def test_the_table_adds_up_and_tells_ratios():
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


def test_a_month_runs_every_stage_of_the_year_and_leaves_reference_tables_alone():
    year, month = _commands("2013-01", "2013-12"), _commands("2013-12", "2013-12", only_month=True)
    assert list(month) == list(year)
    told = {word for commands in month.values() for command in commands for word in command}
    assert not told & (set(DATASETS) - set(MONTHLY))
    assert "2013-01" not in told and "2013-12" in told
    downloaded = [command[2] for command in year["download"]]
    assert sorted(downloaded) == sorted(f"ontime.sources.{dataset}" for dataset in DATASETS)
    for stage in ("raw gates", "Spark", "clean gates"):
        [command] = year[stage]
        assert set(DATASETS) < set(command)
