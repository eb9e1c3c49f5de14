"""The real compose stack: start, two months on the cluster while parts of it fail, down and up again, Celery.

The tests run in order on one stack.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from ontime.sources.embedded import EmbeddedPublisher
from tests.docker.conftest import Stack
from tests.end_to_end.figures import (
    departure_seconds_of,
    departure_seconds_of_the_warehouse,
    figures_of,
    figures_of_the_warehouse,
)

pytestmark = [pytest.mark.docker, pytest.mark.timeout(3600)]

MONTHS = ("2013-01", "2013-02")
ONCE = {"secrets", "airflow-init"}
ALWAYS = {
    "postgres",
    "api-server",
    "scheduler",
    "dag-processor",
    "triggerer",
    "spark-master",
    "spark-worker",
    "dashboard",
}
#: Where each secret is, and a service that has it.
SECRETS = {
    "jwt_secret": ("scheduler", "/secrets/airflow/jwt_secret"),
    "fernet_key": ("scheduler", "/secrets/airflow/fernet_key"),
    "api_secret_key": ("api-server", "/secrets/api/api_secret_key"),
    "database_password": ("postgres", "/secrets/database/password"),
    "broker_password": ("broker", "/secrets/broker/password"),
    "passwords.json": ("api-server", "/secrets/api/passwords.json"),
}


def get(address: str) -> httpx.Response:
    """The stack's answer at this address, without a proxy, within a minute, because the machine may be busy."""
    return httpx.get(address, trust_env=False, timeout=60)


def service(container: dict[str, Any]) -> str:
    return container["Config"]["Labels"]["com.docker.compose.service"]


def until(condition: Callable[[], Any], what: str, seconds: float = 600) -> Any:
    """Wait until ``condition()`` returns something true, and return that; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.3)
    pytest.fail(f"{what}: not within {seconds} s")


def states(stack: Stack) -> str:
    """One line per task of the newest run of each DAG, for the message of a failure."""
    client = stack.client()
    runs = [run for dag in ("ingest", "reference", "flights", "weather") for run in client.dag_runs_of(dag)[-1:]]
    tasks = [task for run in runs for task in client.task_instances(run)]
    return "\n".join(f"{task['dag_id']}.{task['task_id']}: {task['state']}, try {task['try_number']}" for task in tasks)


def task_is(stack: Stack, dag_id: str, task_id: str, state: str) -> Callable[[], bool]:
    client = stack.client()

    def is_in_state() -> bool:
        runs = client.dag_runs_of(dag_id)
        return bool(runs) and any(
            task["task_id"] == task_id and task["state"] == state for task in client.task_instances(runs[-1])
        )

    return is_in_state


# -- from nothing to healthy -----------------------------------------------------------------------
def test_every_service_is_healthy(stack):
    states = [(service(container), container["State"]) for container in stack.containers()]
    assert sorted(name for name, _ in states) == sorted([*ONCE, *ALWAYS, "spark-worker"])
    assert {state["ExitCode"] for name, state in states if name in ONCE} == {0}
    assert {state["Health"]["Status"] for name, state in states if name in ALWAYS} == {"healthy"}


def test_the_master_counts_two_workers(stack):
    answer = get(f"{stack.address('Spark')}/json/").json()
    assert answer["aliveworkers"] == 2


def test_the_dashboard_runs_before_anything_is_published(stack):
    address = stack.address("Dashboard")
    assert "<title>Streamlit</title>" in get(address).text
    assert get(f"{address}/healthz").json() == {"status": "healthy"}
    assert get(f"{address}/status.json").json()["version"] is None


def test_no_port_is_open_to_other_machines_and_no_service_runs_as_root(stack):
    for container in stack.containers():
        ports = container["NetworkSettings"]["Ports"] or {}
        assert {binding["HostIp"] for bindings in ports.values() for binding in bindings or []} <= {"127.0.0.1"}
        assert [mount for mount in container["Mounts"] if mount["Type"] == "bind"] == []
        assert container["HostConfig"]["Memory"] > 0
        assert container["HostConfig"]["CapDrop"] == ["ALL"]
        assert container["HostConfig"]["ReadonlyRootfs"]
        assert "no-new-privileges:true" in container["HostConfig"]["SecurityOpt"]
        # The database's image steps down from root itself.
        if service(container) != "postgres":
            assert container["Config"]["User"] == "50000:0"
    ids = stack.compose("exec", "--no-TTY", "postgres", "grep", "^Uid:", "/proc/1/status").split()[1:]
    assert "0" not in ids


def test_a_service_without_downloads_and_ports_has_no_way_out(stack):
    with_a_way_out = set()
    for container in stack.containers():
        for name in container["NetworkSettings"]["Networks"]:
            is_internal = name == "none" or json.loads(stack.run("docker", "network", "inspect", name))[0]["Internal"]
            if not is_internal:
                with_a_way_out.add(service(container))
    assert with_a_way_out == {"api-server", "scheduler", "spark-master", "dashboard"}


def test_the_image_is_small_enough(stack):
    [image] = {container["Image"] for container in stack.containers("scheduler")}
    layers = stack.run("docker", "history", "--human=false", "--format", "{{.Size}}", image)
    assert 0.5e9 < sum(map(int, layers.split())) <= 1.8e9


# -- two months, while parts fail -------------------------------------------------------------------
@dataclass
class DisturbedRun:
    """The output of two months, and the address of the Spark worker that was killed meanwhile."""

    printed: str
    killed_worker: str


@pytest.fixture(scope="session")
def run(stack) -> DisturbedRun:
    """Two months, during which the scheduler and a Spark worker are killed; the scheduler is started again."""
    first, last = MONTHS
    command = stack.start("api-server", "ontime", "run", "--from", first, "--to", last)

    def while_it_runs(condition: Callable[[], Any]) -> Callable[[], Any]:
        """The condition as a function that also fails, with the command's output, if the command ends first."""

        def check() -> Any:
            if command.poll() is not None:
                printed = command.communicate()[0]
                pytest.fail(f"`ontime run` has ended with {command.returncode}:\n{printed}\n{states(stack)}")
            return condition()

        return check

    until(while_it_runs(task_is(stack, "reference", "clean", "running")), "the reference tables are being cleaned", 300)
    # Killed, not stopped: while it stops, a task may still end, and then nothing would have been interrupted.
    [scheduler] = stack.containers("scheduler")
    stack.run("docker", "kill", scheduler["Id"])
    stack.run("docker", "start", scheduler["Id"])

    until(while_it_runs(task_is(stack, "flights", "clean", "running")), "flights are being cleaned")
    victim = until(while_it_runs(lambda: worker_at_work(stack)), "a worker has an executor of the flights job")
    stack.run("docker", "kill", victim["Id"])

    printed, _ = command.communicate(timeout=1200)
    stack.compose("up", "--detach", "--no-recreate", "spark-worker")
    assert command.returncode == 0, printed
    return DisturbedRun(printed, address(victim))


