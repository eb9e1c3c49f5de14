"""A whole training on made-up flights: its result, its repetition, and its recovery from a kill in any step."""

import json
import re
import shutil
from pathlib import Path

import duckdb
import mlflow
import pandas as pd
import pytest

from ml import train, work_folder
from ml.candidates import catalog as candidate_catalog
from ml.evaluation.leak_alarm import LeakSuspected
from ml.features import build, catalog
from ml.registry import artifacts, champion, store, tracking, version
from ml.registry.artifacts import ArtifactTampered
from ontime import files, warehouse
from ontime.settings import settings

pytestmark = pytest.mark.more

STEPS = (
    train.build_features,
    train.train_candidates,
    train.evaluate_candidates,
    train.register_challenger,
    train.promote_challenger,
    train.score_new_months,
    train.monitor,
)
QUICK = {name: candidate_catalog.CANDIDATES[name] for name in ("climatology", "logistic_regression")}


@pytest.fixture
def quick(monkeypatch):
    """Two candidates only, for tests about the steps."""
    monkeypatch.setattr(train, "CANDIDATES", QUICK)


def run() -> dict:
    """Run all steps, pass each result on as JSON (as Airflow does), and return the last result."""
    result = STEPS[0]()
    for step in STEPS[1:]:
        result = step(json.loads(json.dumps(result)))
    return result


def models() -> dict:
    """All files of the models folder with their bytes, and the content of MLflow."""
    contents: dict = {path: path.read_bytes() for path in settings.models_dir.rglob("*") if path.is_file()}
    contents.pop(settings.mlflow_database)
    return contents | {"mlflow": mlflow_state()}


def mlflow_state() -> list:
    """Runs and versions, without run ids and times."""
    client = tracking.client()
    experiment = client.get_experiment_by_name(tracking.EXPERIMENT)
    runs = client.search_runs([experiment.experiment_id]) if experiment else []
    rows = [(r.data.tags["version"], r.data.tags["candidate"], r.info.status, r.data.metrics.keys()) for r in runs]
    return [*sorted(rows), *((registered.version, registered.aliases) for registered in tracking.versions())]


def test_a_training_from_the_warehouse_to_published_predictions(publish, flights):
    published = publish(flights)
    train.train(cross_validate=True)
    scored = run()
    card = store.champion_card()
    # March is the validation part, April and May are the test part: the model was trained on none of them.
    assert (scored["version"], scored["champion"], list(scored["months"])) == (
        card["version"],
        card["version"],
        ["2013-03", "2013-04", "2013-05"],
    )
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
    names = ["base_rate", "climatology", "logistic_regression", "hist_gradient_boosting", "lightgbm"]
    assert list(card["scores"]) == names + ["embedding_mlp"] * candidate_catalog.TORCH_IS_INSTALLED
    validation = {name: both["validation"]["log_loss"] for name, both in card["scores"].items()}
    assert validation[card["candidate"]] == min(validation.values()) < validation["base_rate"]

    for name, both in card["scores"].items():
        for score, (low, high) in card["intervals"][name].items():
            # The calibration error of a draw is usually above the error of all flights.
            assert low <= both["test"][score] <= high or score == "calibration_error", (name, score)
    assert [fold["test_start"] for fold in card["cross_validation"]["folds"]] == ["2013-02-01", "2013-03-01"]
    assert sum(part["flights"] for part in card["slices"] if part["dimension"] == "hour") == len(test)
    assert card["threshold"]["validation"]["cost"] <= min(card["threshold"]["costs"]["validation"]) + 1e-3
    assert card["promotion"]["reason"] == "the first model"

    page = (store.version_dir(card["version"]) / "model_card.html").read_text()
    for text in (card["version"], published.version, "too small to tell", "2013-02", "origin_temperature_celsius"):
        assert text in page
    for figure in re.findall(r'src="(.*?)"', page):
        assert (store.version_dir(card["version"]) / figure).read_bytes().startswith(b"\x89PNG")

    [registered] = tracking.versions()
    assert registered.aliases == ("champion",)
    assert registered.tags["warehouse_version"] == published.version
    client = tracking.client()
    [logged] = client.search_runs(
        [client.get_experiment_by_name(tracking.EXPERIMENT).experiment_id], f"tags.candidate = '{card['candidate']}'"
    )
    assert logged.data.metrics["test_roc_auc"] == card["scores"][card["candidate"]]["test"]["roc_auc"]
    assert {artifact.path for artifact in client.list_artifacts(logged.info.run_id)} >= {
        "model_card.html",
        "slices.png",
    }
    assert logged.info.artifact_uri.startswith(settings.mlflow_artifacts_dir.as_uri())
    assert not Path("mlruns").exists()

    with duckdb.connect(str(warehouse.published_path("predictions")), read_only=True) as connection:
        predictions = connection.sql("SELECT * FROM ml.flight_delay_predictions").df()
    assert list(predictions.columns) == ["flight_key", "delay_probability", "model_version", "scored_at"]
    assert set(predictions["flight_key"]) == set(flights["flight_key"][flights["flight_key"] >= "201303"])
    assert predictions["delay_probability"].between(0, 1).all()
    assert set(predictions["model_version"]) == {card["version"]}
    assert set(predictions["scored_at"]) == {pd.Timestamp(card["trained_at"])}

    for set_uri in (mlflow.set_tracking_uri, mlflow.set_registry_uri):
        set_uri(f"sqlite:///{settings.mlflow_database}")
    through_mlflow = mlflow.pyfunc.load_model(f"models:/{tracking.MODEL_NAME}@champion")
    built = build.build(published.path)
    new = built[built["flight_date"] >= "2013-03-01"][catalog.NAMES]
    new = new.astype({name: str for name, kind in catalog.MLFLOW_TYPES.items() if kind == "string"})
    assert set(through_mlflow.predict(new)) == set(predictions["delay_probability"])


