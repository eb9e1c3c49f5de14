"""Models in MLflow, which shows the saved versions."""

import os
import shutil
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from ml.registry import champion, store, tracking
from ontime.settings import settings
from tests.faults.fault import Fault, Verdict
from tests.faults.killing import at_once
from tests.faults.test_models import CONSTANT, ontime_model, publish, write
from tests.ml.registry.made import save

pytestmark = pytest.mark.more

HEALED, WAITS = Verdict.HEALED, Verdict.WAITS


def sql(*statements: str) -> None:
    with sqlite3.connect(settings.mlflow_database) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def write_over(database: Path, start: int, content: bytes) -> None:
    with database.open("r+b") as file:
        file.seek(start)
        file.write(content)


DATABASE_FAULTS = [
    Fault(name, "mlflow.db", HEALED, cause=cause)
    for name, cause in {
        "deleted": Path.unlink,
        "empty": partial(write, b""),
        "not a database": partial(write, b"garbage" * 1000),
        "cut short": lambda database: os.truncate(database, database.stat().st_size // 2),
        "random pages in it": lambda database: write_over(database, 4096, os.urandom(40960)),
        "a table is missing": lambda _: sql("DROP TABLE model_versions"),
        "the champion's alias was moved by hand": lambda _: sql("UPDATE registered_model_aliases SET version = 1"),
        "a version is in it twice": lambda _: register_twice(),
    }.items()
]


def register_twice() -> None:
    tags = {"version": "two", "candidate": "constant", "warehouse_version": "w1"}
    tracking.client().create_model_version(tracking.MODEL_NAME, "file:///x", None, tags=tags)


def view() -> list[tuple]:
    """What MLflow shows, without its own numbers."""
    return sorted((one.version, one.aliases, sorted(one.tags.items())) for one in tracking.versions())


@pytest.fixture(scope="module")
def made_models(tmp_path_factory):
    """Two versions and a challenger, registered in MLflow; every test copies this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "data_dir", tmp_path_factory.mktemp("models") / "data")
        with pytest.MonkeyPatch.context() as no_mlflow:
            no_mlflow.setattr(tracking, "mirror", lambda entries: None)
            publish("one")
            publish("two")
            save("three", CONSTANT)
        store.register()
        return settings.models_dir, view()


@pytest.fixture
def mlflow_models(made_models, data_dir):
    # MLflow must not open the copy before it is damaged: a process keeps its connections.
    shutil.copytree(made_models[0], settings.models_dir)
    return made_models[1]


@pytest.mark.parametrize("fault", DATABASE_FAULTS, ids=str)
def test_mlflow_is_built_again_from_the_cards(mlflow_models, fault):
    fault.cause(settings.mlflow_database)
    assert ontime_model("history") == (0, "")  # needs no MLflow
    store.register()
    assert view() == mlflow_models
    assert [aliases for _, aliases, _ in mlflow_models] == [(), ("challenger",), ("champion",)]


RESTORED = [
    Fault("deleted", "champion.json", HEALED, "restored from MLflow", lambda path: path.unlink()),
    Fault("empty", "champion.json", HEALED, "restored from MLflow", lambda path: path.write_bytes(b"")),
    Fault("random bytes", "champion.json", HEALED, "restored from MLflow", lambda path: path.write_bytes(b"\xff{")),
]


@pytest.mark.parametrize("fault", RESTORED, ids=str)
def test_champion_json_is_restored_from_mlflow(mlflow_models, capsys, fault):
    before = champion.path().read_bytes()
    fault.cause(champion.path())
    store.restore()
    assert champion.path().read_bytes() == before
    assert fault.message in capsys.readouterr().out


TWO_REGISTRATIONS = Fault("a version is registered twice at once", "model register", WAITS)


def test_two_registrations_at_once_give_one_version(mlflow_models):
    save("four", CONSTANT)
    assert at_once(store.register, store.register) == [0, 0]
    assert [one.version for one in tracking.versions()] == ["four", "three", "two", "one"]


FAULTS = [*DATABASE_FAULTS, *RESTORED, TWO_REGISTRATIONS]