def address(container: dict[str, Any]) -> str:
    [network] = container["NetworkSettings"]["Networks"].values()
    return network["IPAddress"]


def worker_at_work(stack: Stack) -> dict[str, Any] | None:
    """The container of a worker with an executor of the active Spark job, once that job has started its first stage."""
    # Spark creates the folder of the newest log before its file.
    newest = "cat $(ls -td /data/spark-events/*/ | head -1)events_* || true"
    lines = stack.compose("exec", "--no-TTY", "api-server", "sh", "-c", newest).splitlines(keepends=True)
    so_far = [json.loads(line) for line in lines if line.endswith("\n")]
    seen = {event["Event"] for event in so_far}
    if "SparkListenerApplicationEnd" in seen or "SparkListenerJobStart" not in seen:
        return None
    hosts = {e["Executor Info"]["Host"] for e in so_far if e["Event"] == "SparkListenerExecutorAdded"}
    return next((worker for worker in stack.containers("spark-worker") if address(worker) in hosts), None)


def test_the_run_succeeds_despite_the_failures(stack, run):
    assert re.search(r"flights +│ 51,955 +│ 51,955 +│ 0 ", run.printed)
    # The kill did interrupt a task: it has a second try, although no task of this run had failed.
    client = stack.client()
    tries = [task["try_number"] for task in client.task_instances(client.dag_runs_of("reference")[0])]
    assert max(tries) > 1


