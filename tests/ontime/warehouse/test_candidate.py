"""When a candidate is built, what it starts from, and when it may be published."""

import shutil

import duckdb
import pytest

from ontime import files, lake, warehouse
from ontime.contract import ALL
from ontime.settings import settings
from tests.ontime.warehouse.made import candidate, commit, commit_all


def test_publishing_without_a_candidate_is_an_error(data_dir):
    with pytest.raises(warehouse.NothingPublished, match="prepare and build it first"):
        warehouse.publish_candidate()


# -- when there is something to build --------------------------------------------
def test_nothing_is_built_before_flights_have_arrived(data_dir, capsys):
    assert warehouse.prepare_candidate() is False
    waiting = capsys.readouterr().out.partition("Waiting for clean data: ")[2]
    assert "flights: nothing yet" in waiting.strip(" .\n").split("; ")


def test_nothing_is_built_while_a_month_of_flights_lacks_its_weather(data_dir, capsys):
    commit_all(flights=("2013-01", "2013-02"))
    assert warehouse.prepare_candidate() is False
    assert "weather: not yet for 2013-02" in capsys.readouterr().out


def test_nothing_is_built_from_a_partition_that_has_not_passed_its_gate(data_dir, capsys):
    commit_all()
    lake.clear_validated(lake.clean_partition("flights", "2013-01"))
    assert warehouse.prepare_candidate() is False
    assert "flights 2013-01: has not passed its gate" in capsys.readouterr().out


def test_new_clean_data_is_built_once(data_dir, capsys):
    commit_all()
    assert warehouse.prepare_candidate() is True
    candidate(1)
    warehouse.mark_candidate_validated()
    version = warehouse.publish_candidate()
    assert version.lineage["inputs"] == warehouse.inputs_digest()
    assert version.lineage["months"] == "2013-01..2013-01"
    assert version.commits == lake.commits()
    assert warehouse.prepare_candidate() is False
    assert f"published version {version.version}" in capsys.readouterr().out


def test_a_month_that_is_committed_again_is_rebuilt(data_dir):
    commit_all()
    warehouse.prepare_candidate()
    candidate(1)
    warehouse.mark_candidate_validated()
    warehouse.publish_candidate()
    commit_all()
    assert warehouse.prepare_candidate() is True


def test_data_committed_during_a_build_is_built_next(data_dir):
    commit_all()
    warehouse.prepare_candidate()
    candidate(1)
    commit_all()
    warehouse.mark_candidate_validated()
    version = warehouse.publish_candidate()
    assert version.lineage["inputs"] != warehouse.inputs_digest()
    assert warehouse.prepare_candidate() is True


def test_a_commit_during_a_build_does_not_change_its_inputs(data_dir):
    commit_all()
    warehouse.prepare_candidate()
    linked = (settings.candidate_inputs_dir / "flights" / "year=2013" / "month=01").resolve()
    commit_all()
    assert (settings.candidate_inputs_dir / "flights" / "year=2013" / "month=01").resolve() == linked
    assert lake.clean_partition_dir("flights", "2013-01").resolve() != linked
    assert linked.exists()


@pytest.mark.parametrize("change", [None, 2], ids=["never validated", "changed after its gate"])
def test_a_candidate_that_has_not_passed_its_gate_is_not_published(data_dir, change):
    commit_all()
    warehouse.prepare_candidate()
    candidate(1)
    if change:
        warehouse.mark_candidate_validated()
        candidate(change)
    with pytest.raises(warehouse.NotValidated, match="has not passed its gate"):
        warehouse.publish_candidate()
    assert warehouse.current() is None


def test_preparing_removes_the_leftovers_of_a_killed_build(data_dir):
    commit_all()
    candidate(1)
    settings.warehouse_candidate.with_name("candidate.duckdb.wal").touch()
    settings.warehouse_candidate.with_name("candidate.duckdb.tmp").mkdir()
    assert warehouse.prepare_candidate() is True
    assert not list(settings.warehouse_dir.glob("candidate.duckdb*"))


# -- what a candidate starts from ----------------------------------------------------
def publish_all(value: int) -> warehouse.Version:
    """Publish a warehouse of everything that is committed."""
    assert warehouse.prepare_candidate()
    candidate(value)
    warehouse.mark_candidate_validated()
    return warehouse.publish_candidate()


def start_value() -> int | None:
    """The answer in the prepared candidate; None if the candidate is empty."""
    if not settings.warehouse_candidate.exists():
        return None
    with duckdb.connect(str(settings.warehouse_candidate)) as connection:
        connection.execute("CREATE TABLE proof_that_it_is_writable AS SELECT 1")
        return connection.execute("SELECT value FROM answer").fetchone()[0]


