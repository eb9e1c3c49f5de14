"""The program that runs commands of copies of the project, each run in a fork of this process.

The process has imported the libraries and none of the project's own rooms, so a run costs little and uses the code of
its copy. It reads a line of JSON per run on standard input: the folder of the ``code``, the ``environment``, the file
for the ``output``, ``seconds`` after which the run ends, and either ``commands`` (arguments of ``ontime``) or a
``program`` in Python. It answers with a line: the exit ``code``, the number of the command that ``failed``, and the
processor's time in ``cpu_seconds``. See :mod:`incidents.engine.running`.
"""

import json
import multiprocessing
import os
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import expectations  # it sets what Great Expectations reads on import
import ontime  # it limits the threads of the libraries

LIBRARIES = (
    "duckdb",
    "pandas",
    "psutil",
    "pyarrow.parquet",
    "pydantic_settings",
    "typer",
    "rich.table",
    "yaml",
    "great_expectations",
    "great_expectations.expectations",
    "pyspark.sql.functions",
)


def main() -> None:
    """Answer runs until standard input ends."""
    for library in (*LIBRARIES, *sys.argv[1:]):
        with suppress(ImportError):
            import_module(library)
    rooms = {"incidents", ontime.__name__, expectations.__name__}
    for name in [name for name in sys.modules if name.partition(".")[0] in rooms]:
        del sys.modules[name]
    context = multiprocessing.get_context("fork")
    for line in sys.stdin:
        run = json.loads(line)
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(run, sender))
        process.start()
        sender.close()
        process.join(run["seconds"])
        answer: dict[str, Any] = {"code": process.exitcode, "failed": 0, "cpu_seconds": 0.0}
        with suppress(ProcessLookupError):  # the processes that it has started too
            os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()
        with suppress(EOFError):
            while True:
                answer |= receiver.recv()
        print(json.dumps(answer), flush=True)


def _run(run: dict[str, Any], sender: Connection) -> None:
    os.setsid()
    target = os.open(run["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(target, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(run["code"])
    for name, value in run["environment"].items():
        os.environ[name] = value
    sys.path.insert(0, run["code"])
    code = 0
    try:
        if "program" in run:
            exec(compile(run["program"], "program", "exec"), {"__name__": "__main__"})  # noqa: S102
        for number, command in enumerate(run.get("commands", [])):
            sender.send({"failed": number})
            print("$ ontime", *command, flush=True)
            if code := _command(command):
                break
    finally:
        sys.stdout.flush()
        sender.send({"cpu_seconds": _cpu_seconds()})
    sys.exit(code)


def _command(arguments: list[str]) -> int:
    sys.argv = ["ontime", *arguments]
    try:
        # Of the copy, whose folder is the first on the path.
        import_module("cli.app").main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _cpu_seconds() -> float:
    """The processor's time of this process, and of those that it has started."""
    import psutil

    total = time.process_time() + sum(os.times()[2:4])
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            total += sum(child.cpu_times()[:4])
    return total


if __name__ == "__main__":
    main()
