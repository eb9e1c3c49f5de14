"""dbt, run as the program that it is.

python -m ontime.dbt      # parse the project: the manifest that the `warehouse` DAG draws its tasks from
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ontime.settings import settings


class DbtFailed(RuntimeError):
    """dbt ended with an error; the message is what it printed."""


def dbt(*arguments: str, target_dir: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a dbt command on the project; what it generates goes to ``target_dir``. Raises :class:`DbtFailed`."""
    done = subprocess.run(
        command(*arguments, target_dir=target_dir),
        env=settings.environment_with({**settings.dbt_environment, **(environment or {})}),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise DbtFailed(f"dbt {arguments[0]} failed on {settings.dbt_project_dir}:\n{done.stdout}{done.stderr}")


def command(*arguments: str, target_dir: Path) -> list[str]:
    """The command line that runs dbt on the project; what it generates goes to ``target_dir``."""
    project = str(settings.dbt_project_dir)
    program = str(Path(sys.executable).parent / "dbt")
    places = ["--project-dir", project, "--profiles-dir", project, "--target-path", str(target_dir)]
    return [program, "--quiet", "--log-path", str(target_dir / "logs"), *arguments, *places]


def parse() -> None:
    """Parse the project into ``settings.dbt_manifest``. Raises :class:`DbtFailed`."""
    settings.dbt_parsed_dir.mkdir(parents=True, exist_ok=True)
    # A DAG processor may read the manifest at this moment.
    with TemporaryDirectory(dir=settings.dbt_parsed_dir) as folder:
        dbt("parse", target_dir=Path(folder))
        os.replace(Path(folder) / settings.dbt_manifest.name, settings.dbt_manifest)


if __name__ == "__main__":
    parse()
