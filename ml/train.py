"""The steps of a training. Each is one Airflow task and takes what the step before returned.

:func:`train` runs all of them, without Airflow. What is too large to return lies in the work folder of the model
version (:mod:`ml.work_folder`). The version is a digest of the features, the deciding code and the library releases, so
the same warehouse and the same code give the same model, and a second training changes nothing.
"""

import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ml import monitoring, scoring, work_folder
from ml.candidates.catalog import CANDIDATES, LIGHTGBM_LOADS
from ml.evaluation import assessment
from ml.evaluation import cross_validation as cv
from ml.evaluation.split import PARTS, Split, is_delayed, split_in_time
from ml.features import build, catalog
from ml.registry import artifacts, card, champion, promotion, store, tracking, version
from ml.work_folder import WorkFolder
from ontime import files, locks, warehouse

#: What a step returns and the next one takes: values that JSON can hold, as Airflow stores them.
StepResult = dict[str, Any]

ROWS_PER_READ = 2**15


def train(cross_validate: bool = False) -> None:
    """Run all steps and print the scores. Raises what the steps raise; one training at a time."""
    with locks.hold(locks.TRAINING, "training"):
        _train(cross_validate)


def _train(cross_validate: bool) -> None:
    evaluated = evaluate_candidates(train_candidates(build_features()), cross_validate)
    registered = register_challenger(evaluated)
    monitor(score_new_months(promote_challenger(registered)))
    model_card = store.card_of(evaluated["version"])
    split, flights, base_rate = model_card["split"], model_card["flights"], model_card["base_rate"]
    print(f"\nTest part, {split['test_start']} to {split['test_end']}: ", end="")
    print(f"{flights['test']:,} flights, {base_rate['test']:.1%} of them delayed")
    for name, scores in model_card["scores"].items():
        print(f"  {name:24}", "  ".join(f"{score} {value:.4f}" for score, value in scores["test"].items()))
    if cross_validate and model_card["cross_validation"] is None:
        folds = WorkFolder(evaluated["version"]).cross_validation
        print(f"The model card was saved before the cross-validation. Its results are in {folds}")
    print(f"Model card: {registered['card']}")


def build_features() -> StepResult:
    """Compute the features from the published warehouse.

    Also deletes what killed trainings left, and outputs of an earlier training that were damaged since. Raises
    :class:`ontime.warehouse.NothingPublished` before the first publication, and when the published file is damaged.
    """
    published = warehouse.current(warehouse.WAREHOUSE)
    if published is None:
        raise warehouse.NothingPublished("No warehouse has been published yet: run the `warehouse` DAG first.")
    published.verified()
    work_folder.sweep()
    flights = build.build(published.path)
    with work_folder.new_folder(work_folder.work_dir()) as folder:
        features_file = folder / work_folder.FEATURES_FILE
        # Flights are sorted by time, so with small row groups a reader of one month skips all others.
        flights.to_parquet(features_file, index=False, row_group_size=ROWS_PER_READ)
        features_sha256 = files.file_sha256(features_file)
        lineage = {
            "warehouse": {"version": published.version, "sha256": published.sha256},
            "features_sha256": features_sha256,
        }
        files.write_json(folder / work_folder.LINEAGE_FILE, lineage)
        work = WorkFolder(version.version_of(features_sha256))
        work.remove_damaged(features_sha256)
        work_folder.commit(folder, work.path)
    print(f"Model version {work.version}: {len(flights):,} flights of warehouse {published.version}")
    return {
        "version": work.version,
        "warehouse_version": published.version,
        "features": str(work.features),
        "rows": len(flights),
    }


def train_candidates(built: StepResult) -> StepResult:
    """Fit every candidate on the training part."""
    work = WorkFolder(built["version"])
    if not work.candidates.exists():
        if not LIGHTGBM_LOADS:
            print("LightGBM is left out: it needs OpenMP (Debian: libgomp1, Fedora: libgomp, Homebrew: libomp).")
        flights = _completed(_part(work, "train"))
        with work_folder.new_folder(work.path) as folder:
            candidates = {name: _fit_and_write(name, flights, folder) for name in CANDIDATES}
            training = {"trained_at": files.now(), "candidates": candidates}
            files.write_json(folder / work_folder.TRAINING_FILE, training)
            work_folder.commit(folder, work.candidates)
    return {"version": work.version, "candidates": list(CANDIDATES)}


