"""MLflow: shows the saved versions, the candidates of each training, and which version is the champion.

The model cards and ``champion.json`` are the source of truth. :func:`mirror` copies them to MLflow, and builds MLflow's
database again if the database is lost or damaged. MLflow keeps its data in one SQLite file and one artifact folder,
both inside the models folder; nothing is sent over the network. One run is one candidate of one training. One
registered version is a saved version. Both are looked up by our own version (a digest), so repeating a write changes
nothing. To browse them:
``uvx mlflow@3.17.2 ui --backend-store-uri sqlite:///data/models/mlflow.db``.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
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


@dataclass(frozen=True)
class Entry:
    """What MLflow shows of a saved version: its card, its folder, its tags, and its alias if it has one."""

    card: Mapping[str, Any]
    folder: Path
    tags: Mapping[str, str]
    alias: str = ""


def mirror(entries: Sequence[Entry]) -> None:
    """Make MLflow show these versions and no others. ``entries``: in the order of their training.

    A version that is missing in ``entries`` stays in MLflow if its folder exists: then only its card is damaged.
    """
    move_damaged_database()
    mlflow = client()
    for registered in _superfluous():
        mlflow.delete_model_version(MODEL_NAME, registered.number)
    for entry in entries:
        registered = find(entry.card["version"]) or _register(mlflow, entry)
        for name, value in entry.tags.items():
            if registered.tags.get(name, "") != value:
                mlflow.set_model_version_tag(MODEL_NAME, registered.number, name, value)
        if entry.alias and entry.alias not in registered.aliases:
            mlflow.set_registered_model_alias(MODEL_NAME, entry.alias, registered.number)
    aliases = {(entry.card["version"], entry.alias) for entry in entries}
    for registered in versions():
        for alias in registered.aliases:
            if (registered.version, alias) not in aliases:
                mlflow.delete_registered_model_alias(MODEL_NAME, alias)


def _superfluous() -> Iterator[Registered]:
    """Registered versions whose files are gone, and all but the first registration of a version."""
    seen: set[str] = set()
    for registered in reversed(versions()):
        if registered.version in seen or not (settings.models_dir / registered.version).exists():
            yield registered
        seen.add(registered.version)


def _register(mlflow: Any, entry: Entry) -> Registered:
    """Register a version with the runs of its training."""
    from mlflow.exceptions import MlflowException

    version = entry.card["version"]
    runs = {candidate: _log_run(mlflow, entry, candidate) for candidate in entry.card["fit_seconds"]}
    try:
        mlflow.create_registered_model(MODEL_NAME, description="Will this flight arrive 15 or more minutes late?")
    except MlflowException as problem:
        if problem.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    run_id = runs[entry.card["candidate"]]
    made = mlflow.create_model_version(MODEL_NAME, entry.folder.as_uri(), run_id, tags={"version": version})
    return Registered(str(made.version), version, (), {"version": version})


def _log_run(mlflow: Any, entry: Entry, candidate: str) -> str:
    """Log a candidate of a training as a finished run, unless it is logged already; returns the run id.

    The run of the saved candidate also has the model card.
    """
    from mlflow.entities import Metric, Param

    card, experiment = entry.card, _experiment(mlflow)
    own = {"version": card["version"], "candidate": candidate}
    query = " and ".join(f"tags.{name} = '{value}'" for name, value in own.items())
    runs = mlflow.search_runs([experiment], query, max_results=1)
    if runs and runs[0].info.status == "FINISHED":
        return runs[0].info.run_id
    # An unfinished run is continued: what it logged before it was interrupted is the same.
    lineage = {name: entry.tags[name] for name in ("warehouse_version", "features_sha256", "code_sha256")}
    name = f"{candidate} {card['version']}"
    run = runs[0] if runs else mlflow.create_run(experiment, run_name=name, tags={**own, **lineage})
    run_id, started = run.info.run_id, run.info.start_time
    mlflow.log_batch(
        run_id,
        metrics=[Metric(name, value, started, 0) for name, value in _metrics(card, candidate).items()],
        # Cards of earlier code have no parameters.
        params=[Param(name, str(value)) for name, value in card.get("parameters", {}).get(candidate, {}).items()],
    )
    if candidate == card["candidate"]:
        for path in [*sorted(entry.folder.glob("*.png")), *sorted(entry.folder.glob("model_card.*"))]:
            mlflow.log_artifact(run_id, str(path))
    mlflow.set_terminated(run_id)
    return run_id


def _metrics(card: Mapping[str, Any], candidate: str) -> dict[str, float]:
    metrics = {field: card[field][candidate] for field in ("fit_seconds", "size_bytes")}
    for part, scores in card["scores"][candidate].items():
        metrics |= {f"{part}_{score}": value for score, value in scores.items()}
    for score, (low, high) in card["intervals"][candidate].items():
        metrics |= {f"test_{score}_low": low, f"test_{score}_high": high}
    return metrics


def move_damaged_database() -> None:
    """Rename a damaged database, so that :func:`mirror` makes a new one."""
    database = settings.mlflow_database
    if database.exists() and not is_sound():
        print(f"{database} is damaged. It is built again from the model cards; {database.name}.damaged is what it was.")
        for suffix in ("-wal", "-shm", "-journal"):
            database.with_name(f"{database.name}{suffix}").unlink(missing_ok=True)
        os.replace(database, database.with_name(f"{database.name}.damaged"))


def is_sound() -> bool:
    """Whether MLflow's database exists, is whole, and has MLflow's tables."""
    if not settings.mlflow_database.is_file():
        return False
    try:
        with closing(sqlite3.connect(settings.mlflow_database)) as connection:
            [(verdict,)] = connection.execute("PRAGMA quick_check(1)")
            connection.execute("SELECT 1 FROM model_versions, registered_model_aliases, runs, alembic_version LIMIT 0")
    except sqlite3.OperationalError as problem:
        return "locked" in str(problem)
    except sqlite3.DatabaseError:
        return False
    return verdict == "ok"


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
