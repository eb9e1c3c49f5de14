"""The steps of a training; each is one Airflow task and takes what the one before returned.

    python -m ml.train
    python -m ml.train --cross-validate

What is too big to hand over lies in ``work/<version>/`` below the models, where ``<version>`` is
the version of the model to be: a digest of the features, the code and the releases of the
libraries. Every step leaves its output there complete or not at all and does not repeat
what is there, so the same warehouse and code give the same model and change nothing.
"""

import json
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import typer
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ml import monitoring, scoring
from ml.candidates.catalog import CANDIDATES, LIGHTGBM_LOADS
from ml.evaluation import assessment
from ml.evaluation import cross_validation as cv
from ml.evaluation.split import PARTS, Split, is_delayed, split_in_time
from ml.features import build, catalog, lookups
from ml.registry import artifacts, card, promotion, store, tracking
from ontime import files, warehouse
from ontime.settings import settings

Handover = dict[str, Any]

ROWS_READ_AT_ONCE = 2**15


def build_features() -> Handover:
    """Compute the features from the published warehouse.

    Raises :class:`ontime.warehouse.NothingPublished` before the first publication.
    """
    published = warehouse.current(warehouse.WAREHOUSE)
    if published is None:
        raise warehouse.NothingPublished("No warehouse has been published yet: run the `warehouse` DAG first.")
    flights = build.build(published.path)
    with _new_folder(settings.models_dir / "work") as folder:
        # Flights are in order of time: whoever reads a month need not read them all.
        flights.to_parquet(folder / "features.parquet", index=False, row_group_size=ROWS_READ_AT_ONCE)
        features_sha256 = files.file_sha256(folder / "features.parquet")
        lineage = {
            "warehouse": {"version": published.version, "sha256": published.sha256},
            "features_sha256": features_sha256,
        }
        files.write_json(folder / "lineage.json", lineage)
        version = card.version_of(features_sha256)
        _commit(folder, _work(version))
    print(f"Model version {version}: {len(flights):,} flights of warehouse {published.version}")
    return {
        "version": version,
        "warehouse_version": published.version,
        "features": str(_features(version)),
        "rows": len(flights),
    }


def train_candidates(built: Handover) -> Handover:
    """Fit every candidate on the training part."""
    version = built["version"]
    trained = _work(version) / "candidates"
    if not trained.exists():
        train = _completed(_part(version, "train"))
        if not LIGHTGBM_LOADS:
            print("LightGBM does not compete: it needs OpenMP (Debian: libgomp1, Fedora: libgomp, Homebrew: libomp).")
        candidates = {}
        with _new_folder(_work(version)) as folder:
            for name, make in CANDIDATES.items():
                start = time.perf_counter()
                model = _fit(make(), train)
                seconds = round(time.perf_counter() - start, 2)
                file = artifacts.write_model(model, folder, name)
                candidates[name] = {
                    "fit_seconds": seconds,
                    "file": file.name,
                    "size_bytes": file.stat().st_size,
                    "sha256": files.file_sha256(file),
                    "parameters": _parameters(model),
                }
                print(f"{name}: fitted on {len(train):,} flights in {seconds} s")
            files.write_json(folder / "training.json", {"trained_at": files.now(), "candidates": candidates})
            _commit(folder, trained)
    return {"version": version, "candidates": list(CANDIDATES)}


def evaluate_candidates(trained: Handover, cross_validate: bool = False) -> Handover:
    """Score every candidate on validation and test, and choose the challenger.

    With ``cross_validate`` every candidate is fitted anew for each of the months before the test, too, which takes
    minutes. Raises :class:`ml.evaluation.leak_alarm.LeakSuspected`.
    """
    version = trained["version"]
    evaluated = _work(version) / "evaluation.json"
    if cross_validate and not _cross_validation(version).exists():
        flights = _completed(pd.read_parquet(_features(version)))
        folds = cv.rolling_origin(flights, _split(version), list(CANDIDATES), _fit_and_predict)
        files.write_json(_cross_validation(version), folds)
    if not evaluated.exists():
        parts = {name: _completed(_part(version, name)) for name in PARTS}
        probabilities: assessment.Probabilities = {}
        for name in CANDIDATES:
            model = _candidate(version, name)
            probabilities[name] = {
                part: scoring.delay_probability(model, parts[part]) for part in ("validation", "test")
            }
        files.write_json(evaluated, assessment.assess(parts, probabilities, _split(version)))
    return {"version": version, "challenger": _read(evaluated)["challenger"]}


