import json
import shutil

import duckdb
import pandas as pd
import pytest

from ontime import warehouse
from ontime.model import evaluation, features, registry, train
from ontime.model.artifacts import ArtifactTampered
from ontime.settings import settings

STEPS = (
    train.build_features,
    train.train_candidates,
    train.evaluate_candidates,
    train.promote_challenger,
    train.score_test_months,
)


def run() -> dict:
    """All steps, each given what the one before handed over, as JSON; the last answer."""
    handover = STEPS[0]()
    for step in STEPS[1:]:
        handover = step(json.loads(json.dumps(handover)))
    return handover


def models() -> dict:
    return {path: path.read_bytes() for path in settings.models_dir.rglob("*") if path.is_file()}


def test_a_training_from_the_warehouse_to_published_predictions(publish, flights):
    published = publish(flights)
    scored = run()
    card = registry.champion_card()
    assert scored == {"version": card["version"], "champion": card["version"], "rows": 61 * 40}
    assert card["warehouse"] == {"version": published.version, "sha256": published.sha256}
    assert card["split"] == {
        "rule": "months",
        "train_start": "2013-01-01",
        "validation_start": "2013-03-01",
        "test_start": "2013-04-01",
        "test_end": "2013-05-31",
    }
    arrived = flights[flights["is_arrival_delayed"].notna()]
    test = arrived[pd.to_datetime(arrived["flight_date"]).dt.month >= 4]
    assert card["flights"]["test"] == len(test)
    assert sum(card["flights"].values()) == len(arrived)
    assert card["base_rate"]["test"] == pytest.approx(test["is_arrival_delayed"].mean(), abs=1e-5)
    assert list(card["scores"]) == ["base_rate", "climatology", "logistic_regression", "hist_gradient_boosting"]
    validation = {name: both["validation"]["log_loss"] for name, both in card["scores"].items()}
    assert validation[card["candidate"]] == min(validation.values()) < validation["base_rate"]

    with duckdb.connect(str(warehouse.published_path("predictions")), read_only=True) as connection:
        predictions = connection.sql("SELECT * FROM ml.flight_delay_predictions").df()
    assert list(predictions.columns) == ["flight_key", "delay_probability", "model_version", "scored_at"]
    assert set(predictions["flight_key"]) == set(flights["flight_key"][flights["flight_key"] >= "201304"])
    assert predictions["delay_probability"].between(0, 1).all()
    assert set(predictions["model_version"]) == {card["version"]}
    assert set(predictions["scored_at"]) == {pd.Timestamp(card["trained_at"])}


def test_the_same_warehouse_trains_nothing_new(publish, flights):
    publish(flights)
    run()
    before, predictions = models(), warehouse.current("predictions")
    run()
    assert models() == before
    assert warehouse.current("predictions") == predictions


def test_the_same_flights_in_a_new_warehouse_are_the_same_model(publish, flights):
    publish(flights)
    version = run()["version"]
    before = models()
    publish(flights.sample(frac=1, random_state=1))
    assert run()["version"] == version
    assert models() == before


@pytest.mark.parametrize("done", range(1, len(STEPS)))
def test_a_training_stopped_after_any_step_ends_the_same(publish, flights, done):
    publish(flights)
    handover = STEPS[0]()
    for step in STEPS[1:done]:
        handover = step(handover)
    half_written = settings.models_dir / "work" / ".half-written"
    half_written.mkdir()
    assert run()["champion"] == handover["version"]
    assert not half_written.exists()
    names = {path.name for path in settings.models_dir.iterdir()}
    assert names == {handover["version"], "champion.json", "work"}


def test_a_lost_work_folder_changes_no_saved_model(publish, flights):
    publish(flights)
    run()
    version, pointer = registry.champion_version(), (settings.models_dir / "champion.json").read_bytes()
    card = registry.card_of(version)
    shutil.rmtree(settings.models_dir / "work")
    run()
    assert (registry.champion_version(), registry.card_of(version)) == (version, card)
    assert (settings.models_dir / "champion.json").read_bytes() == pointer


def test_two_months_are_split_by_days(publish, flights):
    publish(flights[flights["flight_key"] < "201303"])
    assert run()["rows"] == 9 * 40
    assert registry.champion_card()["split"]["rule"] == "days"


def test_a_feature_that_knows_the_outcome_stops_the_training(publish, flights, monkeypatch):
    build = features.build

    def leaky(path):
        built = build(path)
        return built.assign(flight_excess_delay_share=built[features.TARGET].fillna(False).astype(float))

    monkeypatch.setattr(features, "build", leaky)
    publish(flights)
    trained = train.train_candidates(train.build_features())
    with pytest.raises(evaluation.LeakSuspected, match=r"logistic_regression.*above"):
        train.evaluate_candidates(trained)
    assert registry.champion_version() is None
    assert [path.name for path in settings.models_dir.iterdir()] == ["work"]


def test_a_candidate_changed_between_steps_is_not_evaluated(publish, flights):
    publish(flights)
    trained = train.train_candidates(train.build_features())
    file = settings.models_dir / "work" / trained["version"] / "candidates" / "base_rate.skops"
    file.write_bytes(b"something else")
    with pytest.raises(ArtifactTampered, match=r"base_rate.skops is missing or was changed"):
        train.evaluate_candidates(trained)


def test_without_a_published_warehouse_there_is_nothing_to_train_on(data_dir):
    with pytest.raises(warehouse.NothingPublished, match="run the `warehouse` DAG first"):
        train.build_features()


def test_the_command_prints_the_scores(publish, flights, capsys):
    publish(flights)
    train.main()
    printed = capsys.readouterr().out
    assert "2013-04-01 to 2013-05-31" in printed
    assert printed.count("roc_auc") == 4
