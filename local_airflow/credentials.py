"""Airflow's secrets: made at first start, one file each, readable by their owner only.

python -m local_airflow.credentials login      # the UI's user and password
python -m local_airflow.credentials create     # all that are missing; docker-compose.yml runs this first
"""

import base64
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import typer

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
    """A secret by its name, made if it is missing. Raises ``KeyError`` for an unknown name."""
    file, new = settings.secrets_dir / name, _NEW[name]
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        # Complete or not at all, and the first of two that start at once wins.
        with NamedTemporaryFile("w", dir=file.parent) as complete, suppress(FileExistsError):
            complete.write(new())
            complete.flush()
            os.link(complete.name, file)
    return file.read_text()


def password() -> str:
    """The password of the UI's only user; never shown in a log."""
    return json.loads(secret(passwords_file().name))[USER]


def passwords_file() -> Path:
    """Where Airflow's simple auth manager looks the password up."""
    return settings.secrets_dir / "passwords.json"


app = typer.Typer(help="Airflow's secrets.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def create() -> None:
    """Make every secret that is missing; those that are there stay."""
    for name in _NEW:
        secret(name)
    print(f"{len(_NEW)} secrets in {settings.secrets_dir}")


@app.command()
def login() -> None:
    """Print the user and password of Airflow's UI."""
    print(f"user {USER}  password {password()}")


if __name__ == "__main__":
    app()