@pytest.fixture(scope="session")
def raw_flights(tmp_path_factory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("raw")
    for month in MONTHS:
        EmbeddedPublisher().fetch("flights", month, folder / f"{month}.csv")
    return pd.concat(pd.read_csv(path) for path in sorted(folder.glob("*.csv")))


def test_the_warehouse_holds_what_the_raw_files_say(stack, run, raw_flights, tmp_path):
    warehouse = stack.copy("/data/warehouse/ontime.duckdb", tmp_path / "ontime.duckdb")
    assert figures_of_the_warehouse(warehouse) == figures_of(raw_flights)
    assert departure_seconds_of_the_warehouse(warehouse) == departure_seconds_of(raw_flights)


def events(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("events_*")):
        yield from map(json.loads, file.read_text().splitlines())


def test_the_stages_ran_on_the_workers(stack, run, tmp_path):
    logs = stack.copy("/data/spark-events", tmp_path / "events")
    executors, lost = set(), []
    applications = [folder for folder in logs.iterdir() if folder.is_dir()]
    assert len(applications) >= 3, "reference, flights and weather"
    for application in applications:
        ran_on = {e["Task Info"]["Executor ID"] for e in events(application) if e["Event"] == "SparkListenerTaskEnd"}
        assert "driver" not in ran_on
        executors |= ran_on
        lost += lost_executors(application, run.killed_worker)
    assert executors
    assert lost, "the killed worker had an executor of a job that continued"


def lost_executors(application: Path, worker: str) -> list[str]:
    """The executors of a worker that were lost before the job's end."""
    started, lost = set(), []
    for event in events(application):
        if event["Event"] == "SparkListenerExecutorAdded" and event["Executor Info"]["Host"] == worker:
            started.add(event["Executor ID"])
        elif event["Event"] == "SparkListenerExecutorRemoved" and event["Executor ID"] in started:
            lost.append(event["Executor ID"])
        elif event["Event"] == "SparkListenerApplicationEnd":
            break
    return lost


def test_the_dashboard_shows_the_published_months(stack, run, raw_flights):
    status = get(f"{stack.address('Dashboard')}/status.json").json()
    assert sum(month["flights"] for month in status["months"]) == len(raw_flights)
    assert "hist_gradient_boosting" in status["champion"]["scores"]
    assert get(f"{stack.address('Dashboard')}/data-docs/").status_code == 200


# -- down and up again, now with Celery ---------------------------------------------------------------
@pytest.fixture(scope="session")
def second_stack(stack, run) -> dict[str, Any]:
    """Stop the stack and start it with Celery; returns the dashboard's status, the login and the logs from before."""
    before = {
        "status": get(f"{stack.address('Dashboard')}/status.json").json(),
        "password": stack.password,
        "logs": stack.compose("logs", "--no-color"),
        "applications": stack.compose("exec", "--no-TTY", "api-server", "ls", "/data/spark-events").split(),
    }
    stack.compose("down", "--timeout", "20")
    stack.up(COMPOSE_PROFILES="celery", ONTIME_AIRFLOW_EXECUTOR="CeleryExecutor", ONTIME_SPARK_WORKERS="1")
    return before


def test_down_and_up_keep_the_data_and_the_login(stack, second_stack):
    status = get(f"{stack.address('Dashboard')}/status.json").json()
    assert status == second_stack["status"]
    assert stack.password == second_stack["password"]


def test_tasks_and_the_spark_driver_run_on_the_celery_worker(stack, second_stack):
    client = stack.client()
    client.wait_until_ready()
    run_id = client.trigger("flights", {"first_month": MONTHS[0], "last_month": MONTHS[0], "reprocess": True})

    def ended() -> dict[str, Any] | None:
        last = client.dag_runs_of("flights")[-1]
        return last if last["state"] in ("success", "failed") else None

    ran = until(ended, "a month is cleaned again", seconds=600)
    assert (ran["dag_run_id"], ran["state"]) == (run_id, "success")
    [worker] = stack.containers("celery-worker")
    assert {task["hostname"] for task in client.task_instances(ran)} == {worker["Config"]["Hostname"]}
    applications = stack.compose("exec", "--no-TTY", "api-server", "ls", "/data/spark-events").split()
    assert len(applications) == len(second_stack["applications"]) + 1


def test_a_month_cleaned_again_is_published_again_with_the_same_figures(stack, second_stack):
    def published() -> dict[str, Any]:
        return get(f"{stack.address('Dashboard')}/status.json").json()

    before = second_stack["status"]
    until(lambda: published()["version"]["version"] > before["version"]["version"], "it is published", seconds=600)
    assert published()["months"] == before["months"]


def test_no_secret_leaks(stack, second_stack):
    files = {name: stack.compose("exec", "--no-TTY", holder, "cat", path) for name, (holder, path) in SECRETS.items()}
    secrets = {**files, "passwords.json": stack.password}
    assert len(secrets["jwt_secret"]) >= 64
    assert min(map(len, secrets.values())) >= 16
    assert len(set(secrets.values())) == len(SECRETS)
    images = {container["Image"] for container in stack.containers()}
    texts = {
        "docker compose config": stack.compose("--profile", "celery", "config"),
        "docker inspect": json.dumps(stack.containers()),
        "logs": stack.compose("--profile", "celery", "logs", "--no-color") + second_stack["logs"],
        "task logs": stack.compose(
            "exec", "--no-TTY", "api-server", "sh", "-c", "find /airflow/logs -type f -exec cat {} +"
        ),
        "images": "".join(stack.run("docker", "history", "--no-trunc", image) for image in images),
    }
    leaks = [(name, place) for name, secret in secrets.items() for place, text in texts.items() if secret in text]
    assert leaks == []
