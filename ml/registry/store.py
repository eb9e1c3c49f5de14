"""Saved models and which of them is the champion.

``models/<version>/`` holds a model file, ``predictions.parquet`` (of its own test days), the
model card as ``model_card.html`` with its figures, an ``MLmodel`` that lets MLflow load it, and
``model_card.json``, which records the sha256 of all the others; the folder appears complete or not
at all, and is never changed. Which version is champion is an alias in MLflow (``tracking.py``).
``models/champion.json`` is what readers see of it: the version and the sha256 of its card, so that
one small file vouches for the rest. It follows the alias; every step that finds it behind mends it.
The digests find damage and careless edits; they do not stop someone who may write the
whole folder, ``champion.json`` included.

    python -m ml.registry.store history
    python -m ml.registry.store rollback [VERSION]
    python -m ml.registry.store promote VERSION
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ml.registry import tracking
from ml.registry.artifacts import ArtifactTampered, read_model, verified_bytes
from ontime import files
from ontime.settings import settings

PREDICTIONS_FILE = "predictions.parquet"
CARD_FILE = "model_card.json"

#: What the scores of a card are called.
SCORE_NAMES = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "brier": "Brier",
    "log_loss": "log-loss",
    "calibration_error": "ECE",
}


class NoChampion(LookupError):
    """No model has been promoted yet."""


class NoSuchVersion(LookupError):
    """There is no such version to promote or to go back to."""


# -- saved versions ------------------------------------------------------------
def save(card: dict[str, Any], folder: Path) -> Path:
    """Save a folder with a model file, predictions and page as ``card["version"]``; where it is then.

    The folder is moved. A version that exists is left as it is; :class:`ArtifactTampered` if it was changed.
    """
    target = version_dir(card["version"])
    if target.exists():
        _verify(card["version"])
        return target
    digests = {path.name: files.file_sha256(path) for path in sorted(folder.iterdir())}
    files.write_json(folder / CARD_FILE, {**card, "sha256": digests})
    return folder.rename(target)


def version_dir(version: str) -> Path:
    """The folder of a saved version."""
    return settings.models_dir / version


def card_of(version: str) -> dict[str, Any]:
    """A saved version's model card."""
    return json.loads((version_dir(version) / CARD_FILE).read_text())


def register(version: str, run_id: str) -> None:
    """Enter a saved version into MLflow as the challenger, with where it comes from."""
    card = card_of(version)
    lineage = {
        "candidate": card["candidate"],
        "warehouse_version": card["warehouse"]["version"],
        "features_sha256": card["features_sha256"],
        "code_sha256": card["code_sha256"],
        "card_sha256": files.file_sha256(version_dir(version) / CARD_FILE),
    }
    tracking.register(version, run_id, version_dir(version), lineage)


# -- the champion --------------------------------------------------------------
def promote(version: str, reason: str) -> None:
    """Make a registered version the champion. Promoting the champion again changes nothing.

    Raises :class:`NoSuchVersion`, and :class:`ArtifactTampered` when its files are not those saved.
    """
    known = _registered(version)
    _verify(version)
    if tracking.CHAMPION not in known.aliases:
        tags = {"promoted_at": files.now(), "promotion_reason": reason, "rolled_back_at": ""}
        tracking.make_champion(known, tags)
    publish_champion()


def rollback(to: str | None = None) -> str:
    """Make an earlier champion the champion again: ``to``, or the one before. Its version.

    The version gone back from is not promoted again by a training. Raises :class:`NoSuchVersion`.
    """
    now = tracking.champion()
    if now is None:
        raise NoSuchVersion("No model has been promoted yet: there is nothing to go back to.")
    earlier = [
        known
        for known in tracking.versions()
        if known.tags.get("promoted_at", "9999") < now.tags["promoted_at"] and not known.tags.get("rolled_back_at")
    ]
    wanted = _registered(to) if to else max(earlier, key=lambda known: known.tags["promoted_at"], default=None)
    if wanted is None or wanted.version == now.version:
        raise NoSuchVersion(f"There is no champion before {now.version}. Versions: {_known()}")
    _verify(wanted.version)
    tracking.tag(now, "rolled_back_at", files.now())
    promoted = wanted.tags.get("promoted_at") or files.now()
    tracking.make_champion(wanted, {"promoted_at": promoted, "rolled_back_at": ""})
    publish_champion()
    return wanted.version


def was_rolled_back(version: str) -> bool:
    """Whether somebody went back from this version."""
    known = tracking.find(version)
    return known is not None and bool(known.tags.get("rolled_back_at"))


