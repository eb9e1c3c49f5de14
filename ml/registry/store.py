"""Saved models on disk, and which of them is the champion.

``models/<version>/`` holds a model file, ``predictions.parquet`` (of its own test days), the model card as
``model_card.html`` with its figures, an ``MLmodel`` that lets MLflow load it, and ``model_card.json``, which records
the sha256 of all other files. The folder appears complete or not at all and is never changed.

MLflow decides which version is champion, by an alias (:mod:`ml.registry.tracking`). Readers need no MLflow: they read
``models/champion.json``, which holds the champion's version and the sha256 of its card, and so vouches for all its
files. :func:`publish_champion` makes it follow the alias; every step that could find it outdated calls that first.

The digests detect damage and careless edits. They do not stop an attacker who can write the whole folder, because
``champion.json`` lies in it too.
"""

import json
from pathlib import Path
from typing import Any

from ml.registry import tracking
from ml.registry.artifacts import ArtifactTampered, read_model, verified_bytes
from ontime import files
from ontime.settings import settings

PREDICTIONS_FILE = "predictions.parquet"
CARD_FILE = "model_card.json"

#: The scores of a card and their labels.
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
    """The version to promote or to roll back to does not exist."""


# -- saved versions ------------------------------------------------------------
def save(card: dict[str, Any], folder: Path) -> Path:
    """Move a folder with a model file, predictions and page to its place as ``card["version"]``; returns that place.

    A version that exists already is checked and left as it is; raises :class:`ArtifactTampered` if it was changed.
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
    """Register a saved version in MLflow as the challenger, with tags that say what it was made from."""
    card = card_of(version)
    tags = {
        "candidate": card["candidate"],
        "warehouse_version": card["warehouse"]["version"],
        "features_sha256": card["features_sha256"],
        "code_sha256": card["code_sha256"],
        "card_sha256": files.file_sha256(version_dir(version) / CARD_FILE),
    }
    tracking.register(version, run_id, version_dir(version), tags)


# -- changing the champion -----------------------------------------------------
def promote(version: str, reason: str) -> None:
    """Make a registered version the champion. Promoting the champion again changes nothing.

    Raises :class:`NoSuchVersion`, and :class:`ArtifactTampered` when its files differ from those that were saved.
    """
    registered = _registered(version)
    _verify(version)
    if tracking.CHAMPION not in registered.aliases:
        tags = {"promoted_at": files.now(), "promotion_reason": reason, "rolled_back_at": ""}
        tracking.make_champion(registered, tags)
    publish_champion()


def rollback(to: str | None = None) -> str:
    """Make an earlier version the champion again and return it: ``to``, or the champion before the current one.

    A training does not promote the abandoned version again. Raises :class:`NoSuchVersion` or
    :class:`ArtifactTampered`.
    """
    now = tracking.champion()
    if now is None:
        raise NoSuchVersion("No model has been promoted yet, so there is nothing to roll back to.")
    target = _registered(to) if to else _champion_before(now)
    if target is None or target.version == now.version:
        raise NoSuchVersion(f"There is no champion before {now.version}. Versions: {_all_versions()}")
    _verify(target.version)
    tracking.tag(now, "rolled_back_at", files.now())
    promoted_at = target.tags.get("promoted_at") or files.now()
    tracking.make_champion(target, {"promoted_at": promoted_at, "rolled_back_at": ""})
    publish_champion()
    return target.version


def was_rolled_back(version: str) -> bool:
    """Whether somebody rolled back from this version."""
    registered = tracking.find(version)
    return registered is not None and bool(registered.tags.get("rolled_back_at"))


def publish_champion() -> None:
    """Write ``champion.json`` if it differs from the alias; also end the champion's time as a challenger."""
    champion = tracking.champion()
    if champion is None:
        return
    if tracking.CHALLENGER in champion.aliases:
        tracking.remove_challenger_alias()
    pointer = {
        "version": champion.version,
        "card_sha256": champion.tags["card_sha256"],
        "promoted_at": champion.tags["promoted_at"],
        "reason": champion.tags.get("promotion_reason", "chosen by hand"),
    }
    if not _pointer().exists() or json.loads(_pointer().read_text()) != pointer:
        files.write_json(_pointer(), pointer)


# -- reading the champion ------------------------------------------------------
def champion_version() -> str | None:
    """The version in use, or None before the first promotion."""
    return json.loads(_pointer().read_text())["version"] if _pointer().exists() else None


def champion_card() -> dict[str, Any]:
    """The champion's model card. Raises :class:`NoChampion` or :class:`ArtifactTampered`."""
    if not _pointer().exists():
        raise NoChampion("No model has been promoted yet: run the `training` DAG or `ontime model train`.")
    champion = json.loads(_pointer().read_text())
    return json.loads(verified_bytes(version_dir(champion["version"]) / CARD_FILE, champion["card_sha256"]))


def load_champion() -> tuple[Any, dict[str, Any]]:
    """The champion, ready to predict, and its card.

    Raises :class:`NoChampion`, :class:`ArtifactTampered`, or :class:`~ml.registry.artifacts.UntrustedArtifact`.
    """
    card = champion_card()
    return load(card), card


def load(card: dict[str, Any]) -> Any:
    """The model that a card describes; raises like :func:`load_champion`."""
    return read_model(version_dir(card["version"]) / card["model_file"], card["sha256"][card["model_file"]])


def _registered(version: str) -> tracking.Registered:
    registered = tracking.find(version)
    if registered is None:
        raise NoSuchVersion(f"No version {version} is registered. Versions: {_all_versions()}")
    return registered


def _champion_before(now: tracking.Registered) -> tracking.Registered | None:
    """The version promoted last before the champion of now, and not rolled back from since."""
    earlier = [
        registered
        for registered in tracking.versions()
        if registered.tags.get("promoted_at", "9999") < now.tags["promoted_at"]
        and not registered.tags.get("rolled_back_at")
    ]
    return max(earlier, key=lambda registered: registered.tags["promoted_at"], default=None)


def _all_versions() -> str:
    return ", ".join(registered.version for registered in tracking.versions()) or "none"


def _verify(version: str) -> None:
    folder = version_dir(version)
    if not (folder / CARD_FILE).is_file():
        raise ArtifactTampered(f"{folder} has no {CARD_FILE}. Delete the folder and train again (ontime model train).")
    for name, sha256 in card_of(version)["sha256"].items():
        verified_bytes(folder / name, sha256)


def _pointer() -> Path:
    return settings.models_dir / "champion.json"