def test_a_second_training_on_the_same_warehouse_changes_nothing(quick, publish, flights):
    publish(flights)
    run()
    before, published = models(), [warehouse.current(name) for name in ("predictions", "monitoring")]
    run()
    assert models() == before
    assert [warehouse.current(name) for name in ("predictions", "monitoring")] == published


def scored_flights() -> pd.DataFrame:
    with duckdb.connect(str(warehouse.published_path("predictions")), read_only=True) as connection:
        return connection.sql("FROM ml.flight_delay_predictions").df()


def test_a_champion_that_stays_scores_new_months(quick, publish, flights, monkeypatch):
    publish(flights[flights["flight_key"] < "201305"])
    first = run()["champion"]
    assert store.card_of(first)["split"]["validation_start"] == "2013-02-01"
    before = scored_flights()
    publish(flights)
    monkeypatch.setattr(train.promotion, "decide", lambda *_: train.promotion.Decision(False, "no better"))
    result = run()
    assert result["version"] != first == result["champion"]
    after, published = scored_flights(), warehouse.current("predictions")
    # All months after the champion's training part, not only the challenger's test part (April and May).
    assert set(after["flight_key"]) == set(flights["flight_key"][flights["flight_key"] >= "201302"])
    assert set(after["model_version"]) == {first}
    pd.testing.assert_frame_equal(after[after["flight_key"] < "201305"], before)
    assert run() == result
    assert warehouse.current("predictions") == published, "equal predictions are not published twice"


def test_the_same_flights_in_a_new_warehouse_give_the_same_model(quick, publish, flights):
    publish(flights)
    first = run()["version"]
    before = models()
    publish(flights.sample(frac=1, random_state=1))
    assert run()["version"] == first
    assert models() == before


def test_without_approval_a_first_model_publishes_nothing(quick, publish, flights):
    publish(flights)
    registered = train.register_challenger(train.evaluate_candidates(train.train_candidates(train.build_features())))
    assert train.is_better(registered)
    scored = train.score_new_months(registered)
    assert (scored["champion"], scored["rows"]) == (None, 0)
    assert train.monitor(scored)["status"] == "nothing scored"
    assert [registered.aliases for registered in tracking.versions()] == [("challenger",)]
    assert warehouse.current("predictions") is None


