"""Where settings come from, and rules wherever a setting is used."""

import re
from pathlib import Path

import pytest

from ontime.settings import ENV_FILE, PROJECT_DIR, Settings, settings

PRODUCT = [
    path
    for room in ("ontime", "expectations", "ml", "dashboard", "serving", "cli")
    for path in sorted((PROJECT_DIR / room).rglob("*.py"))
]


@pytest.fixture
def env_file(tmp_path, monkeypatch) -> Path:
    """A ``.env`` file, without environment variables that would override it."""
    for name in ("ONTIME_SOURCE", "ONTIME_DUCKDB_THREADS", "ONTIME_USER_AGENT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / ".env"


def test_an_env_file_is_read_and_other_programs_lines_are_ignored(env_file):
    env_file.write_text("# a comment\nONTIME_SOURCE=live\nCOMPOSE_PROFILES=celery\nONTIME_SPARK_WORKERS=3\n")
    assert Settings(_env_file=env_file).source == "live"


def test_the_environment_wins_over_the_env_file(env_file, monkeypatch):
    env_file.write_text("ONTIME_DUCKDB_THREADS=2\n")
    monkeypatch.setenv("ONTIME_DUCKDB_THREADS", "3")
    assert Settings(_env_file=env_file).duckdb_threads == 3


def test_an_empty_value_means_the_default(env_file):
    env_file.write_text("ONTIME_DUCKDB_THREADS=\nONTIME_USER_AGENT=\n")
    read = Settings(_env_file=env_file)
    assert (read.duckdb_threads, read.user_agent) == (4, None)


def test_tests_do_not_read_a_developers_env_file():
    assert not ENV_FILE.is_file()


def test_settings_survive_a_round_trip_through_the_environment(env_file, monkeypatch):
    changed = Settings(source="live", weather_airports="ATL BOS", promotion_needs_approval=True)
    for name, value in changed.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == changed


def test_dbt_run_by_hand_has_the_same_defaults():
    profile = (settings.dbt_project_dir / "profiles.yml").read_text()
    defaults = re.findall(r"env_var\('ONTIME_(DUCKDB_\w+)', '(\w+)'\)", profile)
    assert {name.lower(): value for name, value in defaults} == {
        name: str(Settings.model_fields[name].default) for name in ("duckdb_memory_limit", "duckdb_threads")
    }


def test_dbt_run_by_us_gets_the_settings(monkeypatch):
    monkeypatch.setattr(settings, "duckdb_memory_limit", "7GB")
    monkeypatch.setattr(settings, "duckdb_threads", 3)
    variables = settings.dbt_environment
    assert (variables["ONTIME_DUCKDB_MEMORY_LIMIT"], variables["ONTIME_DUCKDB_THREADS"]) == ("7GB", "3")


@pytest.mark.parametrize(
    "file",
    [path for path in PRODUCT if "duckdb.connect(" in path.read_text()],
    ids=lambda path: str(path.relative_to(PROJECT_DIR)),
)
def test_every_duckdb_connection_has_limits(file: Path):
    connections = re.findall(r"duckdb\.connect\((.*)\)", file.read_text())
    assert len(connections) == file.read_text().count("duckdb.connect(")
    for arguments in connections:
        assert "config=settings.duckdb_config" in arguments
