"""Random kills and random pairs of steps over the whole chain.

The chain is real: download, gates, Spark, dbt, publication and training of three thinned months. The seed is printed.
"""

import os

import duckdb
import pytest

from ontime import warehouse
from ontime.settings import settings
from tests.faults.chain import PUBLISHED, tables
from tests.faults.fault import Fault, Verdict
from tests.faults.random_faults import Trials, run
from tests.faults.reader import Reader

SEED = 20261127

FAULTS = [
    Fault("a step killed before a random file operation, or at a random instant", "every step", Verdict.HEALED),
    Fault("two steps at once, the second one at a random instant", "every pair of steps", Verdict.WAITS),
]

pytestmark = pytest.mark.more


@pytest.fixture(scope="module")
def trials(tmp_path_factory) -> Trials:
    print(f"seed {SEED}")
    return Trials(tmp_path_factory.mktemp("trials"), SEED)


@pytest.mark.parametrize("number", range(1, 13))
def test_a_killed_step_ends_right_when_it_runs_again(trials, number):
    print(trials.kill(number))


@pytest.mark.parametrize("number", range(1, 5))
def test_two_steps_at_once_end_right(trials, number):
    print(trials.pair(number))


# -- the harness notices what is wrong -----------------------------------------------------------
def publish(name: str, value: int) -> warehouse.Version:
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    file = settings.warehouse_dir / f"{name}-candidate.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"CREATE SCHEMA ml; CREATE TABLE ml.t AS SELECT {value} AS x")
    return warehouse.publish(name, file, {})


@pytest.fixture
def reader(data_dir) -> Reader:
    """A reader of three published files, which has seen them once."""
    for name in PUBLISHED:
        publish(name, 1)
    reader = Reader({name: [tables(warehouse.published_path(name))] for name in PUBLISHED})
    reader.look()
    assert reader.problems == []
    return reader


def test_the_reader_notices_another_content(reader):
    publish("monitoring", 2)
    reader.look()
    assert [problem.split(": {'ml.t'")[0] for problem in reader.problems] == ["monitoring"]


def test_the_reader_notices_half_a_file_and_a_link_to_nothing(reader):
    file = warehouse.published_path("ontime").resolve()
    file.chmod(0o644)
    os.truncate(file, file.stat().st_size // 2)
    warehouse.published_path("predictions").resolve().unlink()
    reader.look()
    assert [problem.split("(")[0] for problem in reader.problems] == [
        "ontime: IOException",
        "predictions: FileNotFoundError",
    ]


def test_the_series_continues_with_what_is_missing_or_wrong(tmp_path):
    ran = []
    trials = {name: lambda name=name: ran.append(name) or "done" for name in ("kill 1", "kill 2", "kill 3")}
    (tmp_path / "results.txt").write_text("kill 1 ok done (1 s)\nkill 2 WRONG a traceback (1 s)\n")
    assert run(trials, tmp_path / "results.txt") == 0
    assert ran == ["kill 2", "kill 3"]