def register_challenger(evaluated: Handover) -> Handover:
    """Save the challenger with its card and its test predictions, enter it into MLflow, compare it with the champion.

    Says whether it is to be promoted, and why. Nothing that is used changes yet.
    """
    version, name = evaluated["version"], evaluated["challenger"]
    store.publish_champion()
    training, results = _read(_work(version) / "candidates" / "training.json"), _results(version)
    challenger = card.model_card(version, _read(_work(version) / "lineage.json"), training, results)
    test, model = _part(version, "test"), _candidate(version, name)
    predictions = scoring.score(model, challenger, test)
    has_arrived = test[lookups.TARGET].notna().to_numpy()
    decision = promotion.decide(challenger, test[has_arrived], predictions["delay_probability"].to_numpy()[has_arrived])
    with _new_folder(_work(version)) as folder:
        predictions.to_parquet(folder / store.PREDICTIONS_FILE, index=False)
        candidate_file = _candidate_file(version, name)
        file = folder / artifacts.name_for("model", candidate_file)
        shutil.copyfile(candidate_file, file)
        tracking.write_mlmodel(folder, file.name, version, training["trained_at"], catalog.MLFLOW_TYPES)
        saved = card.write_page({**challenger, "model_file": file.name}, decision, folder)
        store.save(saved, folder)
    runs = {candidate: _log(version, candidate, training, results) for candidate in CANDIDATES}
    store.register(version, runs[name])
    page = store.version_dir(version) / card.PAGE_FILE
    print(f"{version} ({name}): {'better' if decision.is_promoted else 'no promotion'}, {decision.reason}")
    return {
        "version": version,
        "is_promoted": decision.is_promoted,
        "reason": decision.reason,
        "card": str(page),
        "question": card.question(challenger, decision, page),
    }


def is_better(registered: Handover) -> bool:
    """Whether there is anything to promote, and so to approve."""
    return registered["is_promoted"]


def promote_challenger(registered: Handover) -> Handover:
    """Make the challenger the champion, if it is to be."""
    if registered["is_promoted"]:
        store.promote(registered["version"], registered["reason"])
    print(f"Champion: {store.champion_version()}")
    return {"version": registered["version"], "champion": store.champion_version(), "reason": registered["reason"]}


def score_new_months(registered: Handover) -> Handover:
    """Publish the champion's predictions for every flight after those it learned from; none without a champion.

    Also where it stays champion: the months that are new to it are more then than the challenger's test part.
    Raises :class:`ml.scoring.OtherFeatures`.
    """
    version = registered["version"]
    if store.champion_version() is None:
        print("There is no champion: nobody approved the first model. Nothing is published.")
        return {"version": version, "champion": None, "rows": 0}
    model, champion = store.load_champion()
    with _new_folder(_work(version)) as folder:
        predictions = folder / store.PREDICTIONS_FILE
        rows = scoring.score_new_months(model, champion, _features(version), predictions)
        warehouse.publish_predictions(predictions, champion["version"])
    for older in _work(version).parent.iterdir():
        if older.is_dir() and older.name != version:
            shutil.rmtree(older)
    print(f"{rows:,} flights from {champion['split']['validation_start']} on, scored by {champion['version']}")
    return {"version": version, "champion": champion["version"], "rows": rows}


def monitor(scored: Handover) -> Handover:
    """Compare what was scored with what the champion learned from and promised; publish that; tell what has drifted.

    Returns what is attached to the asset in Airflow: the ``status`` of the newest month, ``ok`` or ``drifted``, and
    for every month what has. Drift is news, not an error.
    """
    version, published = scored["version"], warehouse.current(warehouse.PREDICTIONS)
    if not scored["rows"] or published is None:
        print("Nothing was scored: there is nothing to look at.")
        return {"version": version, "status": "nothing scored", "breaches": 0, "months": {}}
    model, champion = store.load_champion()
    done = _work(version) / f"monitoring-{champion['version']}"
    if not done.exists():
        tables = monitoring.tables(model, champion, _features(version), published.path)
        with _new_folder(_work(version)) as folder:
            for name, table in tables.items():
                table.to_parquet(folder / f"{name}.parquet", index=False)
            _commit(folder, done)
    files = {name: done / f"{name}.parquet" for name in monitoring.TABLES}
    warehouse.publish_monitoring(files, champion["version"])
    told = monitoring.breaches({name: pd.read_parquet(file) for name, file in files.items()})
    for month, found in told.items():
        for breach in found:
            print(f"{month} has drifted from what {champion['version']} learned or promised: {breach}")
    newest = max(told)
    status = monitoring.DRIFTED if told[newest] else monitoring.OK
    print(f"{newest}: {status}")
    return {
        "version": version,
        "champion": champion["version"],
        "status": status,
        "month": newest,
        "breaches": len(told[newest]),
        "months": told,
    }


