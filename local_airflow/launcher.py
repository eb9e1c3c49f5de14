"""The embedded Airflow's processes: import once, fork the components, end together.

``python -m local_airflow.launcher`` runs in the environment that `environment.py` makes. It takes the
place of ``airflow standalone``, which imports Airflow five times over, orphans its children on
SIGTERM, and opens two log servers on every network interface.
"""

import os
import signal
import sys
from importlib import import_module
from threading import Thread
from types import FrameType

#: The log servers serve other machines' UIs; here the UI reads the log files themselves.
SERVICES = (["api-server"], ["dag-processor"], ["triggerer", "--skip-serve-logs"])
SCHEDULER = ["scheduler", "--skip-serve-logs"]

#: What tasks import that takes seconds. The scheduler forks every task, so they find it loaded.
HEAVY = ("dbt.cli.main", "dbt.adapters.duckdb", "expectations.gate.gate", "ml.train")
#: Before Airflow: while it is imported it tries its names on every loaded module, and Airflow's answer slowly.
FIRST = "skops.io"


def main() -> int:
    """Run until told to stop (SIGTERM) or until a component ends; then end them all."""
    import_module(FIRST)
    import_module("cosmos")
    _wait(_fork(["db", "migrate"]))
    components = {_fork(service): service[0] for service in SERVICES}
    for module in HEAVY:
        import_module(module)
    components[_fork(SCHEDULER)] = SCHEDULER[0]

    def stop(signal_number: int, frame: FrameType | None) -> None:
        for pid in components:
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    Thread(target=_stop_without_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended, status = os.wait()
    print(f"{components.pop(ended)} ended with status {os.waitstatus_to_exitcode(status)}", flush=True)
    stop(signal.SIGTERM, None)
    for pid in list(components):
        _wait(pid)
    return 1


def _fork(command: list[str]) -> int:
    """Start ``airflow <command>`` as a copy of this process; return its pid."""
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
    """Standard input is a pipe from the process that started this one: it ends when that one does, even if killed."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _wait(pid: int) -> None:
    os.waitpid(pid, 0)


if __name__ == "__main__":
    sys.exit(main())
