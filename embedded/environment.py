"""The embedded Airflow's configuration: environment variables, and secrets made at first start."""

import base64
import json
import os
import secrets
import sys
from pathlib import Path

from ontime.settings import PROJECT_DIR, settings

USER = "admin"


def environment() -> dict[str, str]:
    """What the embedded Airflow's processes need in their environment.

    Why each value is what it is: `docs/decisions/0003-embedded-airflow.md`.
    """
    home, inherited = settings.airflow_home, settings.environment_with({})
    api = f"http://127.0.0.1:{settings.port}"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": settings.spark_master}),
        "AIRFLOW__API__BASE_URL": api,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret(home / "jwt_secret", secrets.token_hex(32)),
        "AIRFLOW__API__SECRET_KEY": _secret(home / "api_secret_key", secrets.token_hex(32)),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.dags_dir),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{api}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": _secret(
            home / "fernet_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        ),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords_file()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__OPENLINEAGE__DISABLED": "True",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "False",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "ONTIME_DATA_DIR": str(settings.data_dir),
        "ONTIME_SOURCE": settings.source,
        **({"ONTIME_SOURCE_DIR": str(settings.source_dir)} if settings.source_dir else {}),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited.get('PATH', '')}",
        # Tasks talk to Airflow's API on this machine, never through a proxy.
        "NO_PROXY": f"127.0.0.1,localhost,{inherited.get('NO_PROXY', '')}",
        "no_proxy": f"127.0.0.1,localhost,{inherited.get('no_proxy', '')}",
        # macOS ends processes that fork after certain imports, unless told not to.
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        "PYTHONPATH": str(PROJECT_DIR),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "TZ": "UTC",
    }


def password() -> str:
    """The generated password of the UI's only user; made at first start, never shown in a log."""
    file = _passwords_file()
    if not file.exists():
        _write_private(file, json.dumps({USER: secrets.token_urlsafe(12)}))
    return json.loads(file.read_text())[USER]


def _passwords_file() -> Path:
    return settings.airflow_home / "passwords.json"


def _secret(file: Path, new: str) -> str:
    if not file.exists():
        _write_private(file, new)
    return file.read_text()


def _write_private(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(content)
