"""Start the embedded Airflow, ask it things over its REST API, stop all of it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from embedded.environment import USER, environment, password
from ontime.settings import settings

START_TIMEOUT_SECONDS = 180
STOP_TIMEOUT_SECONDS = 15


class AirflowNotReady(RuntimeError):
    """The embedded Airflow did not come up, or a DAG file cannot be imported."""


class _StillStarting(RuntimeError):
    """Airflow answers, but not everything of it is there yet."""


class Client:
    """The few calls of Airflow's REST API that the demo makes (`/api/v2`)."""

    #: Blocks until Airflow ends by itself, which it should not.
    wait_for_end: Callable[[], int]

    def __init__(self) -> None:
        self._base = f"http://127.0.0.1:{settings.port}"
        # Never through a proxy: it is on this machine.
        self._http = httpx.Client(base_url=self._base, timeout=60, trust_env=False)

    def log_in(self) -> None:
        answer = self._http.post("/auth/token", json={"username": USER, "password": password()})
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def health(self) -> dict[str, str | None]:
        """Component to its status, for example ``{"scheduler": "healthy"}``."""
        # The first call to the execution API takes seconds; tasks allow it five.
        httpx.get(f"{self._base}/execution/health", timeout=60, trust_env=False).raise_for_status()
        return {name: part["status"] for name, part in self._get("/monitor/health").items()}

    def import_errors(self) -> list[str]:
        return [error["stack_trace"] for error in self._get("/importErrors")["import_errors"]]

    def dag_ids(self) -> set[str]:
        return {dag["dag_id"] for dag in self._get("/dags")["dags"]}

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Trigger a run now; return its run id."""
        body = {"logical_date": None, "conf": conf or {}}
        answer = self._http.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body)
        answer.raise_for_status()
        return answer.json()["dag_run_id"]

    def dag_runs(self, since: datetime) -> list[dict[str, Any]]:
        """All DAGs' runs that were made since, oldest first."""
        parameters = {"run_after_gte": since.isoformat(), "order_by": "run_after", "limit": 100}
        return self._get("/dags/~/dagRuns", parameters)["dag_runs"]

    def succeeded_since(self, dag_id: str, instant: str) -> bool:
        """Did a run of a DAG that was made after an instant (ISO 8601) succeed?"""
        parameters = {"run_after_gte": instant, "state": ["success"], "limit": 1}
        return bool(self._get(f"/dags/{dag_id}/dagRuns", parameters)["dag_runs"])

    def active_dag_runs(self) -> list[dict[str, Any]]:
        return self._get("/dags/~/dagRuns", {"state": ["queued", "running"], "limit": 100})["dag_runs"]

    def fail_dag_run(self, run: dict[str, Any], note: str) -> None:
        answer = self._http.patch(
            f"/api/v2/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}", json={"state": "failed", "note": note}
        )
        answer.raise_for_status()

    def task_instances(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances"
        return self._get(path, {"limit": 200})["task_instances"]

    def returned(self, task: dict[str, Any]) -> Any:
        """What a task returned, or None."""
        path = (
            f"/api/v2/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}"
            f"/taskInstances/{task['task_id']}/xcomEntries/return_value"
        )
        answer = self._http.get(path, params={"deserialize": "false"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        answer.raise_for_status()
        value = answer.json()["value"]
        try:
            return json.loads(value) if isinstance(value, str) else value
        except json.JSONDecodeError:
            return value

    def log_tail(self, task: dict[str, Any], lines: int = 40) -> list[str]:
        """The last lines of a task's last try."""
        path = (
            f"/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}"
            f"/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        )
        content = self._get(path, {"full_content": "true"})["content"]
        text: list[str] = []
        for entry in content:
            text += (entry["event"] if isinstance(entry, dict) else str(entry)).splitlines()
            if isinstance(entry, dict):
                for error in entry.get("error_detail") or []:
                    text += f"{error['exc_type']}: {error['exc_value']}".splitlines()
        return text[-lines:]

    def _get(self, path: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._http.get(f"/api/v2{path}", params=parameters)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def running_airflow() -> Iterator[Client]:
    """The embedded Airflow, ready to run tasks; every process of it ends with the block."""
    process = _start()
    try:
        client = Client()
        _wait_until_ready(client, process)
        client.wait_for_end = process.wait
        yield client
    finally:
        _stop(process)


def log_file() -> Path:
    """Where the embedded Airflow's own output goes (each task has a log in the UI)."""
    return settings.airflow_home / "airflow.log"


def _start() -> subprocess.Popen[bytes]:
    password()
    parse_dbt_project()
    log_file().parent.mkdir(parents=True, exist_ok=True)
    with log_file().open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "embedded.launcher"],
            env=settings.environment_with(environment()),
            stdin=subprocess.PIPE,  # it ends when this pipe does: also when this process is killed
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the others in order
        )


def parse_dbt_project() -> None:
    """Write dbt's manifest, from which the `warehouse` DAG draws its tasks."""
    dbt, project = str(Path(sys.executable).parent / "dbt"), str(settings.dbt_project_dir)
    command = [dbt, "--quiet", "parse", "--project-dir", project, "--profiles-dir", project]
    parsed = subprocess.run(
        command, env=settings.environment_with(settings.dbt_environment), capture_output=True, text=True
    )
    if parsed.returncode:
        raise AirflowNotReady(f"dbt cannot parse {project}:\n{parsed.stdout}{parsed.stderr}")


def _wait_until_ready(client: Client, process: subprocess.Popen[bytes]) -> None:
    @retry(
        retry=retry_if_exception_type((httpx.HTTPError, _StillStarting)),
        stop=stop_after_delay(START_TIMEOUT_SECONDS),
        wait=wait_fixed(0.5),
        reraise=True,
    )
    def wait() -> None:
        if process.poll() is not None:
            raise AirflowNotReady(f"Airflow ended while starting. The end of {log_file()}:\n\n{log_tail()}")
        client.log_in()
        unhealthy = {name: status for name, status in client.health().items() if status != "healthy"}
        missing = _dag_files() - client.dag_ids()
        errors = client.import_errors()
        if errors:
            raise AirflowNotReady("A DAG file cannot be imported:\n\n" + "\n".join(errors))
        if unhealthy or missing:
            raise _StillStarting(unhealthy or missing)

    try:
        wait()
    except (httpx.HTTPError, _StillStarting) as problem:
        raise AirflowNotReady(
            f"Airflow is not ready after {START_TIMEOUT_SECONDS} s ({problem}). "
            f"The end of {log_file()}:\n\n{log_tail()}"
        ) from problem


def _dag_files() -> set[str]:
    """The dag_ids to wait for: every DAG file is named after its DAG."""
    ignored = (settings.dags_dir / ".airflowignore").read_text().split()
    return {path.stem for path in settings.dags_dir.glob("*.py") if path.name not in ignored}


def log_tail() -> str:
    """The last lines of Airflow's own output."""
    return "\n".join(log_file().read_text(errors="replace").splitlines()[-30:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End every process that was started: asked first, then by force."""
    # A second Ctrl-C must not leave half of them behind.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _end_family(process)
    finally:
        signal.signal(signal.SIGINT, before)


def _end_family(process: subprocess.Popen[bytes]) -> None:
    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=STOP_TIMEOUT_SECONDS)
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for survivor in alive:
            try:
                end(survivor)
            except psutil.NoSuchProcess:
                continue
        _, alive = psutil.wait_procs(alive, timeout=STOP_TIMEOUT_SECONDS)
    process.wait()
