"""Secrets: made once, for their owner only, complete or not at all."""

import json
import stat

import pytest

from local_airflow import credentials
from ontime.settings import settings


def test_a_secret_is_made_once_and_for_its_owner_only(data_dir):
    made = credentials.secret("jwt_secret")
    assert len(made) == 64
    assert credentials.secret("jwt_secret") == made
    file = settings.secrets_dir / "jwt_secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_two_are_the_same(data_dir):
    credentials.create()
    made = [path.read_text() for path in settings.secrets_dir.iterdir()]
    assert len(set(made)) == len(made) == 6


def test_the_password_is_the_one_airflow_reads(data_dir):
    assert json.loads(credentials.secret("passwords.json")) == {"admin": credentials.password()}
    assert len(credentials.password()) >= 16


def test_one_that_could_not_be_written_is_not_there(data_dir, monkeypatch):
    def full_disk() -> str:
        raise OSError("no space left")

    monkeypatch.setitem(credentials._NEW, "jwt_secret", full_disk)
    with pytest.raises(OSError, match="no space"):
        credentials.secret("jwt_secret")
    assert list(settings.secrets_dir.iterdir()) == []


def test_of_two_that_start_at_once_the_first_wins(data_dir, monkeypatch):
    def another_was_faster() -> str:
        (settings.secrets_dir / "jwt_secret").write_text("theirs")
        return "ours"

    monkeypatch.setitem(credentials._NEW, "jwt_secret", another_was_faster)
    assert credentials.secret("jwt_secret") == "theirs"


def test_an_unknown_one_is_an_error(data_dir):
    with pytest.raises(KeyError):
        credentials.secret("jwt")
