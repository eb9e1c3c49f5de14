"""Runs pytest in forks of a process that has imported the libraries, so that a run costs seconds. For ``mutants.py``.

Reads a line of JSON per run on standard input: ``arguments`` of pytest, ``seconds`` after which the run ends, and
``is_clean``, whether the code is unchanged. Answers each with a line: the exit code, or ``too slow``.
"""

import json
import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module

import ontime  # noqa: F401 - first: it limits the threads of the libraries

#: Nothing of the project's own rooms: those modules change from run to run.
LIBRARIES = (
    "pytest",
    "duckdb",
    "pandas",
    "pyarrow.parquet",
    "pydantic_settings",
    "typer.testing",
    "dbt.cli.main",
    "mlflow.tracking",
    "sklearn.ensemble",
    "lightgbm",
    "scipy.stats",
    "pyspark.sql.functions",
)


def _pytest(arguments: list[str], is_clean: bool) -> None:
    os.setsid()
    # Compiled modules are kept of unchanged code only: Python recognises them by a file's size and its second.
    sys.dont_write_bytecode = not is_clean
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    import pytest

    code = pytest.main(arguments)
    os._exit(code)


def main() -> None:
    import expectations  # noqa: F401 - it sets what Great Expectations reads on import

    for library in (*LIBRARIES, "great_expectations", "great_expectations.expectations"):
        with suppress(ImportError):
            import_module(library)
    context = multiprocessing.get_context("fork")
    for line in sys.stdin:
        run = json.loads(line)
        process = context.Process(target=_pytest, args=(run["arguments"], run["is_clean"]))
        process.start()
        process.join(run["seconds"])
        answer = "too slow" if process.is_alive() else str(process.exitcode)
        with suppress(ProcessLookupError):  # its own processes too
            os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()
        print(answer, flush=True)


if __name__ == "__main__":
    main()