# -- the work folder -----------------------------------------------------------
def _work(version: str) -> Path:
    return settings.models_dir / "work" / version


def _features(version: str) -> Path:
    return _work(version) / "features.parquet"


def _split(version: str) -> Split:
    return split_in_time(pd.read_parquet(_features(version), columns=["flight_date"]))


def _part(version: str, name: str) -> pd.DataFrame:
    """The flights of a part of the split; the others are not read, so as not to need the memory."""
    first, last = _split(version).days(name)
    flights = pd.read_parquet(_features(version), filters=[("flight_date", ">=", first), ("flight_date", "<=", last)])
    # Arrow keeps what it no longer needs, three times the size of what was read.
    pa.default_memory_pool().release_unused()
    return flights.reset_index(drop=True)


def _completed(flights: pd.DataFrame) -> pd.DataFrame:
    return flights[flights[lookups.TARGET].notna()]


def _fit(model: Any, train: pd.DataFrame) -> Any:
    # One thread is enough for 3 s of work; two on a busy machine spin waiting for each other (ten times the CPU).
    with threadpool_limits(1):
        return model.fit(train[catalog.without_outcomes(catalog.NAMES)], is_delayed(train))


def _fit_and_predict(name: str, train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    return scoring.delay_probability(_fit(CANDIDATES[name](), train), test)


def _parameters(model: Any) -> dict[str, Any]:
    """The figures and names that a model was made with; of a pipeline, those of its last step."""
    last = model[-1] if hasattr(model, "steps") else model
    return {name: value for name, value in last.get_params().items() if isinstance(value, bool | int | float | str)}


def _record(version: str, name: str) -> dict[str, Any]:
    return _read(_work(version) / "candidates" / "training.json")["candidates"][name]


def _candidate_file(version: str, name: str) -> Path:
    return _work(version) / "candidates" / _record(version, name)["file"]


def _candidate(version: str, name: str) -> Any:
    return artifacts.read_model(_candidate_file(version, name), _record(version, name)["sha256"])


def _cross_validation(version: str) -> Path:
    return _work(version) / "cross_validation.json"


def _results(version: str) -> dict[str, Any]:
    folds = _read(_cross_validation(version)) if _cross_validation(version).exists() else None
    return {**_read(_work(version) / "evaluation.json"), "cross_validation": folds}


def _log(version: str, name: str, training: dict[str, Any], results: dict[str, Any]) -> str:
    """Enter a candidate into MLflow, the challenger with its card; the run's id."""
    saved, record = store.card_of(version), training["candidates"][name]
    metrics = {
        f"{part}_{score}": value for part, both in results["scores"][name].items() for score, value in both.items()
    }
    for score, (low, high) in results["intervals"][name].items():
        metrics |= {f"test_{score}_low": low, f"test_{score}_high": high}
    lineage = {what: saved[what] for what in ("features_sha256", "code_sha256")}
    pages = sorted(store.version_dir(version).glob("*.png")) + [
        store.version_dir(version) / file for file in (card.PAGE_FILE, store.CARD_FILE)
    ]
    return tracking.log_run(
        version,
        name,
        record["parameters"],
        metrics | {what: record[what] for what in ("fit_seconds", "size_bytes")},
        {"warehouse_version": saved["warehouse"]["version"], **lineage},
        pages if name == results["challenger"] else [],
    )


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


def main(
    cross_validate: Annotated[
        bool, typer.Option(help="Also fit and test on each of the months before the test: takes minutes.")
    ] = False,
) -> None:
    """Run all steps; print the scores."""
    evaluated = evaluate_candidates(train_candidates(build_features()), cross_validate)
    registered = register_challenger(evaluated)
    monitor(score_new_months(promote_challenger(registered)))
    told = store.card_of(evaluated["version"])
    print(f"\nTest part, {told['split']['test_start']} to {told['split']['test_end']}: ", end="")
    print(f"{told['flights']['test']:,} flights, {told['base_rate']['test']:.1%} of them delayed")
    for name, both in told["scores"].items():
        print(f"  {name:24}", "  ".join(f"{score} {value:.4f}" for score, value in both["test"].items()))
    if cross_validate and told["cross_validation"] is None:
        print(f"Saved before it was cross-validated: see {_cross_validation(evaluated['version'])}")
    print(f"Model card: {registered['card']}")


if __name__ == "__main__":
    typer.run(main)
