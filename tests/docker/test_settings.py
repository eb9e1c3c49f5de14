"""`.env.example`, `docker-compose.yml` and the settings agree. Runs without Docker."""

import re

import pytest
import yaml

from ontime.settings import PROJECT_DIR, Settings

COMPOSE = (PROJECT_DIR / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
EXAMPLE = dict(re.findall(r"^#(\w+)=(.*)$", (PROJECT_DIR / ".env.example").read_text(), re.MULTILINE))
FIELDS = {f"ONTIME_{name.upper()}": field for name, field in Settings.model_fields.items()}

#: Names that are not ours.
OTHERS = {"COMPOSE_PROFILES", "PIP_INDEX_URL"}
#: Settings with another default in the stack: it has a Spark cluster, and containers with memory limits.
OTHER_DEFAULTS = {
    "ONTIME_DUCKDB_MEMORY_LIMIT",
    "ONTIME_SPARK_DRIVER_MEMORY",
    "ONTIME_SPARK_EXECUTOR_MEMORY",
    "ONTIME_SPARK_MASTER",
    "ONTIME_SPARK_SORT_MEMORY",
}
#: Settings that the stack does not pass on: it fixes them, or their defaults fit everywhere.
NOT_IN_THE_STACK = {
    "ONTIME_AIRFLOW_URL",
    "ONTIME_ANSWERS_DIR",
    "ONTIME_BTS_AIRLINES_URL",
    "ONTIME_BTS_FLIGHTS_URL",
    "ONTIME_DATA_DIR",
    "ONTIME_FAA_URL",
    "ONTIME_GHCNH_URL",
    "ONTIME_INCIDENTS_DIR",
    "ONTIME_OURAIRPORTS_URL",
    "ONTIME_SECRETS_FOLDER",
    "ONTIME_SOURCE_DIR",
    "ONTIME_SPARK_POOL",
}


def test_the_example_lists_every_variable_with_its_default():
    # docker compose itself reads COMPOSE_PROFILES.
    variables = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE))
    assert {name: value for name, value in EXAMPLE.items() if name != "COMPOSE_PROFILES"} == variables


def test_every_variable_has_a_default():
    assert re.findall(r"(?<!\$)\$\{\w+\}", COMPOSE) == []


def test_a_variable_has_one_default_everywhere():
    defaults: dict[str, set[str]] = {}
    for name, value in re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE):
        defaults.setdefault(name, set()).add(value)
    assert {name: values for name, values in defaults.items() if len(values) > 1} == {}


def test_a_copy_of_the_example_changes_nothing():
    lines = (PROJECT_DIR / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_every_project_variable_has_the_prefix():
    assert {name for name in EXAMPLE if not name.startswith("ONTIME_")} == OTHERS


def test_the_stack_knows_every_setting_under_its_own_name():
    assert FIELDS.keys() - EXAMPLE.keys() == NOT_IN_THE_STACK


def test_defaults_are_those_of_the_settings():
    def as_text(value: object) -> str:
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    different = {name for name in FIELDS.keys() & EXAMPLE.keys() if as_text(FIELDS[name].default) != EXAMPLE[name]}
    assert different == OTHER_DEFAULTS


def test_no_secret_is_a_variable():
    names = {
        name for service in yaml.safe_load(COMPOSE)["services"].values() for name in service.get("environment", {})
    }
    secret = {name for name in names if re.search("PASSWORD|SECRET|FERNET|BROKER_URL|SQL_ALCHEMY|BACKEND", name)}
    assert secret
    assert {name for name in secret if not name.endswith(("_CMD", "_FILE", "_FOLDER"))} == set()


#: The secrets that each service may read. The others have none.
SECRETS = {
    "secrets": {"airflow-secrets", "api-secrets", "task-secrets", "database-secret", "broker-secret"},
    "api-server": {"api-secrets", "task-secrets", "database-secret"},
    "airflow-init": {"task-secrets", "database-secret"},
    "dag-processor": {"task-secrets", "database-secret"},
    "triggerer": {"task-secrets", "database-secret"},
    "scheduler": {"task-secrets", "database-secret", "broker-secret"},
    "celery-worker": {"task-secrets", "database-secret", "broker-secret"},
    "postgres": {"database-secret"},
    "broker": {"broker-secret"},
}
#: The networks of a service. Two reach the internet: `downloads`, and `ports`, which a published port needs.
NETWORKS = {
    "secrets": set(),
    "scheduler": {"stack", "downloads"},
    "celery-worker": {"stack", "downloads"},
    "api-server": {"stack", "ports"},
    "spark-master": {"stack", "ports"},
    "dashboard": {"ports"},
    "serving": {"ports"},
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_do_and_see_only_what_it_needs(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert ("cap_add" in service) == (name == "postgres")
    assert service["security_opt"] == ["no-new-privileges:true"]
    volumes = {volume.split(":")[0]: volume for volume in service.get("volumes", [])}
    assert {volume for volume in volumes if "secret" in volume} == SECRETS.get(name, set())
    writable = {volume for volume, line in volumes.items() if "secret" in volume and not line.endswith(":ro")}
    assert writable == {"secrets": SECRETS["secrets"], "api-server": {"api-secrets"}}.get(name, set())
    assert set(service.get("networks", [])) == NETWORKS.get(name, {"stack"})
    assert ("ports" in service) == ("ports" in service.get("networks", []))


def test_the_inner_network_has_no_way_out():
    assert yaml.safe_load(COMPOSE)["networks"]["stack"] == {"internal": True}


def test_actions_are_pinned_to_commits_and_keep_no_credentials():
    workflow = (PROJECT_DIR / ".github" / "workflows" / "ci.yml").read_text()
    uses = re.findall(r"uses: (.*)", workflow)
    assert len(uses) > 5
    assert [line for line in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []
    assert workflow.count("actions/checkout@") == workflow.count("persist-credentials: false")
    assert yaml.safe_load(workflow)["permissions"] == {"contents": "read"}


def test_the_files_that_the_image_needs_are_in_it():
    ignored = (PROJECT_DIR / ".dockerignore").read_text().splitlines()
    rooms = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    dockerfile = (PROJECT_DIR / "Dockerfile").read_text()
    used = set(re.findall(r"(deploy/docker/[\w./-]+)", COMPOSE + dockerfile))
    assert len(used) > 3
    assert {path for path in used if not (PROJECT_DIR / path).exists() or path.split("/")[0] not in rooms} == set()
    assert {room for room in rooms if not (PROJECT_DIR / room).exists()} == set()


def test_uv_is_the_same_everywhere_and_installed_by_its_digests():
    version, *digests = (PROJECT_DIR / "requirements-uv.lock").read_text().split(" \\\n")
    assert f'"{version}",' in (PROJECT_DIR / "pyproject.toml").read_text()
    assert " \\\n".join([version, *digests]) in (PROJECT_DIR / "requirements-dev.lock").read_text()
    assert len(digests) > 5 and all(digest.strip().startswith("--hash=sha256:") for digest in digests)
    for file in ("Makefile", "Dockerfile"):
        text = (PROJECT_DIR / file).read_text()
        assert re.search(r"pip install .*--require-hashes --requirement \S*requirements-uv\.lock", text), file
