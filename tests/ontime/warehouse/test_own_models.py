"""Models that belong to one dataset alone: they change nothing of the others."""

import re
import shutil

import duckdb
import pytest

from ontime.datasets import DATASETS
from ontime.settings import Settings, settings
from ontime.warehouse import own_models

REAL = settings.dbt_project_dir


@pytest.fixture
def models(tmp_path, monkeypatch):
    """The models of a copy of the dbt project; `airlines` gets a mart of its own."""
    copy = tmp_path / "dbt_project"
    shutil.copytree(REAL, copy, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setattr(Settings, "dbt_project_dir", property(lambda _: copy))
    return copy / "models"


def write_own(models, sql="select 1 as a"):
    (models / "marts" / "airlines").mkdir(exist_ok=True)
    (models / "marts" / "airlines" / "fct_mine.sql").write_text(sql)


def test_own_models_are_no_part_of_the_foundation(models):
    before = own_models.foundation()
    name, others = "models of airlines", own_models.lineage()
    assert name not in others
    write_own(models)
    assert own_models.foundation() == before
    digest = own_models.lineage()[name]
    assert own_models.lineage() == others | {name: digest}
    write_own(models, "select 2 as a")
    assert own_models.lineage()[name] != digest
    (models / "marts" / "fct_mine.sql").write_text("select 1 as a")
    assert own_models.foundation() != before


def test_the_tables_of_a_dataset_are_named_by_its_own_models_only(models):
    assert own_models.tables("airlines") == set()
    write_own(models)
    assert own_models.tables("airlines") == {"fct_mine"}
    assert own_models.tables("flights") == set()


def test_all_months_of_a_dataset_are_built_when_its_models_change(models):
    write_own(models)
    published, commits = own_models.lineage(), {"airlines/all": "1", "flights/2013-01": "2"}
    assert own_models.unchanged(commits, published) == commits
    assert own_models.unchanged(commits, {}) == {"flights/2013-01": "2"}
    write_own(models, "select 2 as a")
    assert own_models.unchanged(commits, published) == {"flights/2013-01": "2"}


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda models: None, {"fct_flights", "fct_mine"}),
        (lambda models: write_own(models, "select 2 as a"), {"fct_flights"}),
        (lambda models: shutil.rmtree(models / "marts" / "airlines"), {"fct_flights"}),
    ],
    ids=["nothing changed", "model changed", "dataset removed"],
)
def test_the_tables_of_changed_models_are_dropped_from_the_copy(models, tmp_path, change, left):
    write_own(models)
    published, candidate = own_models.lineage(), tmp_path / "candidate.duckdb"
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("create schema marts; create table marts.fct_flights(a int)")
        connection.execute("create table marts.fct_mine(a int)")
    change(models)
    own_models.drop_changed(candidate, published)
    with duckdb.connect(str(candidate)) as connection:
        assert {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()} == left


def test_no_other_model_reads_own_models():
    """Otherwise its rows would not be built again when those change."""
    files = list((REAL / "models").rglob("*.sql"))
    owner = {file.stem: file.parent.name for file in files if file.parent.name in DATASETS}
    for file in files:
        for read in re.findall(r'ref\("(\w+)"\)', file.read_text()):
            allowed = {file.parent.name, *getattr(DATASETS.get(file.parent.name), "needs", ())}
            assert owner.get(read, file.parent.name) in allowed, f"{file.name} reads {read}"
