"""Saved models and the champion: safe loading, promotion, rollback, and recovery from a kill after any write."""

import os
import shutil
import sys
from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer
from typer.testing import CliRunner

from cli import model
from ml.candidates.catalog import OriginHourClimatology
from ml.registry import artifacts, champion, store, tracking
from ml.registry.artifacts import ArtifactTampered, UntrustedArtifact
from ml.registry.store import NoSuchVersion
from ontime import files
from ontime.settings import settings
from tests.ml.registry.made import card

pytestmark = pytest.mark.more


@pytest.fixture
def save(mlflow_database, tmp_path, always):
    """Saves and registers a version; the default model gives every flight the same probability."""

    def save(version, model=None):
        folder = tmp_path / f"new-{version}"
        folder.mkdir(parents=True, exist_ok=True)
        made = tmp_path / f"made-{version}"
        if model or not made.exists():
            made.mkdir(exist_ok=True)
            artifacts.write_model(model or always(0.25), made, "model")
        [file] = made.iterdir()
        shutil.copyfile(file, folder / file.name)
        (folder / "predictions.parquet").write_bytes(b"predictions")
        new = card(version, file.name)
        tracking.write_mlmodel(folder, file.name, version, new["trained_at"], {"hour": "integer"})
        saved = store.save(new, folder)
        store.register()
        return saved

    return save


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def state() -> dict:
    """Everything in the registry except times and random ids."""
    mlflow_client, now = tracking.client(), champion.read()
    runs = mlflow_client.search_runs([mlflow_client.get_experiment_by_name(tracking.EXPERIMENT).experiment_id])
    return {
        "runs": sorted(
            (r.data.tags["version"], r.info.status, r.data.params["share"], *r.data.metrics.items()) for r in runs
        ),
        "versions": [
            (one.version, one.number, one.aliases, {k: v for k, v in one.tags.items() if not k.endswith("_at")})
            for one in tracking.versions()
        ],
        "promotions": {
            version: (one.number, one.reason, bool(one.rolled_back_at))
            for version, one in (now.promotions if now else {}).items()
        },
        "champion": store.champion_card() if store.champion_version() else None,
    }


def aliases() -> dict:
    return {registered.version: registered.aliases for registered in tracking.versions()}


def test_a_saved_champion_loads_unchanged(save):
    hours = pd.DataFrame({"origin_airport_code": ["EWR", "JFK"], "scheduled_departure_hour": [6, 7]})
    model = OriginHourClimatology().fit(hours, np.array([True, False]))
    save("one", model)
    store.promote("one", "the first model")
    loaded, loaded_card = store.load_champion()
    assert (loaded.predict_proba(hours) == model.predict_proba(hours)).all()
    assert loaded_card == store.champion_card() == store.card_of("one")
    assert set(loaded_card["sha256"]) == {"model.skops", "predictions.parquet", "MLmodel", "requirements.txt"}


def test_a_second_save_changes_nothing(save, always):
    folder = save("one")
    before, registered = contents(folder), state()
    assert save("one", always(0.9)) == folder
    assert (contents(folder), state()) == (before, registered)


