"""`.env.example` and `docker-compose.yml` say the same; runs without Docker."""

import re

import yaml

from ontime.settings import PROJECT_DIR

COMPOSE = (PROJECT_DIR / "docker-compose.yml").read_text()
EXAMPLE = dict(
    line.split("=", 1)
    for line in (PROJECT_DIR / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
#: Read by compose itself.
OF_COMPOSE = {"COMPOSE_PROFILES"}


def test_the_example_lists_every_variable_with_its_default():
    variables = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE))
    assert {name: value for name, value in EXAMPLE.items() if name not in OF_COMPOSE} == variables


def test_no_variable_is_without_a_default():
    assert re.findall(r"(?<!\$)\$\{\w+\}", COMPOSE) == []


def test_no_secret_is_a_variable():
    told = {name for service in yaml.safe_load(COMPOSE)["services"].values() for name in service.get("environment", {})}
    secret = {name for name in told if re.search("PASSWORD|SECRET|FERNET|BROKER_URL|SQL_ALCHEMY|BACKEND", name)}
    assert secret
    assert {name for name in secret if not name.endswith(("_CMD", "_FILE"))} == set()
