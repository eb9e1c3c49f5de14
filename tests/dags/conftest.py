"""A DagBag of the real DAG files, on an empty Airflow home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ontime.settings import settings


@pytest.fixture(scope="session")
def dag_bag(tmp_path_factory):
    home = tmp_path_factory.mktemp("airflow")
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(settings.dags_dir),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home}/airflow.db",
        AIRFLOW__COSMOS__ENABLE_TELEMETRY="False",
    )
    project = str(settings.dbt_project_dir)
    dbt = [str(Path(sys.executable).parent / "dbt"), "--quiet", "parse"]
    subprocess.run(
        [*dbt, "--project-dir", project, "--profiles-dir", project],
        env={**os.environ, **settings.dbt_environment},
        check=True,
    )
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(settings.dags_dir, include_examples=False)
