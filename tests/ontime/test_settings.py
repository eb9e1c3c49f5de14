"""What holds wherever a setting is read."""

import re
from pathlib import Path

import pytest

from ontime.settings import PROJECT_DIR, Settings, settings

PRODUCT = [
    path for room in ("ontime", "expectations", "dashboard") for path in sorted((PROJECT_DIR / room).rglob("*.py"))
]


def test_dbt_by_hand_has_the_same_defaults():
    profile = (settings.dbt_project_dir / "profiles.yml").read_text()
    defaults = re.findall(r"env_var\('ONTIME_(DUCKDB_\w+)', '(\w+)'\)", profile)
    assert {name.lower(): value for name, value in defaults} == {
        name: str(Settings.model_fields[name].default) for name in ("duckdb_memory_limit", "duckdb_threads")
    }


def test_dbt_started_by_us_has_the_settings(monkeypatch):
    monkeypatch.setattr(settings, "duckdb_memory_limit", "7GB")
    monkeypatch.setattr(settings, "duckdb_threads", 3)
    given = settings.dbt_environment
    assert (given["ONTIME_DUCKDB_MEMORY_LIMIT"], given["ONTIME_DUCKDB_THREADS"]) == ("7GB", "3")


@pytest.mark.parametrize("file", [path for path in PRODUCT if "duckdb.connect(" in path.read_text()], ids=str)
def test_every_connection_has_its_limits(file: Path):
    connections = re.findall(r"duckdb\.connect\((.*)\)", file.read_text())
    assert len(connections) == file.read_text().count("duckdb.connect(")
    for arguments in connections:
        assert "config=settings.duckdb_config" in arguments