def publish_champion() -> None:
    """Make ``champion.json`` say what the alias says, if it does not; a champion is no challenger any more."""
    champion = tracking.champion()
    if champion is None:
        return
    if tracking.CHALLENGER in champion.aliases:
        tracking.without_challenger()
    pointer = {
        "version": champion.version,
        "card_sha256": champion.tags["card_sha256"],
        "promoted_at": champion.tags["promoted_at"],
        "reason": champion.tags.get("promotion_reason", "chosen by hand"),
    }
    if not _pointer().exists() or json.loads(_pointer().read_text()) != pointer:
        files.write_json(_pointer(), pointer)


def champion_version() -> str | None:
    """The version in use, or None before the first promotion."""
    return json.loads(_pointer().read_text())["version"] if _pointer().exists() else None


def champion_card() -> dict[str, Any]:
    """The champion's model card. Raises :class:`NoChampion` or :class:`ArtifactTampered`."""
    if not _pointer().exists():
        raise NoChampion("No model has been promoted yet: run the `training` DAG or python -m ml.train.")
    champion = json.loads(_pointer().read_text())
    return json.loads(verified_bytes(version_dir(champion["version"]) / CARD_FILE, champion["card_sha256"]))


def load_champion() -> tuple[Any, dict[str, Any]]:
    """The champion, ready to predict, and its card.

    Raises :class:`NoChampion`, :class:`ArtifactTampered`, or
    :class:`~ml.registry.artifacts.UntrustedArtifact`.
    """
    card = champion_card()
    return load(card), card


def load(card: dict[str, Any]) -> Any:
    """The model that a card is about; see :func:`load_champion`."""
    return read_model(version_dir(card["version"]) / card["model_file"], card["sha256"][card["model_file"]])


def _load_pyfunc(path: str) -> "_Probabilities":
    """What ``mlflow.pyfunc.load_model("models:/arrival-delay@champion")`` calls with the model file."""
    file = Path(path)
    card = json.loads((file.parent / CARD_FILE).read_text())
    return _Probabilities(read_model(file, card["sha256"][file.name]))


class _Probabilities:
    def __init__(self, model: Any) -> None:
        self._model = model

    def predict(self, flights: Any, params: dict[str, Any] | None = None) -> Any:
        from ml.scoring import delay_probability

        return delay_probability(self._model, flights)


def _registered(version: str) -> tracking.Registered:
    known = tracking.find(version)
    if known is None:
        raise NoSuchVersion(f"No version {version} is registered. Versions: {_known()}")
    return known


def _known() -> str:
    return ", ".join(known.version for known in tracking.versions()) or "none"


def _verify(version: str) -> None:
    folder = version_dir(version)
    if not (folder / CARD_FILE).is_file():
        raise ArtifactTampered(f"{folder} has no {CARD_FILE}. Delete the folder and train again.")
    for name, sha256 in card_of(version)["sha256"].items():
        verified_bytes(folder / name, sha256)


def _pointer() -> Path:
    return settings.models_dir / "champion.json"


# -- command line ----------------------------------------------------------------
app = typer.Typer(help="Registered models and the champion.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def history() -> None:
    """List the registered versions, newest first."""
    table = Table("", "version", "model", "warehouse", "promoted (UTC)", "rolled back (UTC)", "why promoted")
    for known in tracking.versions():
        tags = known.tags
        moments = (tags.get(name, "")[:19] for name in ("promoted_at", "rolled_back_at"))
        reason = tags.get("promotion_reason", "")
        table.add_row(
            ", ".join(known.aliases), known.version, tags["candidate"], tags["warehouse_version"], *moments, reason
        )
    Console().print(table)


@app.command("promote")
def promote_command(version: Annotated[str, typer.Argument(help="The version to use.")]) -> None:
    """Make a registered version the champion, whatever its scores."""
    try:
        promote(version, "by hand")
    except (NoSuchVersion, ArtifactTampered) as problem:
        raise typer.Exit(_fail(str(problem))) from None
    print(f"Champion is now {version}. {SCORE_AGAIN}")


@app.command("rollback")
def rollback_command(
    to: Annotated[str, typer.Argument(help="The version; if left out, the champion before.")] = "",
) -> None:
    """Make an earlier champion the champion again. Nothing is deleted."""
    try:
        version = rollback(to or None)
    except (NoSuchVersion, ArtifactTampered) as problem:
        raise typer.Exit(_fail(str(problem))) from None
    print(f"Champion is now {version}. {SCORE_AGAIN}")


SCORE_AGAIN = "Its predictions are published by the next training (python -m ml.train)."


def _fail(message: str) -> int:
    Console(stderr=True).print(message, style="red")
    return 1


if __name__ == "__main__":
    app()
