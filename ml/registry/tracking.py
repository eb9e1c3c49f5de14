"""MLflow: what was tried, and which version is champion.

One SQLite file and one artifact store, both below the models; nothing is sent anywhere. A run is
one candidate of one training; a registered version is a challenger that was saved. Everything is found
again by our own version (a digest), so writing it twice leaves what writing it once leaves.
To look at it: ``uvx mlflow@3.17.2 ui --backend-store-uri sqlite:///data/models/mlflow.db``.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ontime.settings import settings

EXPERIMENT = "arrival delay"
MODEL_NAME = "arrival-delay"
CHAMPION, CHALLENGER = "champion", "challenger"

#: What ``mlflow.pyfunc.load_model`` needs to load a version in an environment of its own, ontime beside it.
REQUIREMENTS = ("numpy", "pandas", "scikit-learn", "skops", "lightgbm")


@dataclass(frozen=True)
class Registered:
    """One registered version: MLflow's ``number``, our ``version``, its ``aliases`` and its tags."""

    number: str
    version: str
    aliases: tuple[str, ...]
    tags: Mapping[str, str]


def client() -> Any:
    """An ``MlflowClient`` of our own database, which is made where it is missing."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # read when MLflow is first imported
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
    """Log a candidate of a training as a finished run, unless it is there; its run id."""
    from mlflow.entities import Metric, Param

    mlflow = client()
    experiment = _experiment(mlflow)
    own = {"version": version, "candidate": candidate}
    query = " and ".join(f"tags.{name} = '{value}'" for name, value in own.items())
    runs = mlflow.search_runs([experiment], query, max_results=1)
    if runs and runs[0].info.status == "FINISHED":
        return runs[0].info.run_id
    # A run that was left unfinished is gone on with: what it has already is the same.
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
    """Register a saved version as the challenger, unless it is registered."""
    from mlflow.exceptions import MlflowException

    mlflow = client()
    known = find(version)
    if known is None:
        try:
            mlflow.create_registered_model(MODEL_NAME, description="Will this flight arrive 15 minutes late or more?")
        except MlflowException as problem:
            if problem.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        mlflow.create_model_version(MODEL_NAME, folder.as_uri(), run_id, tags={"version": version, **tags})
        known = find(version)
    if known and CHAMPION not in known.aliases:
        mlflow.set_registered_model_alias(MODEL_NAME, CHALLENGER, known.number)


def find(version: str) -> Registered | None:
    """A registered version, or None."""
    return next((known for known in versions() if known.version == version), None)


def champion() -> Registered | None:
    """The version with the alias ``champion``, or None before the first promotion."""
    return next((known for known in versions() if CHAMPION in known.aliases), None)


def versions() -> list[Registered]:
    """Every registered version, newest first."""
    mlflow = client()
    found = mlflow.search_model_versions(f"name = '{MODEL_NAME}'", max_results=1000)
    aliases: dict[str, list[str]] = {}
    if found:
        for alias, number in mlflow.get_registered_model(MODEL_NAME).aliases.items():
            aliases.setdefault(str(number), []).append(alias)
    return [
        Registered(str(one.version), one.tags["version"], tuple(sorted(aliases.get(str(one.version), []))), one.tags)
        for one in sorted(found, key=lambda one: -int(one.version))
    ]


def make_champion(known: Registered, tags: Mapping[str, str]) -> None:
    """Give a registered version the alias ``champion``, and these tags first."""
    mlflow = client()
    for name, value in tags.items():
        mlflow.set_model_version_tag(MODEL_NAME, known.number, name, value)
    mlflow.set_registered_model_alias(MODEL_NAME, CHAMPION, known.number)


def without_challenger() -> None:
    """Take the alias ``challenger`` from whichever version has it."""
    client().delete_registered_model_alias(MODEL_NAME, CHALLENGER)


def tag(known: Registered, name: str, value: str) -> None:
    """Note something on a registered version."""
    client().set_model_version_tag(MODEL_NAME, known.number, name, value)


def write_mlmodel(folder: Path, model_file: str, version: str, trained_at: str, inputs: Mapping[str, str]) -> None:
    """Make a folder with a model file an MLflow model that ``mlflow.pyfunc.load_model`` loads through our own checks.

    ``inputs``: the type of each column, as MLflow calls it, in order.
    """
    client()
    from mlflow import pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    signature = ModelSignature(
        inputs=Schema([ColSpec(kind, name) for name, kind in inputs.items()]),
        outputs=Schema([ColSpec("double", "delay_probability")]),
    )
    # Its own would be chance and the clock: the same model is to be the same bytes.
    model = Model(signature=signature, model_uuid=version, utc_time_created=trained_at)
    pyfunc.add_to_model(model, loader_module="ml.registry.store", data=model_file)
    model.save(str(folder / "MLmodel"))
    requirements = "\n".join(f"{name}=={_release(name)}" for name in REQUIREMENTS)
    (folder / "requirements.txt").write_text(f"{requirements}\n")


def _release(name: str) -> str:
    from importlib.metadata import version

    return version(name)


def _experiment(mlflow: Any) -> str:
    found = mlflow.get_experiment_by_name(EXPERIMENT)
    if found:
        return found.experiment_id
    return mlflow.create_experiment(EXPERIMENT, artifact_location=settings.mlflow_artifacts_dir.as_uri())
