"""The steps of a training; each is one Airflow task and takes what the one before returned.

    python -m ontime.model.train

What is too big to hand over lies in ``work/<version>/`` below the models, where ``<version>`` is
the version of the model to be: a digest of the features, the code and the scikit-learn
release. Every step leaves its output there complete or not at all and does not repeat
what is there, so the same warehouse and code give the same model and change nothing.
"""

import json
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ontime import lake, warehouse
from ontime.model import artifacts, card, evaluation, features, promotion, registry, scoring
from ontime.model.candidates import CANDIDATES
from ontime.settings import settings

Handover = dict[str, Any]


def build_features() -> Handover:
    """Compute the features from the published warehouse.

    Raises :class:`ontime.warehouse.NothingPublished` before the first publication.
    """
    published = warehouse.current(warehouse.WAREHOUSE)
    if published is None:
        raise warehouse.NothingPublished("No warehouse has been published yet: run the `warehouse` DAG first.")
    flights = features.build(published.path)
    with _new_folder(settings.models_dir / "work") as folder:
        flights.to_parquet(folder / "features.parquet", index=False)
        features_sha256 = lake.file_sha256(folder / "features.parquet")
        lineage = {
            "warehouse": {"version": published.version, "sha256": published.sha256},
            "features_sha256": features_sha256,
        }
        lake.write_json(folder / "lineage.json", lineage)
        version = card.version_of(features_sha256)
        _commit(folder, _work(version))
    print(f"Model version {version}: {len(flights):,} flights of warehouse {published.version}")
    return {
        "version": version,
        "warehouse_version": published.version,
        "features": str(_work(version) / "features.parquet"),
        "rows": len(flights),
    }


def train_candidates(built: Handover) -> Handover:
    """Fit every candidate on the training part."""
    version = built["version"]
    trained = _work(version) / "candidates"
    if not trained.exists():
        flights, split = _flights(version)
        train = split.part("train", _completed(flights))
        candidates = {}
        with _new_folder(_work(version)) as folder:
            for name, make in CANDIDATES.items():
                start = time.perf_counter()
                model = _fit(make(), train)
                seconds = round(time.perf_counter() - start, 2)
                sha256 = artifacts.write_model(model, folder / f"{name}.skops")
                candidates[name] = {"fit_seconds": seconds, "sha256": sha256}
                print(f"{name}: fitted on {len(train):,} flights in {seconds} s")
            lake.write_json(folder / "training.json", {"trained_at": lake.now(), "candidates": candidates})
            _commit(folder, trained)
    return {"version": version, "candidates": list(CANDIDATES)}


def evaluate_candidates(trained: Handover) -> Handover:
    """Score every candidate on validation and test, and choose the challenger.

    The challenger has the lowest validation log-loss; the test part chooses no candidate.
    Raises :class:`ontime.model.evaluation.LeakSuspected`.
    """
    version = trained["version"]
    evaluated = _work(version) / "evaluation.json"
    if not evaluated.exists():
        flights, split = _flights(version)
        parts = {name: split.part(name, _completed(flights)) for name in evaluation.PARTS}
        labels = {name: evaluation.is_delayed(part) for name, part in parts.items()}
        scores = {}
        for name in CANDIDATES:
            model = _candidate(version, name)
            scores[name] = {
                part: evaluation.score(labels[part], scoring.delay_probability(model, parts[part]))
                for part in ("validation", "test")
            }
        evaluation.check_for_leaks({name: both["test"].roc_auc for name, both in scores.items()}, split)
        results = {
            "challenger": min(scores, key=lambda name: scores[name]["validation"].log_loss),
            "split": evaluation.as_dict(split),
            "flights": {name: len(part) for name, part in labels.items()},
            "base_rate": {name: round(float(part.mean()), 5) for name, part in labels.items()},
            "scores": {
                name: {part: evaluation.as_dict(value) for part, value in both.items()} for name, both in scores.items()
            },
        }
        lake.write_json(evaluated, results)
    return {"version": version, **_read(evaluated)}