class Killed(BaseException):
    """Raised in place of a kill signal; no code catches it."""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (build, "build"),
        (artifacts, "write_model"),
        (work_folder, "commit"),
        (train.assessment, "assess"),
        (train.card, "write_page"),
        (store, "save"),
        (tracking, "_log_run"),
        (store, "register"),
        (store, "promote"),
        (champion, "write"),
        (warehouse, "publish_predictions"),
        (train.monitoring, "tables"),
        (warehouse, "publish_monitoring"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_training_killed_inside_a_step_ends_the_same_after_a_rerun(
    quick, publish, flights, monkeypatch, module, name
):
    publish(flights)
    real = getattr(module, name)

    def killed(*args, **kwargs):
        real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(module, name, killed)
        run()
    trained = run()["version"]
    assert mlflow_state() == uninterrupted(trained)
    promoted_at = tracking.find(trained).tags["promoted_at"]
    assert json.loads((settings.models_dir / "champion.json").read_text()) == {
        "version": trained,
        "card_sha256": files.file_sha256(store.version_dir(trained) / "model_card.json"),
        "promotions": {
            trained: {"number": 1, "promoted_at": promoted_at, "reason": "the first model", "rolled_back_at": ""}
        },
    }
    assert store.load_champion()[1]["version"] == trained
    for name in ("predictions", "monitoring"):
        assert warehouse.current(name).lineage["model_version"] == trained


def uninterrupted(trained: str) -> list:
    """The state of MLflow after one training of the quick candidates; ``trained`` is its version."""
    scores = {"brier", "calibration_error", "log_loss", "pr_auc", "roc_auc"}
    metrics = {f"{part}_{score}" for part in ("validation", "test") for score in scores}
    metrics |= {f"test_{score}_{end}" for score in scores for end in ("low", "high")} | {"fit_seconds", "size_bytes"}
    return [*((trained, name, "FINISHED", metrics) for name in sorted(QUICK)), (trained, ("champion",))]


@pytest.mark.parametrize("done", range(1, len(STEPS)))
def test_a_training_stopped_after_any_step_ends_the_same_after_a_rerun(quick, publish, flights, done):
    publish(flights)
    result = STEPS[0]()
    for step in STEPS[1:done]:
        result = step(result)
    half_written = settings.models_dir / "work" / ".half-written"
    half_written.mkdir()
    assert run()["champion"] == result["version"]
    assert not half_written.exists()
    names = {path.name for path in settings.models_dir.iterdir()}
    assert names == {result["version"], "champion.json", "work", "artifacts", "mlflow.db"}


def test_a_lost_work_folder_changes_no_saved_model(quick, publish, flights):
    publish(flights)
    run()
    first, pointer = store.champion_version(), (settings.models_dir / "champion.json").read_bytes()
    card = store.card_of(first)
    shutil.rmtree(settings.models_dir / "work")
    run()
    assert (store.champion_version(), store.card_of(first)) == (first, card)
    assert (settings.models_dir / "champion.json").read_bytes() == pointer


def test_two_months_are_split_by_days(quick, publish, flights):
    publish(flights[flights["flight_key"] < "201303"])
    run()
    # From 14 February on: six validation days and nine test days.
    assert len(scored_flights()) == (6 + 9) * 40
    assert store.champion_card()["split"]["rule"] == "days"


def test_a_feature_that_leaks_the_outcome_stops_the_training(publish, flights, monkeypatch):
    honest_build = build.build

    def leaky(path):
        built = honest_build(path)
        return built.assign(flight_excess_delay_share=built[catalog.TARGET].fillna(False).astype(float))

    monkeypatch.setattr(build, "build", leaky)
    publish(flights)
    trained = train.train_candidates(train.build_features())
    with pytest.raises(LeakSuspected, match=r"logistic_regression.*above"):
        train.evaluate_candidates(trained)
    assert store.champion_version() is None
    assert {path.name for path in settings.models_dir.iterdir()} == {"work", "mlflow.db"}


def test_a_candidate_changed_between_steps_is_not_evaluated(quick, publish, flights):
    publish(flights)
    trained = train.train_candidates(train.build_features())
    work_folder.WorkFolder(trained["version"]).candidate_file("climatology").write_bytes(b"something else")
    with pytest.raises(ArtifactTampered, match=r"climatology.skops is missing or was changed"):
        train.evaluate_candidates(trained)


def test_a_training_needs_a_published_warehouse(data_dir):
    with pytest.raises(warehouse.NothingPublished, match="run the `warehouse` DAG first"):
        train.build_features()


def test_a_training_by_hand_prints_the_scores(quick, publish, flights, capsys):
    publish(flights)
    train.train()
    printed = capsys.readouterr().out
    assert "2013-04-01 to 2013-05-31" in printed
    assert printed.count("roc_auc") == 2
    assert "Model card: " in printed


def test_a_changed_comment_does_not_train_again_and_a_changed_threshold_does(
    quick, publish, flights, monkeypatch, tmp_path
):
    publish(flights)
    first = run()["version"]
    before = models()
    code = Path(shutil.copytree(version.ML_DIR, tmp_path / "ml", ignore=shutil.ignore_patterns("__pycache__")))
    monkeypatch.setattr(version, "ML_DIR", code)
    slices = code / "evaluation" / "slices.py"
    slices.write_text(slices.read_text().replace("MARGIN = 0.005", "MARGIN = 0.005  # log-loss"))
    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "write_model", lambda *_: pytest.fail("trained again"))
        assert run()["version"] == first
    assert models() == before
    slices.write_text(slices.read_text().replace("MARGIN = 0.005", "MARGIN = 0.006"))
    assert run()["version"] != first
    assert len(tracking.versions()) == 2
