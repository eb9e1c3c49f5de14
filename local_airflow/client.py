"""The calls to Airflow's REST API (`/api/v2`) that this project makes."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from local_airflow import credentials
from ontime.settings import settings

START_TIMEOUT_SECONDS = 600  # a busy machine with two cores can need several minutes


class AirflowNotReady(RuntimeError):
    """Airflow does not start or has stopped, or a DAG file cannot be imported."""


class _StillStarting(RuntimeError):
    """Airflow answers, but a component is not healthy yet or a DAG is missing."""


class Client:
    """An Airflow at ``url``, by default the configured address. Every call that fails raises ``httpx.HTTPError``."""

    def __init__(self, url: str | None = None, password: str | None = None) -> None:
        self._base = url or settings.airflow_address
        self._password = password
        # Never through a proxy: Airflow is on this machine or on the stack's own network.
        self._http = httpx.Client(base_url=self._base, timeout=60, trust_env=False)

    def wait_until_ready(self, before_each_try: Callable[[], None] = lambda: None) -> None:
        """Wait until every component is healthy and Airflow has parsed every DAG.

        ``before_each_try`` may raise to end the wait. Raises :class:`AirflowNotReady` after a timeout or when a DAG
        file cannot be imported.
        """

        @retry(
            retry=retry_if_exception_type((httpx.HTTPError, _StillStarting)),
            stop=stop_after_delay(START_TIMEOUT_SECONDS),
            wait=wait_fixed(0.5),
            reraise=True,
        )
        def wait() -> None:
            before_each_try()
            self.log_in()
            unhealthy = {name: status for name, status in self.health().items() if status != "healthy"}
            missing = _dag_files() - self.dag_ids()
            errors = self.import_errors()
            if errors:
                raise AirflowNotReady("A DAG file cannot be imported:\n\n" + "\n".join(errors))
            if unhealthy or missing:
                raise _StillStarting(unhealthy or missing)

        try:
            wait()
        except (httpx.HTTPError, _StillStarting) as problem:
            message = f"Airflow at {self._base} is not ready after {START_TIMEOUT_SECONDS} s ({problem})."
            raise AirflowNotReady(message) from problem

    def log_in(self) -> None:
        answer = self._http.post(
            "/auth/token", json={"username": credentials.USER, "password": self._password or credentials.password()}
        )
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def health(self) -> dict[str, str | None]:
        """The status of each component, for example ``{"scheduler": "healthy"}``."""
        # The first call to the execution API takes seconds, and a task waits only five seconds for its answer.
        httpx.get(f"{self._base}/execution/health", timeout=60, trust_env=False).raise_for_status()
        return {name: part["status"] for name, part in self._get("/monitor/health").items()}

    def import_errors(self) -> list[str]:
        """The tracebacks of DAG files that cannot be imported."""
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
        """The first 100 runs of all DAGs that were created since an instant, oldest first."""
        parameters = {"run_after_gte": since.isoformat(), "order_by": "run_after", "limit": 100}
        return self._get("/dags/~/dagRuns", parameters)["dag_runs"]

    def dag_runs_of(self, dag_id: str) -> list[dict[str, Any]]:
        """The first 100 runs of a DAG, oldest first."""
        return self._get(f"/dags/{dag_id}/dagRuns", {"order_by": "run_after", "limit": 100})["dag_runs"]

    def succeeded_since(self, dag_id: str, instant: str) -> bool:
        """Did a run of a DAG succeed that was created after an instant (ISO 8601)?"""
        parameters = {"run_after_gte": instant, "state": ["success"], "limit": 1}
        return bool(self._get(f"/dags/{dag_id}/dagRuns", parameters)["dag_runs"])

    def active_dag_runs(self) -> list[dict[str, Any]]:
        """The queued and running runs of all DAGs, at most 100."""
        return self._get("/dags/~/dagRuns", {"state": ["queued", "running"], "limit": 100})["dag_runs"]

    def set_paused(self, dag_id: str, is_paused: bool) -> None:
        """Pause a DAG, so that asset events do not start it, or unpause it; existing runs continue."""
        answer = self._http.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": is_paused})
        answer.raise_for_status()

    def task_instances(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances"
        return self._get(path, {"limit": 200})["task_instances"]

    def returned(self, task: dict[str, Any]) -> Any:
        """The return value of a task, or None."""
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


def _dag_files() -> set[str]:
    """The dag_ids that Airflow must have parsed: a DAG file is named like its DAG."""
    ignored = (settings.dags_dir / ".airflowignore").read_text().split()
    return {path.stem for path in settings.dags_dir.glob("*.py") if path.name not in ignored}
