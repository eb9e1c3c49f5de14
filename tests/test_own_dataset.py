"""`ontime dataset new` in a copy of the code: what it writes is published before anybody edits it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import duckdb
import pytest

from ontime.settings import PROJECT_DIR

pytestmark = [pytest.mark.more, pytest.mark.timeout(600)]

ROOMS = ("ontime", "spark_jobs", "expectations", "dbt_project", "cli", "dags", "templates", "tests")
#: Runs several commands in one process, because each import of the libraries takes seconds.
COMMANDS = """
import json, sys
from cli.app import app
for command in json.loads(sys.argv[1]):
    assert not app(command, standalone_mode=False), command
"""
#: Publishes two flights, each with the weather of its hour.
FLIGHTS = """
from ontime import warehouse
from tests.dbt_project.tiny_lake import flight, good_rows, make
rows = {key: records for key, records in good_rows().items() if key[1] != "2013-02"}
make(rows | {("flights", "2013-01"): [
    flight("2013-01-01 05:15", "EWR-IAH", 2, 11), flight("2013-01-01 06:15", "EWR-IAH", 2, 20)
]})
assert warehouse.prepare_candidate()
warehouse.build_candidate()
warehouse.mark_candidate_validated()
warehouse.publish_candidate()
"""


class Copy:
    """A copy of the code under version control, with an empty data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder / "code", folder / "data"
        for room in ROOMS:
            ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
            shutil.copytree(PROJECT_DIR / room, self.folder / room, ignore=ignored)
        for file in ("pyproject.toml", "project.toml", ".gitignore"):
            shutil.copy(PROJECT_DIR / file, self.folder)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=copy")

    def git(self, *arguments: str) -> list[str]:
        return self._run("git", *arguments).splitlines()

    def python(self, *arguments: str) -> str:
        return self._run(sys.executable, *arguments)

    def ontime(self, *commands: str) -> str:
        return self.python("-c", COMMANDS, json.dumps([command.split() for command in commands]))

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.data / "warehouse" / "ontime.duckdb"), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def new(self, sample: Path, **answers: str) -> None:
        data = [part for name, answer in answers.items() for part in ("--data", f"{name}={answer}")]
        program = "from cli.app import main; main()"
        self.python(
            "-c", program, "dataset", "new", "--sample", str(sample), "--data", f"source={sample.parent}", *data
        )
        changes = self.git("status", "--porcelain")
        assert changes, "nothing was written"
        assert {change[:2] for change in changes} == {"??"}, "a tracked file was changed"

    def publish(self, dataset: str, months: str) -> str:
        steps = ("download", "check raw", "clean", "check clean")
        return self.ontime(
            *(f"{step} {dataset} {months}" for step in steps),
            *("warehouse prepare", "warehouse build", "check marts", "warehouse publish"),
        )

    def _run(self, *command: str) -> str:
        environment = os.environ | {"PYTHONPATH": str(self.folder), "ONTIME_DATA_DIR": str(self.data)}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def copy(tmp_path) -> Copy:
    return Copy(tmp_path)


def test_a_folder_of_csv_files_is_published_and_its_removal_leaves_no_trace(copy, tmp_path):
    files, chance = tmp_path / "rain", Random(1)
    files.mkdir()
    expected = []
    for month in (1, 2):
        rows = [
            (2024, month, day, gauge, chance.randint(0, 40)) for day in range(1, 29) for gauge in ("north", "south")
        ]
        lines = ["year,month,day,gauge,millimeters", *(",".join(map(str, row)) for row in rows), ""]
        (files / f"2024-{month:02d}.csv").write_text("\n".join(lines))
        expected.append((month, len(rows), sum(row[-1] for row in rows)))
    copy.new(files / "2024-01.csv", name="rain", title="Rain", license="CC0", key="year, month, day, gauge")
    copy.publish("rain", "--from 2024-01 --to 2024-02")
    assert expected == copy.query(
        "select month(month_start_date), row_count, millimeters_sum from marts.agg_rain_monthly order by 1"
    )
    tested = copy.python("-m", "pytest", "-q", "-n", "0", "tests/spark_jobs/test_rain.py")
    assert "2 passed" in tested
    assert "Nothing to update" in copy.ontime("dataset update rain")
    copy.ontime("dataset remove rain")
    assert copy.git("status", "--porcelain") == []


def test_another_delimiter_time_zone_and_key_beside_flights_that_are_not_built_again(copy, tmp_path):
    files, chance = tmp_path / "pegel", Random(2)
    files.mkdir()
    expected = {}
    for month in ("03", "04"):
        rows = [
            (f"{day:02d}.{month}.2024 {hour:02d}:30", station, chance.randint(-50, 900))
            for day in range(1, 31)
            for hour in (1, 13)
            for station in ("Köln", "Bonn")
        ]
        lines = [f"{station};{at};{str(height / 10).replace('.', ',')}" for at, station, height in rows]
        lines.insert(5, "Bonn;31.12.2023 00:00;1,0")
        (files / f"2024-{month}.csv").write_text("\n".join(["Ort;Zeit (Berlin);Pegel in m", *lines, ""]))
        expected[f"2024-{month}-01"] = (len(rows), sum(height for *_, height in rows) / 10)
    copy.new(
        files / "2024-03.csv",
        name="pegel",
        title="Wasserstand am Rhein",
        license="dl-de/by-2-0",
        time_zone="Europe/Berlin",
    )
    copy.python("-c", FLIGHTS)
    flights = "select count(*), sum(arrival_delay_minutes) from marts.fct_flights"
    assert copy.query(flights) == [(2, 31)]
    printed = copy.publish("pegel", "--from 2024-03 --to 2024-04")
    assert "To build in" in printed
    assert "2024-03, 2024-04 on top of 000001-" in printed
    assert copy.query(flights) == [(2, 31)]
    sums = copy.query("select month_start_date::text, row_count, round(pegel_in_m_sum, 6) from marts.agg_pegel_monthly")
    assert {month: (count, total) for month, count, total in sums} == expected
    # 01:30 and 13:30 in Cologne, in UTC: one hour earlier in winter, two from 31 March on.
    hours = "select distinct hour(zeit_berlin) from marts.fct_pegel where month_start_date = '2024-{}-01' order by 1"
    assert copy.query(hours.format("03")) == [(0,), (12,)]
    assert copy.query(hours.format("04")) == [(11,), (23,)]
    quarantine = copy.data / "quarantine" / "pegel" / "year=2024" / "month=03" / "*.parquet"
    assert duckdb.sql(f"select raw_Ort, reason from '{quarantine}'").fetchall() == [("Bonn", "wrong_month")]
