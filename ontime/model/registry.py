"""Saved models and which of them is the champion.

``models/<version>/`` holds ``model.skops``, ``predictions.parquet`` (of its own test
days) and ``model_card.json``, which records the sha256 of the other two; the folder
appears complete or not at all, and is never changed. ``models/champion.json`` names the
version in use and the sha256 of its card, so that one small file vouches for the rest.
The digests find damage and careless edits; they do not stop someone who may write the
whole folder, ``champion.json`` included.
"""

import json
import shutil
import uuid
from pathlib import Path
from typing import Any

from ontime import lake
from ontime.model.artifacts import ArtifactTampered, read_model, verified_bytes
from ontime.settings import settings

MODEL_FILE = "model.skops"
PREDICTIONS_FILE = "predictions.parquet"
CARD_FILE = "model_card.json"


class NoChampion(LookupError):
    """No model has been promoted yet."""


def save(card: dict[str, Any], model: Path, predictions: Path) -> Path:
    """Save a model as ``card["version"]``; its folder. The two files are copied.

    A version that exists is left as it is; :class:`ArtifactTampered` if it was changed.
    """
    folder = version_dir(card["version"])
    if folder.exists():
        _verify(card["version"])
        return folder
    staging = settings.models_dir / f".staging-{uuid.uuid4().hex[:12]}"
    staging.mkdir(parents=True)
    try:
        shutil.copyfile(model, staging / MODEL_FILE)
        shutil.copyfile(predictions, staging / PREDICTIONS_FILE)
        digests = {name: lake.file_sha256(staging / name) for name in (MODEL_FILE, PREDICTIONS_FILE)}
        lake.write_json(staging / CARD_FILE, {**card, "sha256": digests})
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder


def version_dir(version: str) -> Path:
    """The folder of a saved version."""
    return settings.models_dir / version


def card_of(version: str) -> dict[str, Any]:
    """A saved version's model card."""
    return json.loads((version_dir(version) / CARD_FILE).read_text())


def promote(version: str, reason: str) -> None:
    """Make a saved version the champion. Promoting the champion again changes nothing.

    Raises :class:`ArtifactTampered` when its files are not those saved.
    """
    _verify(version)
    if champion_version() != version:
        card_sha256 = lake.file_sha256(version_dir(version) / CARD_FILE)
        pointer = {"version": version, "card_sha256": card_sha256, "promoted_at": lake.now(), "reason": reason}
        lake.write_json(_pointer(), pointer)


def champion_version() -> str | None:
    """The version in use, or None before the first promotion."""
    return json.loads(_pointer().read_text())["version"] if _pointer().exists() else None


def champion_card() -> dict[str, Any]:
    """The champion's model card. Raises :class:`NoChampion` or :class:`ArtifactTampered`."""
    if not _pointer().exists():
        raise NoChampion("No model has been promoted yet: run the `training` DAG or python -m ontime.model.train.")
    champion = json.loads(_pointer().read_text())
    return json.loads(verified_bytes(version_dir(champion["version"]) / CARD_FILE, champion["card_sha256"]))


def load_champion() -> tuple[Any, dict[str, Any]]:
    """The champion, ready to predict, and its card.

    Raises :class:`NoChampion`, :class:`ArtifactTampered`, or
    :class:`~ontime.model.artifacts.UntrustedArtifact`.
    """
    card = champion_card()
    return read_model(version_dir(card["version"]) / MODEL_FILE, card["sha256"][MODEL_FILE]), card


def _verify(version: str) -> None:
    folder = version_dir(version)
    if not (folder / CARD_FILE).is_file():
        raise ArtifactTampered(f"{folder} has no {CARD_FILE}. Delete the folder and train again.")
    for name, sha256 in card_of(version)["sha256"].items():
        verified_bytes(folder / name, sha256)


def _pointer() -> Path:
    return settings.models_dir / "champion.json"
