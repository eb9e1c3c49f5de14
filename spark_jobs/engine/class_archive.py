"""Builds an archive of Spark's classes, which makes a small job cost about a quarter less.

    python -m spark_jobs.engine.class_archive      # `make install` does it, once: half a minute

Most of a small job's cost is loading and verifying some 20,000 classes. A JVM that has run the jobs once can write its
classes to a file, and later JVMs map that file into memory (dynamic class-data sharing, JEP 350). The archive only fits
the Java and the jars that it was built with; the JVM ignores one that does not fit or is damaged.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from ontime.datasets import DATASETS
from ontime.settings import settings
from spark_jobs.engine.session import SMALL_BATCH_OPTIONS, conf_for

#: The programs beside this Python.
BIN = Path(sys.executable).parent


def reference_tables() -> list[str]:
    """The datasets without months whose embedded copy is installed."""
    return [
        name
        for name, dataset in DATASETS.items()
        if not dataset.is_monthly and dataset.embedded and find_spec(dataset.embedded.package)
    ]


def make(archive: Path) -> None:
    """Clean the embedded reference tables in a temporary folder, and keep the JVM's classes as ``archive``.

    Raises ``subprocess.CalledProcessError``; then an older archive stays as it was.
    """
    with TemporaryDirectory(dir=archive.parent) as folder:
        new = Path(folder) / archive.name
        options = f'{SMALL_BATCH_OPTIONS} "-XX:ArchiveClassesAtExit={new}"'
        conf = conf_for("local[1]") | {"spark.driver.extraJavaOptions": options}
        environment = settings.environment_with(
            {
                "ONTIME_DATA_DIR": folder,
                "ONTIME_SOURCE": "embedded",
                "PYSPARK_PYTHON": sys.executable,
                "SPARK_HOME": str(settings.spark_home),
            }
        )
        _run([str(BIN / "ontime"), "download", *reference_tables()], environment)
        # With spark-submit the JVM is the parent process, so it has written the archive when this call returns.
        submit = [str(BIN / "spark-submit"), "--master", "local[1]"]
        submit += [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]
        _run([*submit, str(settings.spark_application), *reference_tables()], environment)
        new.replace(archive)


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, env=environment, check=True, capture_output=True, text=True)


def main() -> None:
    """Build the archive. It is optional: if building it fails, print a warning and continue."""
    print("Archiving Spark's classes, so that its jobs start faster (half a minute)")
    try:
        make(settings.spark_class_archive)
    except subprocess.CalledProcessError as error:
        print(f"There is no class archive, so jobs start slower: {error}\n{error.stderr[-2000:]}", file=sys.stderr)


if __name__ == "__main__":
    main()
