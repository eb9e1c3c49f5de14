"""MLflow: records every candidate that was tried, and which registered version is the champion.

MLflow keeps its data in one SQLite file and one artifact folder, both inside the models folder; nothing is sent over
the network. One run is one candidate of one training. One registered version is a challenger that was saved. Runs and
versions are looked up by our own version (a digest), so repeating a write changes nothing. To browse them:
``uvx mlflow@3.17.2 ui --backend-store-uri sqlite:///data/models/mlflow.db``.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as release_of
from pathlib import Path
from typing import Any

from ontime.settings import settings

EXPERIMENT = "arrival delay"
MODEL_NAME = "arrival-delay"
CHAMPION, CHALLENGER = "champion", "challenger"

#: What ``mlflow.pyfunc.load_model`` needs beside this project to load a version in another environment.
REQUIREMENTS = ("numpy", "pandas", "scikit-learn", "skops", "lightgbm")


@dataclass(frozen=True)
class Registered:
    """One registered version: MLflow's ``number``, our ``version``, its ``aliases`` and its tags."""

    number: str
    version: str
    aliases: tuple[str, ...]
    tags: Mapping[str, str]


def client() -> Any:
    """An ``MlflowClient`` for our own database, which is created if it does not exist."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # MLflow reads this when it is first imported
    from mlflow import MlflowClient

    settings.models_dir.mkdir(parents=True, exist_ok=True)
    uri = f"sqlite:///{settings.mlflow_database}"
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def log_run(
    version: str,
    candidate: str,
    params: Mapping[str, Any],
    metrics: Mapping[str, float],
    tags: Mapping[str, str],
    artifacts: Sequence[Path] = (),
) -> str:
    """Log a candidate of a training as a finished run, unless it is logged already; returns the run id."""
    from mlflow.entities import Metric, Param

    mlflow = client()
    experiment = _experiment(mlflow)
    own = {"version": version, "candidate": candidate}
    query = " and ".join(f"tags.{name} = '{value}'" for name, value in own.items())
    runs = mlflow.search_runs([experiment], query, max_results=1)
    if runs and runs[0].info.status == "FINISHED":
        return runs[0].info.run_id
    # An unfinished run is continued: what it logged before it was interrupted is the same.
    run = runs[0] if runs else mlflow.create_run(experiment, run_name=f"{candidate} {version}", tags={**own, **tags})
    run_id = run.info.run_id
    started = run.info.start_time
    mlflow.log_batch(
        run_id,
        metrics=[Metric(name, value, started, 0) for name, value in metrics.items()],
        params=[Param(name, str(value)) for name, value in params.items()],
    )
    for path in artifacts:
        mlflow.log_artifact(run_id, str(path))
    mlflow.set_terminated(run_id)
    return run_id


def register(version: str, run_id: str, folder: Path, tags: Mapping[str, str]) -> None:
    """Register a saved version unless it is registered already, and make it the challenger unless it is champion."""
    from mlflow.exceptions import MlflowException

    mlflow = client()
    registered = find(version)
    if registered is None:
        try:
            mlflow.create_registered_model(MODEL_NAME, description="Will this flight arrive 15 or more minutes late?")
        except MlflowException as problem:
            if problem.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        mlflow.create_model_version(MODEL_NAME, folder.as_uri(), run_id, tags={"version": version, **tags})
        registered = find(version)
    if registered and CHAMPION not in registered.aliases:
        mlflow.set_registered_model_alias(MODEL_NAME, CHALLENGER, registered.number)


def find(version: str) -> Registered | None:
    """A registered version, or None."""
    return next((registered for registered in versions() if registered.version == version), None)


def champion() -> Registered | None:
    """The version with the alias ``champion``, or None before the first promotion."""
    return next((registered for registered in versions() if CHAMPION in registered.aliases), None)


def versions() -> list[Registered]:
    """Every registered version, newest first."""
    mlflow = client()
    model_versions = mlflow.search_model_versions(f"name = '{MODEL_NAME}'", max_results=1000)
    aliases: dict[str, list[str]] = {}
    if model_versions:
        for alias, number in mlflow.get_registered_model(MODEL_NAME).aliases.items():
            aliases.setdefault(str(number), []).append(alias)
    return [
        Registered(str(one.version), one.tags["version"], tuple(sorted(aliases.get(str(one.version), []))), one.tags)
        for one in sorted(model_versions, key=lambda one: -int(one.version))
    ]


def make_champion(registered: Registered, tags: Mapping[str, str]) -> None:
    """Set tags on a registered version, then give it the alias ``champion``."""
    mlflow = client()
    for name, value in tags.items():
        mlflow.set_model_version_tag(MODEL_NAME, registered.number, name, value)
    mlflow.set_registered_model_alias(MODEL_NAME, CHAMPION, registered.number)


def remove_challenger_alias() -> None:
    """Remove the alias ``challenger`` from the version that has it."""
    client().delete_registered_model_alias(MODEL_NAME, CHALLENGER)


def tag(registered: Registered, name: str, value: str) -> None:
    """Set a tag on a registered version."""
    client().set_model_version_tag(MODEL_NAME, registered.number, name, value)


def write_mlmodel(folder: Path, model_file: str, version: str, trained_at: str, inputs: Mapping[str, str]) -> None:
    """Write ``MLmodel`` and ``requirements.txt``, so that ``mlflow.pyfunc.load_model`` can load the model file.

    MLflow then loads it through :mod:`ml.registry.mlflow_loader`, with our own checks. ``inputs``: each input column
    and its MLflow type, in order.
    """
    client()
    from mlflow import pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    signature = ModelSignature(
        inputs=Schema([ColSpec(kind, name) for name, kind in inputs.items()]),
        outputs=Schema([ColSpec("double", "delay_probability")]),
    )
    # MLflow's defaults are a random id and the current time; with ours the same model gives the same bytes.
    model = Model(signature=signature, model_uuid=version, utc_time_created=trained_at)
    pyfunc.add_to_model(model, loader_module="ml.registry.mlflow_loader", data=model_file)
    model.save(str(folder / "MLmodel"))
    requirements = "\n".join(f"{name}=={release_of(name)}" for name in REQUIREMENTS)
    (folder / "requirements.txt").write_text(f"{requirements}\n")


def _experiment(mlflow: Any) -> str:
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    if experiment:
        return experiment.experiment_id
    return mlflow.create_experiment(EXPERIMENT, artifact_location=settings.mlflow_artifacts_dir.as_uri())
