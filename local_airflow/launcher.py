"""The processes of the local Airflow: import once, fork the components, stop together.

`airflow.py` starts ``python -m local_airflow.launcher`` in the environment of `environment.py`. It replaces
``airflow standalone``, which imports Airflow five times, leaves its children running after SIGTERM, and opens two log
servers on every network interface.
"""

import os
import signal
import sys
from importlib import import_module
from threading import Thread
from types import FrameType

from ontime import locks

#: No log servers: they serve UIs on other machines, and here the UI reads the log files itself.
SERVICES = (["api-server"], ["dag-processor"], ["triggerer", "--skip-serve-logs"])
SCHEDULER = ["scheduler", "--skip-serve-logs"]

#: Modules that tasks and DAG files import and that take long to import. The scheduler loads them once and forks every
#: task, so a task finds them loaded.
PRELOADED = (
    "airflow.providers.apache.spark.operators.spark_submit",
    "airflow.providers.standard.decorators.python",
    "airflow.sdk.definitions.decorators",
    "cosmos.operators.watcher",
    # Airflow's plugins are loaded in each task; this one imports FastAPI.
    "cosmos.plugin.airflow3",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "expectations.gate.gate",
    "ml.train",
    # MLflow's client imports these when it opens the registry: two tasks of every training do.
    "mlflow.pyfunc",
    "mlflow.store.tracking.sqlalchemy_workspace_store",
    "mlflow.store.model_registry.sqlalchemy_workspace_store",
)
#: Imported before Airflow: while skops is imported, it looks up attributes of every loaded module, which is slow for
#: Airflow's modules.
IMPORTED_FIRST = "skops.io"


def main() -> int:
    """Run until SIGTERM, until a component ends or until the parent process is gone; then stop every component.

    Returns 1. Holds a lock until every component has ended.
    """
    with locks.hold(locks.AIRFLOW_PROCESSES, "Airflow"):
        return _run()


def _run() -> int:
    import_module(IMPORTED_FIRST)
    import_module("cosmos")
    _wait(_fork(["db", "migrate"]))
    components = {_fork(service): service[0] for service in SERVICES}
    for module in PRELOADED:
        import_module(module)
    components[_fork(SCHEDULER)] = SCHEDULER[0]

    def stop(signal_number: int, frame: FrameType | None) -> None:
        for pid in components:
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    Thread(target=_stop_without_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pid, status = os.wait()
    print(f"{components.pop(pid)} ended with status {os.waitstatus_to_exitcode(status)}", flush=True)
    stop(signal.SIGTERM, None)
    for pid in list(components):
        _wait(pid)
    return 1


def _fork(command: list[str]) -> int:
    """Run ``airflow <command>`` in a fork of this process; return its pid."""
    from airflow.__main__ import main as airflow

    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    sys.argv = ["airflow", *command]
    try:
        airflow()
    except SystemExit as exit_:
        os._exit(exit_.code if isinstance(exit_.code, int) else 1)
    finally:
        sys.stdout.flush()
    os._exit(0)


def _stop_without_parent() -> None:
    """Stop when the parent process ends, even if it was killed: standard input is a pipe from it, which then closes.

    Not ``sys.stdin.read``: it would hold a lock that Python needs to exit.
    """
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _wait(pid: int) -> None:
    os.waitpid(pid, 0)


if __name__ == "__main__":
    sys.exit(main())
