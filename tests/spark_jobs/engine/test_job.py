"""A job's digest: prose does not change it; code and contracts do. Lookups are compared value by value."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import spark_jobs
from ontime import lake
from ontime.contract import ALL, Bounds
from ontime.datasets import DATASETS
from ontime.sources.download import download
from spark_jobs import airlines
from spark_jobs.engine import partitions
from spark_jobs.engine.job import DECIDING_MODULES, Job

PROSE = [
    # file, text, replacement
    pytest.param("airlines.py", '"""Return clean airlines and', '"""Give tidy airlines and', id="the job's docstring"),
    pytest.param("airlines.py", "\nMAPPINGS", "\n# A new comment.\nMAPPINGS", id="a comment in the job"),
    pytest.param("engine/rules.py", "#: Why a row can be", "#: For what reason a row is", id="a comment on the rules"),
    pytest.param("engine/session.py", "TieredStopAtLevel=1", "TieredStopAtLevel=2", id="a setting of the session"),
    pytest.param("engine/partitions.py", "are up to date", "have not changed", id="a message"),
]
DECISIONS = [
    pytest.param("airlines.py", '"name": "Description"', '"name": "Code"', id="a mapping"),
    pytest.param("airlines.py", '("carrier", "name")', '("carrier",)', id="a rule of the job"),
    pytest.param("engine/rules.py", ".isNotNull()", ".isNull()", id="a rule of all jobs"),
    pytest.param("engine/rules.py", '    "missing_value",\n', "", id="the order of reasons"),
    pytest.param("engine/raw_columns.py", r"\.0+$", r"\.0*$", id="how a number is parsed"),
    pytest.param("engine/clean_columns.py", "value > high", "value >= high", id="what out of bounds means"),
    pytest.param("engine/time_zones.py", "to_utc_timestamp", "from_utc_timestamp", id="how a local time is converted"),
    pytest.param("engine/files.py", 'nullValue="NA"', 'nullValue="-"', id="how a file is parsed"),
]


@pytest.fixture
def job_files(tmp_path, monkeypatch):
    """A copy of the jobs, from which the digest of airlines is computed."""
    copy = tmp_path / "spark_jobs"
    shutil.copytree(Path(spark_jobs.__file__).parent, copy)
    monkeypatch.setattr(airlines, "__file__", str(copy / "airlines.py"))
    return copy


def change(file, text, replacement):
    content = file.read_text()
    assert text in content
    file.write_text(content.replace(text, replacement))


def changed_column(dataset, name, **changes):
    columns = [replace(column, **changes) if column.name == name else column for column in dataset.columns]
    return replace(dataset, columns=tuple(columns))


@pytest.mark.parametrize(("file", "text", "replacement"), PROSE)
def test_prose_and_settings_do_not_change_the_digest(job_files, file, text, replacement):
    before = Job.of("airlines").sha256
    change(job_files / file, text, replacement)
    assert Job.of("airlines").sha256 == before


@pytest.mark.parametrize(("file", "text", "replacement"), DECISIONS)
def test_a_decision_changes_the_digest(job_files, file, text, replacement):
    before = Job.of("airlines").sha256
    change(job_files / file, text, replacement)
    assert Job.of("airlines").sha256 != before


def test_every_deciding_module_exists():
    engine = Path(spark_jobs.__file__).parent / "engine"
    assert [name for name in DECIDING_MODULES if not (engine / f"{name}.py").exists()] == []


def test_a_description_does_not_change_the_digest_and_a_bound_does():
    airports = DATASETS["airports"]
    described = changed_column(airports, "elevation_feet", description="Height above sea level.", unit="ft")
    sourced = changed_column(airports, "elevation_feet", bounds=Bounds(-1300, 14_500, "another source"))
    bounded = changed_column(airports, "elevation_feet", bounds=Bounds(-1300, 14_501, "another source"))
    unbounded = changed_column(airports, "elevation_feet", bounds=None)
    module = Job.of("airports").module
    before, *same, higher, none = (
        Job(contract, module, {}).sha256 for contract in (airports, described, sourced, bounded, unbounded)
    )
    assert same == [before, before]
    assert len({before, higher, none}) == 3


def test_only_a_decision_cleans_again(spark, data_dir, job_files, monkeypatch):
    download("airlines", [ALL])
    assert len(partitions.clean("airlines", [ALL], lambda _: spark)) == 1
    before = lake.clean_partition("airlines", ALL)

    change(job_files / "airlines.py", '"""Return clean airlines and', '# A comment.\n    """Give tidy airlines and')
    described = changed_column(DATASETS["airlines"], "airline_name", description="Another description.")
    monkeypatch.setitem(DATASETS, "airlines", described)
    assert partitions.clean("airlines", [ALL], lambda _: spark) == []
    assert lake.clean_partition("airlines", ALL) == before

    change(job_files / "airlines.py", '("carrier", "name")', '("carrier",)')
    assert len(partitions.clean("airlines", [ALL], lambda _: spark)) == 1
    monkeypatch.setitem(DATASETS, "airlines", changed_column(described, "airline_name", bounds=Bounds(0, None, "")))
    assert len(partitions.clean("airlines", [ALL], lambda _: spark)) == 1
