import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from ontime import files, lake, warehouse
from ontime.contract import ALL
from ontime.datasets import DATASETS
from ontime.settings import settings


def candidate(value: int) -> Path:
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    path = settings.warehouse_candidate
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE answer AS SELECT {value} AS value")
    return path


def published_value(name: str = "ontime") -> int:
    with duckdb.connect(str(warehouse.published_path(name)), read_only=True) as connection:
        return connection.execute("SELECT value FROM answer").fetchone()[0]


def commit_all(flights=("2013-01",), weather=("2013-01",)) -> None:
    for dataset in DATASETS:
        for month in {"flights": flights, "weather": weather}.get(dataset, (ALL,)):
            commit(dataset, month)


def commit(dataset: str, month: str, value: int = 1) -> None:
    staging = lake.staging_dir(dataset)
    duckdb.sql(f"COPY (SELECT {value} AS value) TO '{staging}/a.parquet'")
    partition = lake.CleanPartition(dataset, month, "raw", "job", 1, 1, 0)
    lake.commit_clean(partition, [staging / "a.parquet"], [])
    lake.mark_validated(partition)


def test_publishing_makes_the_candidate_current(data_dir):
    version = warehouse.publish("ontime", candidate(1), {"inputs": "abc"})
    assert published_value() == 1
    assert warehouse.current() == version
    assert version.sha256 == files.file_sha256(warehouse.published_path())
    assert not settings.warehouse_candidate.exists()


def test_a_published_file_cannot_be_written(data_dir):
    version = warehouse.publish("ontime", candidate(1), {})
    assert version.path.stat().st_mode & 0o222 == 0


def test_a_reader_keeps_the_version_it_opened(data_dir):
    warehouse.publish("ontime", candidate(1), {})
    with duckdb.connect(str(warehouse.current().path), read_only=True) as reader:
        warehouse.publish("ontime", candidate(2), {})
        assert reader.execute("SELECT value FROM answer").fetchone() == (1,)
    assert published_value() == 2


def test_the_last_versions_are_kept(data_dir):
    versions = [warehouse.publish("ontime", candidate(value), {}) for value in range(5)]
    assert warehouse.history() == versions[:1:-1]
    assert [version.path.exists() for version in versions] == [False, False, True, True, True]


def test_rollback_goes_back_one_version_at_a_time(data_dir):
    for value in range(3):
        warehouse.publish("ontime", candidate(value), {})
    warehouse.rollback()
    assert published_value() == 1
    warehouse.rollback()
    assert published_value() == 0
    with pytest.raises(warehouse.NothingPublished, match="the versions kept are"):
        warehouse.rollback()
    assert published_value() == 0


def test_rollback_to_a_named_version_also_goes_forward(data_dir):
    newest = [warehouse.publish("ontime", candidate(value), {}) for value in range(3)][-1]
    warehouse.rollback()
    warehouse.rollback(to=newest.version)
    assert published_value() == 2


def test_a_new_version_after_a_rollback_is_current(data_dir):
    for value in range(3):
        warehouse.publish("ontime", candidate(value), {})
    warehouse.rollback()
    warehouse.publish("ontime", candidate(9), {})
    assert published_value() == 9


def test_rollback_before_any_publication_is_told(data_dir):
    with pytest.raises(warehouse.NothingPublished, match="Nothing has been published"):
        warehouse.rollback()


def test_publishing_without_a_candidate_is_told(data_dir):
    with pytest.raises(warehouse.NothingPublished, match="prepare and build it first"):
        warehouse.publish_candidate()


