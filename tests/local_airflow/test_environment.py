"""The local Airflow's environment, and the part that it shares with the compose stack."""

import yaml
from dotenv import dotenv_values

from local_airflow.credentials import USER
from local_airflow.environment import SHARED_FILE, environment
from ontime.settings import PROJECT_DIR, settings

SHARED = dotenv_values(SHARED_FILE)
COMPOSE = yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text())


def test_the_shared_settings_are_set(data_dir):
    assert SHARED.items() <= environment().items()
    assert SHARED["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == f"{USER}:admin"


def test_every_service_of_our_image_reads_the_shared_file():
    ours = {name: service for name, service in COMPOSE["services"].items() if service["image"].startswith("ontime:")}
    assert len(ours) > 8
    for name, service in ours.items():
        assert PROJECT_DIR / service["env_file"] == SHARED_FILE, name


def test_no_shared_setting_is_written_twice():
    for name, service in COMPOSE["services"].items():
        assert SHARED.keys() & service.get("environment", {}).keys() == set(), name
    for file in ("local_airflow/environment.py", "Dockerfile"):
        text = (PROJECT_DIR / file).read_text()
        assert [name for name in SHARED if f"{name}=" in text or f'"{name}"' in text] == [], file


def test_settings_of_both_have_different_values(data_dir):
    compose, local = COMPOSE["services"]["scheduler"]["environment"], environment()
    same = {name for name in compose.keys() & local.keys() if compose[name] == local[name]}
    assert same == set()


def test_secrets_and_paths_are_those_of_the_settings(data_dir):
    local = environment()
    assert local["AIRFLOW__API_AUTH__JWT_SECRET"] == (settings.secrets_dir / "jwt_secret").read_text()
    assert local["ONTIME_DATA_DIR"] == str(data_dir)
    assert local["AIRFLOW_HOME"].startswith(str(data_dir))
