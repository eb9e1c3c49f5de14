"""Secrets are created once, readable only by their owner, and written completely or not at all."""

import json
import stat

import pytest

from local_airflow import credentials
from ontime.settings import settings


def test_a_secret_is_created_once_and_only_its_owner_can_read_it(data_dir):
    created = credentials.secret("jwt_secret")
    assert len(created) == 64
    assert credentials.secret("jwt_secret") == created
    file = settings.secrets_dir / "jwt_secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_all_secrets_differ(data_dir):
    assert credentials.create_missing() == 6
    secrets = [path.read_text() for path in settings.secrets_dir.iterdir()]
    assert len(set(secrets)) == len(secrets) == 6


def test_the_password_is_the_one_that_airflow_reads(data_dir):
    assert json.loads(credentials.secret("passwords.json")) == {"admin": credentials.password()}
    assert len(credentials.password()) >= 16


def test_a_secret_that_cannot_be_written_leaves_no_file(data_dir, monkeypatch):
    def full_disk() -> str:
        raise OSError("no space left")

    monkeypatch.setitem(credentials._NEW, "jwt_secret", full_disk)
    with pytest.raises(OSError, match="no space"):
        credentials.secret("jwt_secret")
    assert list(settings.secrets_dir.iterdir()) == []


def test_when_two_processes_start_at_once_the_first_one_wins(data_dir, monkeypatch):
    def other_process_writes_first() -> str:
        (settings.secrets_dir / "jwt_secret").write_text("theirs")
        return "ours"

    monkeypatch.setitem(credentials._NEW, "jwt_secret", other_process_writes_first)
    assert credentials.secret("jwt_secret") == "theirs"


def test_an_unknown_name_is_an_error(data_dir):
    with pytest.raises(KeyError):
        credentials.secret("jwt")
