"""An archive of Spark's classes, with which a small job costs about a quarter less.

    python -m spark_jobs.engine.class_archive      # `make install` does it, once: half a minute

Most of what a small job costs is loading and verifying some 20,000 classes. A JVM that has run the jobs once can write
them to a file as it has them in memory, and the next ones map that file (dynamic class-data sharing, JEP 350). The
file holds for the Java and the jars that it was made with: beside others, or broken, the JVM leaves it alone.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from ontime.datasets import DATASETS, MONTHLY
from ontime.settings import settings
from spark_jobs.engine.session import SMALL_BATCH_OPTIONS, conf_for

REFERENCE_TABLES = [dataset for dataset in DATASETS if dataset not in MONTHLY]


def make(archive: Path) -> None:
    """Clean the embedded reference tables in a folder that is then removed; keep the JVM's classes as ``archive``.

    Raises ``subprocess.CalledProcessError``; then an archive that was there is as it was.
    """
    with TemporaryDirectory(dir=archive.parent) as folder:
        new = Path(folder) / archive.name
        options = f"{SMALL_BATCH_OPTIONS} -XX:ArchiveClassesAtExit={new}"
        conf = conf_for("local[1]") | {"spark.driver.extraJavaOptions": options}
        environment = settings.environment_with(
            {"ONTIME_DATA_DIR": folder, "ONTIME_SOURCE": "embedded", "PYSPARK_PYTHON": sys.executable}
        )
        for dataset in REFERENCE_TABLES:
            _run([sys.executable, "-m", f"ontime.sources.{dataset}"], environment)
        # The JVM is the parent here: it ends, and writes, before the program does.
        submit = [str(Path(sys.executable).with_name("spark-submit")), "--master", "local[1]"]
        submit += [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]
        _run([*submit, str(settings.spark_application), *REFERENCE_TABLES], environment)
        new.replace(archive)


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, env=environment, check=True, capture_output=True, text=True)


def main() -> None:
    """Make the archive anew. Without one jobs run all the same, so a failure is told and is none."""
    print("Archiving Spark's classes, so that its jobs start faster (half a minute)")
    try:
        make(settings.spark_class_archive)
    except subprocess.CalledProcessError as error:
        print(f"There is no archive, and jobs start slower: {error}\n{error.stderr[-2000:]}", file=sys.stderr)


if __name__ == "__main__":
    main()