def promote_challenger(evaluated: Handover) -> Handover:
    """Save the challenger with its card and its test predictions; make it champion if it wins."""
    version, name = evaluated["version"], evaluated["challenger"]
    training = _read(_work(version) / "candidates" / "training.json")
    challenger = card.model_card(version, _read(_work(version) / "lineage.json"), training, evaluated)
    flights, split = _flights(version)
    test = split.part("test", flights)
    with _new_folder(_work(version)) as folder:
        predictions = folder / registry.PREDICTIONS_FILE
        scoring.score(_candidate(version, name), challenger, test).to_parquet(predictions, index=False)
        registry.save(challenger, _candidate_file(version, name), predictions)
    decision = promotion.decide(registry.card_of(version), _completed(test))
    if decision.is_promoted:
        registry.promote(version, decision.reason)
    print(f"{version} ({name}): {'promoted' if decision.is_promoted else 'not promoted'}, {decision.reason}")
    return {"version": version, "champion": registry.champion_version(), **asdict(decision)}


def score_test_months(promoted: Handover) -> Handover:
    """Publish the champion's predictions for every flight scheduled in the test part."""
    version = promoted["version"]
    flights, split = _flights(version)
    test = split.part("test", flights)
    model, champion = registry.load_champion()
    with _new_folder(_work(version)) as folder:
        predictions = folder / registry.PREDICTIONS_FILE
        scoring.score(model, champion, test).to_parquet(predictions, index=False)
        warehouse.publish_predictions(predictions, champion["version"])
    for older in _work(version).parent.iterdir():
        if older.is_dir() and older.name != version:
            shutil.rmtree(older)
    print(f"{len(test):,} flights scored by {champion['version']}")
    return {"version": version, "champion": champion["version"], "rows": len(test)}


# -- the work folder -----------------------------------------------------------
def _work(version: str) -> Path:
    return settings.models_dir / "work" / version


def _flights(version: str) -> tuple[pd.DataFrame, evaluation.Split]:
    flights = pd.read_parquet(_work(version) / "features.parquet")
    return flights, evaluation.split_in_time(flights)


def _completed(flights: pd.DataFrame) -> pd.DataFrame:
    return flights[flights[features.TARGET].notna()]


def _fit(model: Any, train: pd.DataFrame) -> Any:
    # One thread is enough for 3 s of work; two on a busy machine spin waiting for each other (ten times the CPU).
    with threadpool_limits(1):
        return model.fit(train[features.NAMES], evaluation.is_delayed(train))


def _candidate_file(version: str, name: str) -> Path:
    return _work(version) / "candidates" / f"{name}.skops"


def _candidate(version: str, name: str) -> Any:
    training = _read(_work(version) / "candidates" / "training.json")
    return artifacts.read_model(_candidate_file(version, name), training["candidates"][name]["sha256"])


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


@contextmanager
def _new_folder(parent: Path) -> Iterator[Path]:
    """An empty folder for one step's output; what was not committed from it is removed."""
    folder = parent / f".{uuid.uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _commit(folder: Path, target: Path) -> None:
    """Give the folder its name, unless an equal one is there already."""
    if not target.exists():
        folder.rename(target)


def main() -> None:
    """Run all steps; print the scores."""
    evaluated = evaluate_candidates(train_candidates(build_features()))
    score_test_months(promote_challenger(evaluated))
    print(f"\nTest part, {evaluated['split']['test_start']} to {evaluated['split']['test_end']}: ", end="")
    print(f"{evaluated['flights']['test']:,} flights, {evaluated['base_rate']['test']:.1%} of them delayed")
    for name, both in evaluated["scores"].items():
        print(f"  {name:24}", "  ".join(f"{score} {value:.4f}" for score, value in both["test"].items()))


if __name__ == "__main__":
    main()