def test_a_save_that_fails_leaves_no_version(save, monkeypatch):
    monkeypatch.setattr(files, "write_json", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save("one")
    assert not store.version_dir("one").exists()
    assert tracking.versions() == []


def test_loading_without_a_champion_raises(data_dir):
    assert store.champion_version() is None
    with pytest.raises(store.NoChampion, match="No model has been promoted yet"):
        store.load_champion()


@pytest.mark.parametrize("name", ["model.skops", "model_card.json"])
def test_a_changed_file_is_not_loaded(save, name):
    folder = save("one")
    store.promote("one", "the first model")
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(ArtifactTampered, match=f"{name} is missing.*changed.*Delete the folder"):
        store.load_champion()


@pytest.mark.parametrize("name", ["model.skops", "predictions.parquet", "model_card.json"])
def test_a_version_with_a_missing_file_is_neither_promoted_nor_saved_again(save, name):
    (save("one") / name).unlink()
    with pytest.raises(ArtifactTampered, match="train again"):
        store.promote("one", "the first model")
    with pytest.raises(ArtifactTampered, match="train again"):
        save("one")
    assert store.champion_version() is None


def test_a_type_outside_the_closed_list_is_not_loaded(save):
    save("evil", FunctionTransformer(os.system))
    store.promote("evil", "by mistake")
    with pytest.raises(UntrustedArtifact, match=r"was not loaded.*system.*TRUSTED_TYPES"):
        store.load_champion()


def test_a_second_promotion_of_the_champion_changes_nothing(save):
    save("one")
    store.promote("one", "the first model")
    before = (settings.models_dir / "champion.json").read_bytes()
    store.promote("one", "again")
    assert (settings.models_dir / "champion.json").read_bytes() == before


def test_the_newest_is_the_challenger_until_it_is_promoted(save):
    save("one")
    store.promote("one", "the first model")
    save("two")
    assert aliases() == {"one": ("champion",), "two": ("challenger",)}
    store.promote("two", "better")
    assert aliases() == {"one": (), "two": ("champion",)}
    tags = tracking.find("two").tags
    assert (tags["warehouse_version"], tags["code_sha256"], tags["promotion_reason"]) == ("w1", "2" * 64, "better")


def test_each_rollback_undoes_one_promotion(save):
    for version in ("one", "two", "three"):
        save(version)
        store.promote(version, "better")
    save("four")
    assert (store.rollback(), store.champion_version()) == ("two", "two")
    assert (store.rollback(), store.champion_version()) == ("one", "one")
    with pytest.raises(NoSuchVersion, match=r"There is no champion before one. Versions: four, three, two, one"):
        store.rollback()
    assert store.was_rolled_back("three") and not store.was_rolled_back("one")
    assert store.rollback("three") == "three"
    assert not store.was_rolled_back("three")


def test_promote_rollback_and_history_as_commands(save):
    def run(*arguments):
        return CliRunner().invoke(model.app, arguments)

    assert "nothing to roll back to" in run("rollback").stderr
    save("one"), save("two")
    assert run("promote", "one").exit_code == 0
    refused = run("promote", "none")
    assert (refused.exit_code, refused.stderr) == (1, "No version none is registered. Versions: two, one\n")
    assert "The champion is now two" in run("promote", "two").stdout
    assert "The champion is now one" in run("rollback").stdout
    listed = run("history").stdout
    assert "champion" in listed and "challenger" not in listed
    assert store.champion_version() == "one"


def test_mlflow_loads_models_through_our_checks(save):
    folder = save("one")
    store.promote("one", "the first model")
    uri, database = f"models:/{tracking.MODEL_NAME}@champion", f"sqlite:///{settings.mlflow_database}"
    mlflow.set_tracking_uri(database)
    mlflow.set_registry_uri(database)
    signature = mlflow.pyfunc.load_model(uri).metadata.signature
    assert signature.inputs.to_dict() == [{"type": "integer", "name": "hour", "required": True}]
    (folder / "model.skops").write_bytes(b"another")
    with pytest.raises(ArtifactTampered):
        mlflow.pyfunc.load_model(uri)


def test_mlflow_itself_loads_what_the_file_mlmodel_names(save, monkeypatch):
    # Decision record 10: this path is weaker than ours, because MLflow reads MLmodel before any of our code runs.
    folder = save("one")
    store.promote("one", "the first model")
    uri, database = f"models:/{tracking.MODEL_NAME}@champion", f"sqlite:///{settings.mlflow_database}"
    mlflow.set_tracking_uri(database)
    mlflow.set_registry_uri(database)
    mlmodel = folder / "MLmodel"
    mlmodel.write_text(mlmodel.read_text() + "# changed\n")
    with pytest.raises(ArtifactTampered, match="MLmodel is missing or was changed"):
        mlflow.pyfunc.load_model(uri)
    loaded = []

    def load(path):
        loaded.append(path)
        return SimpleNamespace(predict=lambda flights: flights)

    monkeypatch.setitem(sys.modules, "another", SimpleNamespace(_load_pyfunc=load))
    mlmodel.write_text(mlmodel.read_text().replace("ml.registry.mlflow_loader", "another"))
    mlflow.pyfunc.load_model(uri)
    assert len(loaded) == 1


class Killed(BaseException):
    """Raised in place of a kill signal; no code catches it."""


def killed_after(writes: int, monkeypatch) -> list[str]:
    """Make MLflow's client raise ``Killed`` after this many writes; returns the list of writes done, which grows."""
    done: list[str] = []
    real = tracking.client

    class Dying:
        def __init__(self, client):
            self._client = client

        def __getattr__(self, name):
            method = getattr(self._client, name)
            if not name.startswith(("create", "set", "log", "delete")):
                return method

            def write(*args, **kwargs):
                answer = method(*args, **kwargs)
                done.append(name)
                if len(done) == writes:
                    raise Killed
                return answer

            return write

    monkeypatch.setattr(tracking, "client", lambda: Dying(real()))
    return done


def test_a_kill_after_any_write_and_a_rerun_end_in_the_same_state(save, monkeypatch, tmp_path):
    save("one")
    store.promote("one", "the first model")
    before = settings.data_dir

    def copy(name):
        """Switch to a fresh copy of the registry."""
        monkeypatch.setattr(settings, "data_dir", tmp_path / name)
        shutil.copytree(before, settings.data_dir)

    def train():
        save("two")
        store.promote("two", "better")

    copy("uninterrupted")
    with monkeypatch.context() as patch:
        writes = killed_after(10_000, patch)
        train()
    expected = state()
    assert [(version, aliases) for version, _, aliases, _ in expected["versions"]] == [
        ("two", ("champion",)),
        ("one", ()),
    ]
    assert len(writes) >= 8
    for number in range(1, len(writes) + 1):
        copy(f"killed-{number}")
        with monkeypatch.context() as patch, pytest.raises(Killed):
            killed_after(number, patch)
            train()
        train()
        assert state() == expected, f"killed after write {number}, {writes[number - 1]}"