@pytest.fixture
def published(data_dir) -> warehouse.Version:
    """Two months, published as 1."""
    commit_all(flights=("2013-01", "2013-02"), weather=("2013-01", "2013-02"))
    return publish_all(1)


def test_a_candidate_starts_from_the_published_version(published, capsys):
    commit("flights", "2013-02")
    assert warehouse.prepare_candidate()
    assert start_value() == 1
    assert f"candidate.duckdb: 2013-02 on top of {published.version}" in capsys.readouterr().out
    assert files.file_sha256(published.path) == published.sha256


def test_after_a_rollback_it_starts_from_the_version_rolled_back_to(published, capsys):
    commit("weather", "2013-01")
    publish_all(2)
    warehouse.rollback()
    commit("weather", "2013-02")
    assert warehouse.prepare_candidate()
    assert start_value() == 1
    assert f"2013-01, 2013-02 on top of {published.version}" in capsys.readouterr().out


def test_it_starts_empty_when_the_dbt_project_has_changed(published, tmp_path, monkeypatch):
    project = shutil.copytree(settings.dbt_project_dir, tmp_path / "dbt_project")
    monkeypatch.setattr(type(settings), "dbt_project_dir", project)
    commit("flights", "2013-02")
    (project / "models" / "marts" / "dim_airlines.sql").write_text("select 1 as one")
    assert warehouse.prepare_candidate()
    assert start_value() is None


@pytest.mark.parametrize(("value", "expected"), [(1, 1), (2, None)], ids=["the same rows", "other rows"])
def test_it_starts_empty_when_the_aircraft_have_changed(published, value, expected):
    commit("aircraft", ALL, value)
    assert warehouse.prepare_candidate()
    assert start_value() == expected


def test_it_starts_empty_with_the_option_full(published):
    assert not warehouse.prepare_candidate()
    assert warehouse.prepare_candidate(full=True)
    assert start_value() is None


def test_a_preparation_killed_while_copying_leaves_nothing_to_publish(published, monkeypatch):
    commit("flights", "2013-02")

    def killed(source, target):
        target.write_bytes(source.read_bytes()[:1000])
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfile", killed)
    with pytest.raises(KeyboardInterrupt):
        warehouse.prepare_candidate()
    with pytest.raises(warehouse.NothingPublished):
        warehouse.publish_candidate()
    monkeypatch.undo()


def test_a_file_with_much_free_space_is_rewritten(data_dir):
    commit_all()
    warehouse.prepare_candidate()
    with duckdb.connect(str(candidate(1))) as connection:
        connection.execute("CREATE TABLE gone AS SELECT range, hash(range) FROM range(1_000_000)")
        connection.execute("CHECKPOINT")
        # A table after the dropped one: otherwise DuckDB would truncate the file itself.
        connection.execute("CREATE TABLE kept AS SELECT hash(range) FROM range(100_000)")
        connection.execute("CHECKPOINT")
        connection.execute("DROP TABLE gone")
    warehouse.mark_candidate_validated()
    version = warehouse.publish_candidate()
    commit("flights", "2013-01")
    warehouse.prepare_candidate()
    assert start_value() == 1
    assert settings.warehouse_candidate.stat().st_size < version.size_bytes / 2


# -- predictions -----------------------------------------------------------------
def test_predictions_are_published_once(data_dir, tmp_path):
    file = tmp_path / "predictions.parquet"
    duckdb.sql(f"COPY (SELECT 'a' AS flight_key, 0.25 AS delay_probability) TO '{file}'")
    first = warehouse.publish_predictions(file, "m1")
    assert warehouse.publish_predictions(file, "m1") == first
    with duckdb.connect(str(warehouse.published_path("predictions")), read_only=True) as connection:
        assert connection.execute("SELECT * FROM ml.flight_delay_predictions").fetchall() == [("a", 0.25)]
    assert warehouse.publish_predictions(file, "m2") != first


@pytest.mark.parametrize("missing", ["airports", "airlines", "aircraft"])
def test_flights_wait_for_every_table_that_they_need(data_dir, capsys, missing):
    commit_all()
    shutil.rmtree(settings.clean_dir / ".versions" / missing)
    lake.clean_partition_dir(missing, ALL).unlink()
    assert warehouse.prepare_candidate() is False
    assert f"Waiting for clean data: {missing}: nothing yet." in capsys.readouterr().out
