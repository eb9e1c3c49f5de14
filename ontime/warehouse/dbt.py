"""Runs dbt as a separate process."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

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


def parse() -> None:
    """Parse the project into ``settings.dbt_manifest``, from which the ``warehouse`` DAG makes one task per model.

    Raises :class:`DbtFailed`.
    """
    settings.dbt_parsed_dir.mkdir(parents=True, exist_ok=True)
    # The file is replaced in one step, because a DAG processor may read it at any moment.
    with TemporaryDirectory(dir=settings.dbt_parsed_dir) as folder:
        dbt("parse", target_dir=Path(folder))
        os.replace(Path(folder) / settings.dbt_manifest.name, settings.dbt_manifest)