def evaluate_candidates(trained: StepResult, cross_validate: bool = False) -> StepResult:
    """Score every candidate on the validation and the test part, and choose the challenger.

    With ``cross_validate`` also fit and test every candidate on each of the months before the test, which takes
    minutes. Raises :class:`ml.evaluation.leak_alarm.LeakSuspected` and
    :class:`ml.registry.artifacts.ArtifactTampered`.
    """
    work = WorkFolder(trained["version"])
    if cross_validate and not work.cross_validation.exists():
        flights = _completed(pd.read_parquet(work.features))
        folds = cv.rolling_origin(flights, _split(work), list(CANDIDATES), _fit_and_predict)
        files.write_json(work.cross_validation, folds)
    if not work.evaluation.exists():
        parts = {name: _completed(_part(work, name)) for name in PARTS}
        probabilities: assessment.Probabilities = {}
        for name in CANDIDATES:
            model = work.candidate(name)
            probabilities[name] = {
                part: scoring.delay_probability(model, parts[part]) for part in ("validation", "test")
            }
        files.write_json(work.evaluation, assessment.assess(parts, probabilities, _split(work)))
    return {"version": work.version, "challenger": work.results()["challenger"]}


def register_challenger(evaluated: StepResult) -> StepResult:
    """Save the challenger with its card and test predictions, register it in MLflow, and compare it with the champion.

    The result says whether to promote it and why. ``compared_with`` identifies the promotions at that time, so that a
    later step can see whether the champion has changed. This step does not change the champion.
    """
    work, name = WorkFolder(evaluated["version"]), evaluated["challenger"]
    store.restore()
    training, results = work.training(), work.results()
    challenger = card.model_card(work.version, work.lineage(), training, results)
    compared_with = champion.state()
    predictions, decision = _compare(work, challenger)
    with work_folder.new_folder(work.path) as folder:
        predictions.to_parquet(folder / store.PREDICTIONS_FILE, index=False)
        file = folder / artifacts.name_for("model", work.candidate_file(name))
        shutil.copyfile(work.candidate_file(name), file)
        tracking.write_mlmodel(folder, file.name, work.version, training["trained_at"], catalog.MLFLOW_TYPES)
        complete = card.write_page({**challenger, "model_file": file.name}, decision, folder)
        store.save(complete, folder)
    store.register()
    page = store.version_dir(work.version) / card.PAGE_FILE
    print(f"{work.version} ({name}): {'promote' if decision.is_promoted else 'no promotion'}, {decision.reason}")
    return {
        "version": work.version,
        "is_promoted": decision.is_promoted,
        "reason": decision.reason,
        "compared_with": compared_with,
        "card": str(page),
        "question": card.question(challenger, decision, page),
    }


def is_better(registered: StepResult) -> bool:
    """Whether the challenger should be promoted, so that there is something to approve."""
    return registered["is_promoted"]


def promote_challenger(registered: StepResult) -> StepResult:
    """Make the challenger the champion if it should be promoted.

    If the champion has changed since the comparison, compare with the current champion first.
    """
    model_version, reason = registered["version"], registered["reason"]
    with locks.hold(locks.MODELS, f"promoting model {model_version}"):
        is_promoted = registered["is_promoted"]
        if is_promoted and champion.state() != registered["compared_with"]:
            _, decision = _compare(WorkFolder(model_version), store.card_of(model_version))
            is_promoted, reason = decision.is_promoted, decision.reason
            print(f"The champion has changed since the comparison. Compared again: {reason}")
        # A promotion that was interrupted is finished: MLflow may not show it yet.
        if is_promoted or (registered["is_promoted"] and store.champion_version() == model_version):
            store.promote(model_version, reason)
        now = store.champion_version()
    print(f"Champion: {now}")
    return {"version": model_version, "champion": now, "reason": reason}


def score_new_months(registered: StepResult) -> StepResult:
    """Publish the champion's predictions for every flight after its training part; nothing without a champion.

    This also runs when the champion stays, because an older champion has more months after its training part than the
    challenger's test part. Raises :class:`ml.scoring.OtherFeatures`.
    """
    work = WorkFolder(registered["version"])
    if store.champion_version() is None:
        print("There is no champion, because nobody approved the first model. Nothing is published.")
        return {"version": work.version, "champion": None, "rows": 0}
    model, model_card = store.load_champion()
    with work_folder.new_folder(work.path) as folder:
        predictions = folder / store.PREDICTIONS_FILE
        rows = scoring.score_new_months(model, model_card, work.features, predictions)
        warehouse.publish_predictions(predictions, model_card["version"])
    work.remove_others()
    print(f"{rows:,} flights from {model_card['split']['validation_start']} on, scored by {model_card['version']}")
    return {"version": work.version, "champion": model_card["version"], "rows": rows}


