"""Airflow's secrets: one file each, created when first needed and readable only by their owner."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from ontime.settings import settings

USER = "admin"

_NEW: dict[str, Callable[[], str]] = {
    "jwt_secret": lambda: secrets.token_hex(32),
    "api_secret_key": lambda: secrets.token_hex(32),
    "fernet_key": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "database_password": lambda: secrets.token_hex(24),
    "broker_password": lambda: secrets.token_hex(24),
    "passwords.json": lambda: json.dumps({USER: secrets.token_urlsafe(12)}),
}


def secret(name: str) -> str:
    """Read a secret, or create it if it is missing. Raises ``KeyError`` for an unknown name."""
    file, new = settings.secrets_dir / name, _NEW[name]
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        # A hard link appears complete or not at all; if two processes start at once, the first one wins.
        with NamedTemporaryFile("w", dir=file.parent) as complete, suppress(FileExistsError):
            complete.write(new())
            complete.flush()
            os.link(complete.name, file)
    return file.read_text()


def create_missing() -> int:
    """Create every missing secret; existing ones stay. Returns the number of all secrets."""
    for name in _NEW:
        secret(name)
    return len(_NEW)


def password() -> str:
    """The password of the UI's only user. Never write it to a log."""
    return json.loads(secret(passwords_file().name))[USER]


def passwords_file() -> Path:
    """The file in which Airflow's simple auth manager looks up passwords."""
    return settings.secrets_dir / "passwords.json"
