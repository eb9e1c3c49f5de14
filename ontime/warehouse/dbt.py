"""Runs dbt as a separate process: single commands, the project's unit tests, and the parsing for Airflow."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ontime import digests, files
from ontime.settings import settings


class DbtFailed(RuntimeError):
    """dbt ended with an error; the message holds what it printed."""


def dbt(
    *arguments: str, target_dir: Path, environment: Mapping[str, str] | None = None, show_output: bool = False
) -> None:
    """Run a dbt command on the project; generated files go to ``target_dir``.

    With ``show_output`` dbt prints its progress as it goes. Raises :class:`DbtFailed`.
    """
    options = [] if show_output else ["--quiet"]
    done = subprocess.run(
        command(*options, *arguments, target_dir=target_dir),
        env=settings.environment_with({**settings.dbt_environment, **(environment or {})}),
        capture_output=not show_output,
        text=True,
    )
    if done.returncode:
        printed = "its output is above" if show_output else f"\n{done.stdout}{done.stderr}"
        raise DbtFailed(f"dbt {arguments[0]} failed on {settings.dbt_project_dir}: {printed}")


def command(*arguments: str, target_dir: Path) -> list[str]:
    """The command line that runs dbt on the project; generated files go to ``target_dir``."""
    project = str(settings.dbt_project_dir)
    program = str(Path(sys.executable).parent / "dbt")
    places = ["--project-dir", project, "--profiles-dir", project, "--target-path", str(target_dir)]
    return [program, "--log-path", str(target_dir / "logs"), *arguments, *places]


def run_unit_tests() -> bool:
    """Run the unit tests of the dbt project on its built candidate, once per project.

    Returns False if they were not run: the project has passed them before (it has the same digest, and unit tests do
    not depend on the data), or dbt has left no staging and intermediate tables. dbt opens its files for writing and
    needs only the columns, so the tests run on a copy without rows. Raises :class:`DbtFailed`.
    """
    passed, project = _passed_file(), _project()
    build_file = Path(f"{settings.warehouse_candidate}.build")
    if not build_file.exists() or (passed.exists() and passed.read_text() == project):
        return False
    settings.dbt_parsed_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.dbt_parsed_dir) as folder:
        copy = Path(folder) / settings.warehouse_candidate.name
        _copy_without_rows(settings.warehouse_candidate, copy)
        _copy_without_rows(build_file, Path(f"{copy}.build"))
        dbt(
            *("test", "--select", "test_type:unit"),
            target_dir=settings.dbt_parsed_dir / "unit_tests",
            environment={"ONTIME_DBT_DUCKDB_PATH": str(copy)},
        )
    files.write_text(passed, project)
    return True


def remember_unit_tests() -> None:
    """Record that the project, as it is now, has passed its unit tests: they are not run again until it changes."""
    settings.dbt_parsed_dir.mkdir(parents=True, exist_ok=True)
    files.write_text(_passed_file(), _project())


def _passed_file() -> Path:
    return settings.dbt_parsed_dir / "unit_tests.json"


def _project() -> str:
    return json.dumps({"project": digests.of_dbt_project(settings.dbt_project_dir)})


def _copy_without_rows(source: Path, target: Path) -> None:
    """Copy the schemas and tables of a DuckDB file, without rows."""
    with duckdb.connect(str(target), config=settings.duckdb_config) as connection:
        quoted = str(source).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS source (READ_ONLY)")
        tables = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'source'"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            connection.execute(f'CREATE TABLE "{schema}"."{table}" AS FROM source."{schema}"."{table}" LIMIT 0')


def parse() -> None:
    """Parse the project into ``settings.dbt_manifest``, from which the ``warehouse`` DAG makes one task per model.

    Raises :class:`DbtFailed`.
    """
    settings.dbt_parsed_dir.mkdir(parents=True, exist_ok=True)
    # The file is replaced in one step, because a DAG processor may read it at any moment.
    with TemporaryDirectory(dir=settings.dbt_parsed_dir) as folder:
        dbt("parse", target_dir=Path(folder))
        os.replace(Path(folder) / settings.dbt_manifest.name, settings.dbt_manifest)