def monitor(scored: StepResult) -> StepResult:
    """Compare the scored months with the champion's training part and model card; publish and print what drifted.

    Airflow attaches the result to the asset: ``status`` is ``ok`` or ``drifted`` for the newest month, and ``months``
    lists what drifted in each month. Drift is reported and is not an error. Raises
    :class:`ontime.warehouse.DamagedVersion` if the published predictions were changed.
    """
    work, published = WorkFolder(scored["version"]), warehouse.current(warehouse.PREDICTIONS)
    if not scored["rows"] or published is None:
        print("Nothing was scored, so there is nothing to monitor.")
        return {"version": work.version, "status": "nothing scored", "breaches": 0, "months": {}}
    model, model_card = store.load_champion()
    output = work.monitoring(model_card["version"])
    if not output.exists():
        tables = monitoring.tables(model, model_card, work.features, published.verified().path)
        with work_folder.new_folder(work.path) as folder:
            for name, table in tables.items():
                table.to_parquet(folder / f"{name}.parquet", index=False)
            work_folder.commit(folder, output)
    table_files = {name: output / f"{name}.parquet" for name in monitoring.TABLES}
    warehouse.publish_monitoring(table_files, model_card["version"], monitoring.DESCRIPTIONS)
    breaches = monitoring.breaches({name: pd.read_parquet(file) for name, file in table_files.items()})
    for month, messages in breaches.items():
        for message in messages:
            print(f"{month}, champion {model_card['version']}: {message}")
    newest = max(breaches)
    status = monitoring.DRIFTED if breaches[newest] else monitoring.OK
    print(f"{newest}: {status}")
    return {
        "version": work.version,
        "champion": model_card["version"],
        "status": status,
        "month": newest,
        "breaches": len(breaches[newest]),
        "months": breaches,
    }


# -- flights -------------------------------------------------------------------
def _split(work: WorkFolder) -> Split:
    return split_in_time(pd.read_parquet(work.features, columns=["flight_date"]))


def _part(work: WorkFolder, name: str) -> pd.DataFrame:
    """The flights of one part of the split. Only that part is read, to save memory."""
    first, last = _split(work).days(name)
    flights = pd.read_parquet(work.features, filters=[("flight_date", ">=", first), ("flight_date", "<=", last)])
    # Arrow keeps memory that it no longer uses, three times the size of the data read.
    pa.default_memory_pool().release_unused()
    return flights.reset_index(drop=True)


def _completed(flights: pd.DataFrame) -> pd.DataFrame:
    return flights[flights[catalog.TARGET].notna()]


def _compare(work: WorkFolder, challenger: dict[str, Any]) -> tuple[pd.DataFrame, promotion.Decision]:
    """The challenger's predictions for the test part, and whether it should replace the current champion."""
    test = _part(work, "test")
    predictions = scoring.score(work.candidate(challenger["candidate"]), challenger, test)
    has_arrived = test[catalog.TARGET].notna().to_numpy()
    probability = predictions["delay_probability"].to_numpy()[has_arrived]
    return predictions, promotion.decide(challenger, test[has_arrived], probability)


# -- candidates ----------------------------------------------------------------
def _fit(model: Any, flights: pd.DataFrame) -> Any:
    # One thread is enough for 3 s of work; two threads on a busy machine wait for each other and use ten times the CPU.
    with threadpool_limits(1):
        return model.fit(flights[catalog.without_outcomes(catalog.NAMES)], is_delayed(flights))


def _fit_and_predict(name: str, train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    return scoring.delay_probability(_fit(CANDIDATES[name](), train), test)


def _fit_and_write(name: str, flights: pd.DataFrame, folder: Path) -> dict[str, Any]:
    """Fit a candidate and write its model file into the folder; returns its record for the model card."""
    start = time.perf_counter()
    model = _fit(CANDIDATES[name](), flights)
    seconds = round(time.perf_counter() - start, 2)
    file = artifacts.write_model(model, folder, name)
    print(f"{name}: fitted on {len(flights):,} flights in {seconds} s")
    return {
        "fit_seconds": seconds,
        "file": file.name,
        "size_bytes": file.stat().st_size,
        "sha256": files.file_sha256(file),
        "parameters": _parameters(model),
    }


def _parameters(model: Any) -> dict[str, Any]:
    """The plain parameters of a model; of a pipeline, those of its last step."""
    last = model[-1] if hasattr(model, "steps") else model
    return {name: value for name, value in last.get_params().items() if isinstance(value, bool | int | float | str)}