def test_a_publication_killed_before_its_swap_leaves_the_published_file(data_dir, monkeypatch):
    warehouse.publish("ontime", candidate(1), {})
    before = files.file_sha256(warehouse.published_path())

    def killed(link, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(lake, "point_link", killed)
    with pytest.raises(KeyboardInterrupt):
        warehouse.publish("ontime", candidate(2), {})
    assert files.file_sha256(warehouse.published_path()) == before
    assert published_value() == 1


# -- when there is something to build --------------------------------------------
def test_nothing_is_built_before_every_dataset_has_arrived(data_dir, capsys):
    assert warehouse.prepare_candidate() is False
    assert "Waiting for clean data: flights: nothing yet; weather: nothing yet" in capsys.readouterr().out


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
    warehouse.accept_candidate()
    version = warehouse.publish_candidate()
    assert version.lineage["inputs"] == warehouse.inputs_digest()
    assert version.lineage["months"] == "2013-01..2013-01"
    assert version.commits == lake.commits()
    assert warehouse.prepare_candidate() is False
    assert f"published version {version.version}" in capsys.readouterr().out


def test_a_month_committed_again_is_built_again(data_dir):
    commit_all()
    warehouse.prepare_candidate()
    candidate(1)
    warehouse.accept_candidate()
    warehouse.publish_candidate()
    commit_all()
    assert warehouse.prepare_candidate() is True


def test_data_that_arrives_during_a_build_is_built_next(data_dir):
    commit_all()
    warehouse.prepare_candidate()
    candidate(1)
    commit_all()
    warehouse.accept_candidate()
    version = warehouse.publish_candidate()
    assert version.lineage["inputs"] != warehouse.inputs_digest()
    assert warehouse.prepare_candidate() is True


def test_what_is_committed_during_a_build_does_not_show_in_it(data_dir):
    commit_all()
    warehouse.prepare_candidate()
    linked = (settings.candidate_inputs_dir / "flights" / "year=2013" / "month=01").resolve()
    commit_all()
    assert (settings.candidate_inputs_dir / "flights" / "year=2013" / "month=01").resolve() == linked
    assert lake.clean_partition_dir("flights", "2013-01").resolve() != linked
    assert linked.exists()


@pytest.mark.parametrize("change", [None, 2], ids=["never audited", "changed after its audit"])
def test_a_candidate_that_has_not_passed_its_gate_is_not_published(data_dir, change):
    commit_all()
    warehouse.prepare_candidate()
    candidate(1)
    if change:
        warehouse.accept_candidate()
        candidate(change)
    with pytest.raises(warehouse.NotAudited, match="has not passed its gate"):
        warehouse.publish_candidate()
    assert warehouse.current() is None


def test_preparing_removes_what_a_killed_build_left(data_dir):
    commit_all()
    candidate(1)
    settings.warehouse_candidate.with_name("candidate.duckdb.wal").touch()
    settings.warehouse_candidate.with_name("candidate.duckdb.tmp").mkdir()
    assert warehouse.prepare_candidate() is True
    assert not list(settings.warehouse_dir.glob("candidate.duckdb*"))


# -- what a candidate begins as ----------------------------------------------------
def publish_all(value: int) -> warehouse.Version:
    """Publish a warehouse of everything that is committed."""
    assert warehouse.prepare_candidate()
    candidate(value)
    warehouse.accept_candidate()
    return warehouse.publish_candidate()


def begun_as() -> int | None:
    """The answer in the candidate as it was prepared; None where it is to be built from nothing."""
    if not settings.warehouse_candidate.exists():
        return None
    with duckdb.connect(str(settings.warehouse_candidate)) as connection:
        connection.execute("CREATE TABLE it_can_be_written AS SELECT 1")
        return connection.execute("SELECT value FROM answer").fetchone()[0]


@pytest.fixture
def published(data_dir) -> warehouse.Version:
    """Two months, published as 1."""
    commit_all(flights=("2013-01", "2013-02"), weather=("2013-01", "2013-02"))
    return publish_all(1)


def test_a_candidate_begins_as_what_is_published(published, capsys):
    commit("flights", "2013-02")
    assert warehouse.prepare_candidate()
    assert begun_as() == 1
    assert f"candidate.duckdb, 2013-02, upon {published.version}" in capsys.readouterr().out
    assert files.file_sha256(published.path) == published.sha256


def test_after_a_rollback_it_begins_as_the_version_rolled_back_to(published, capsys):
    commit("weather", "2013-01")
    publish_all(2)
    warehouse.rollback()
    commit("weather", "2013-02")
    assert warehouse.prepare_candidate()
    assert begun_as() == 1
    assert f"2013-01, 2013-02, upon {published.version}" in capsys.readouterr().out


def test_it_begins_as_nothing_when_the_dbt_project_has_changed(published, tmp_path, monkeypatch):
    project = shutil.copytree(settings.dbt_project_dir, tmp_path / "dbt_project")
    monkeypatch.setattr(type(settings), "dbt_project_dir", project)
    commit("flights", "2013-02")
    (project / "models" / "marts" / "dim_airlines.sql").write_text("select 1 as one")
    assert warehouse.prepare_candidate()
    assert begun_as() is None


@pytest.mark.parametrize(("value", "begins_as"), [(1, 1), (2, None)], ids=["the same rows", "other rows"])
def test_it_begins_as_nothing_when_the_aircraft_are_others(published, value, begins_as):
    commit("aircraft", ALL, value)
    assert warehouse.prepare_candidate()
    assert begun_as() == begins_as


def test_it_begins_as_nothing_when_told_to(published, capsys):
    assert not warehouse.prepare_candidate()
    assert CliRunner().invoke(warehouse.app, ["prepare", "--full"]).exit_code == 0
    assert begun_as() is None


def test_a_preparation_killed_while_it_copies_leaves_nothing_to_publish(published, monkeypatch):
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
        # Behind what goes: else DuckDB would cut the end of the file off itself.
        connection.execute("CREATE TABLE kept AS SELECT hash(range) FROM range(100_000)")
        connection.execute("CHECKPOINT")
        connection.execute("DROP TABLE gone")
    warehouse.accept_candidate()
    version = warehouse.publish_candidate()
    commit("flights", "2013-01")
    warehouse.prepare_candidate()
    assert begun_as() == 1
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


# -- command line ----------------------------------------------------------------
def test_history_and_rollback_commands(data_dir):
    versions = [warehouse.publish("ontime", candidate(value), {}) for value in range(2)]
    runner = CliRunner()
    listed = runner.invoke(warehouse.app, ["history"], env={"COLUMNS": "200"})
    assert listed.exit_code == 0
    assert all(version.version in listed.stdout for version in versions)
    rolled = runner.invoke(warehouse.app, ["rollback"])
    assert rolled.exit_code == 0
    assert versions[0].version in rolled.stdout
    refused = runner.invoke(warehouse.app, ["rollback"])
    assert refused.exit_code == 1


def test_query_command(data_dir):
    runner = CliRunner()
    refused = runner.invoke(warehouse.app, ["query", "SELECT 1"])
    assert (refused.exit_code, "make demo" in refused.output) == (1, True)
    warehouse.publish("ontime", candidate(41), {})
    mistyped = runner.invoke(warehouse.app, ["query", "SELECT nothing FROM answer"])
    assert (mistyped.exit_code, "nothing" in mistyped.output) == (1, True)
    assert runner.invoke(warehouse.app, ["query", "DROP TABLE answer"]).exit_code == 1


def test_query_command_prints_what_it_finds(data_dir, capfd):
    warehouse.publish("ontime", candidate(41), {})
    warehouse.query("SELECT value + 1 FROM answer")
    assert "42" in capfd.readouterr().out
