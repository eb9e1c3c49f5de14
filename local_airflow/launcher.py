"""The processes of the local Airflow: import once, fork the components, stop together.

`airflow.py` starts ``python -m local_airflow.launcher`` in the environment of `environment.py`. It replaces
``airflow standalone``, which imports Airflow five times, leaves its children running after SIGTERM, and opens two log
servers on every network interface.
"""

import os
import signal
import sys
from collections.abc import Callable
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


#: The argument that ends runs of an earlier Airflow.
END_UNFINISHED = "--end-unfinished-runs"


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
    if END_UNFINISHED in sys.argv:
        _wait(_in_fork(_end_unfinished_runs))
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


def _end_unfinished_runs() -> None:
    """Mark runs that an earlier Airflow left unfinished, and their tasks, as failed; the UI shows why.

    This happens before the scheduler starts, because that would begin to run their tasks again. Besides, Airflow counts
    the active runs of a DAG when it parses the DAG: one that may have a single run at a time would get no new one.
    """
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState, State, TaskInstanceState
    from sqlalchemy import select

    with create_session() as session:
        unfinished = DagRun.state.in_([DagRunState.QUEUED, DagRunState.RUNNING])
        for run in session.scalars(select(DagRun).where(unfinished)):
            for task in run.get_task_instances(session=session):
                if task.state is not None and task.state not in State.finished:
                    task.set_state(TaskInstanceState.FAILED, session=session)
            run.set_state(DagRunState.FAILED)
            run.note = "Airflow was stopped before this run ended."


def _fork(command: list[str]) -> int:
    """Run ``airflow <command>`` in a fork of this process; return its pid."""
    from airflow.__main__ import main as airflow

    def run() -> None:
        sys.argv = ["airflow", *command]
        airflow()

    return _in_fork(run)


def _in_fork(work: Callable[[], None]) -> int:
    """Do the work in a fork of this process, which then ends; return its pid."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
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
