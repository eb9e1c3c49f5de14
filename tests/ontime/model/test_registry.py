import os

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.preprocessing import FunctionTransformer

from ontime import lake
from ontime.model import artifacts, promotion, registry
from ontime.model.artifacts import ArtifactTampered, UntrustedArtifact
from ontime.model.candidates import OriginHourClimatology
from ontime.model.features import NAMES
from ontime.settings import settings

TEST_FLIGHTS = pd.DataFrame({"is_arrival_delayed": [False, False, False, True], **dict.fromkeys(NAMES, 0)})


def always(share):
    """A model that gives every flight the same probability."""
    labels = np.arange(100) < round(100 * share)
    return DummyClassifier(strategy="prior").fit(np.zeros((100, 1)), labels)


def card(version, log_loss=0.5, test_start="2013-11-01", features=NAMES):
    return {
        "version": version,
        "candidate": "constant",
        "trained_at": "2026-01-01T00:00:00+00:00",
        "features": [{"name": name} for name in features],
        "split": {"test_start": test_start},
        "scores": {"constant": {"test": {"log_loss": log_loss}}},
    }


@pytest.fixture
def save(data_dir, tmp_path):
    def save(version, model=None, **fields):
        artifacts.write_model(model or always(0.25), tmp_path / "model")
        (tmp_path / "predictions").write_bytes(b"predictions")
        return registry.save(card(version, **fields), tmp_path / "model", tmp_path / "predictions")

    return save


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_saved_champion_comes_back_as_it_was(save):
    hours = pd.DataFrame({"origin_airport_code": ["EWR", "JFK"], "scheduled_departure_hour": [6, 7]})
    model = OriginHourClimatology().fit(hours, np.array([True, False]))
    save("one", model)
    registry.promote("one", "the first model")
    loaded, loaded_card = registry.load_champion()
    assert (loaded.predict_proba(hours) == model.predict_proba(hours)).all()
    assert loaded_card == registry.champion_card() == registry.card_of("one")
    assert set(loaded_card["sha256"]) == {"model.skops", "predictions.parquet"}


def test_saving_again_changes_nothing(save):
    folder = save("one")
    before = contents(folder)
    assert save("one", always(0.9)) == folder
    assert contents(folder) == before
    assert [path.name for path in settings.models_dir.iterdir()] == ["one"]


def test_a_save_that_fails_leaves_nothing(save, monkeypatch):
    monkeypatch.setattr(lake, "write_json", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save("one")
    assert list(settings.models_dir.iterdir()) == []


def test_no_champion(data_dir):
    assert registry.champion_version() is None
    with pytest.raises(registry.NoChampion, match="No model has been promoted yet"):
        registry.load_champion()


@pytest.mark.parametrize("name", ["model.skops", "model_card.json"])
def test_a_changed_file_is_not_loaded(save, name):
    folder = save("one")
    registry.promote("one", "the first model")
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(ArtifactTampered, match=f"{name} is missing or was changed.*Delete the folder"):
        registry.load_champion()


@pytest.mark.parametrize("name", ["model.skops", "predictions.parquet", "model_card.json"])
def test_a_version_with_a_missing_file_is_neither_promoted_nor_kept(save, name):
    (save("one") / name).unlink()
    with pytest.raises(ArtifactTampered, match="train again"):
        registry.promote("one", "the first model")
    with pytest.raises(ArtifactTampered, match="train again"):
        save("one")
    assert registry.champion_version() is None


def test_a_type_that_is_not_on_our_list_is_not_loaded(save):
    save("evil", FunctionTransformer(os.system))
    registry.promote("evil", "nobody looked")
    with pytest.raises(UntrustedArtifact, match=r"was not loaded.*system.*TRUSTED_TYPES"):
        registry.load_champion()


def test_promoting_the_champion_again_changes_nothing(save):
    save("one")
    registry.promote("one", "the first model")
    before = (settings.models_dir / "champion.json").read_bytes()
    registry.promote("one", "again")
    assert (settings.models_dir / "champion.json").read_bytes() == before


def test_the_first_model_is_promoted(data_dir):
    assert promotion.decide(card("one"), TEST_FLIGHTS) == promotion.Decision(True, "the first model")


CHAMPION_LOG_LOSS = 0.56234  # of probability 1/4 for flights of which 1 in 4 is delayed


@pytest.mark.parametrize(
    ("challenger", "is_promoted", "reason"),
    [
        (card("two", log_loss=0.55), True, f"test log-loss 0.55 against {CHAMPION_LOG_LOSS} of champion one"),
        (card("two", log_loss=CHAMPION_LOG_LOSS), False, "test log-loss"),
        (card("two", log_loss=0.57), False, "test log-loss"),
        (card("one", log_loss=0.1), False, "it is the champion already"),
        (card("two", log_loss=0.9, features=["another"]), True, "made for other features"),
        (card("two", log_loss=0.1, test_start="2013-02-20"), False, "has learned from these test days"),
    ],
)
def test_when_a_challenger_replaces_the_champion(save, challenger, is_promoted, reason):
    save("one")
    registry.promote("one", "the first model")
    decision = promotion.decide(challenger, TEST_FLIGHTS)
    assert (decision.is_promoted, reason in decision.reason) == (is_promoted, True)
