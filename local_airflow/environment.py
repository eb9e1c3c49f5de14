"""The local Airflow's configuration, as environment variables."""

import json
import os
import sys
from pathlib import Path

from dotenv import dotenv_values

from local_airflow.credentials import passwords_file, secret
from ontime.settings import PROJECT_DIR, settings

#: The variables that docker-compose.yml sets too.
SHARED_FILE = PROJECT_DIR / "deploy" / "airflow.env"


def environment() -> dict[str, str]:
    """The environment variables of the local Airflow's processes.

    `docs/decisions/0003-embedded-airflow.md` gives the reason for each value.
    """
    home, inherited = settings.airflow_home, settings.environment_with({})
    api = f"http://127.0.0.1:{settings.port}"
    return {
        **_shared(),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": settings.spark_master}),
        "AIRFLOW__API__BASE_URL": api,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.port),
        "AIRFLOW__API__SECRET_KEY": secret("api_secret_key"),
        "AIRFLOW__API_AUTH__JWT_SECRET": secret("jwt_secret"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.dags_dir),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{api}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": secret("fernet_key"),
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file()),
        "AIRFLOW__COSMOS__CACHE_DIR": str(home / "cosmos"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database_file()}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
        **settings.as_environment(),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited.get('PATH', '')}",
        # Tasks call Airflow's API on this machine, never through a proxy.
        "NO_PROXY": f"127.0.0.1,localhost,{inherited.get('NO_PROXY', '')}",
        "no_proxy": f"127.0.0.1,localhost,{inherited.get('no_proxy', '')}",
        # Without this macOS kills processes that fork after certain imports.
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        "PYTHONPATH": str(PROJECT_DIR),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": str(settings.spark_home),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def database_file() -> Path:
    """Airflow's SQLite database."""
    return settings.airflow_home / "airflow.db"


def _shared() -> dict[str, str]:
    return {name: value or "" for name, value in dotenv_values(SHARED_FILE).items()}
