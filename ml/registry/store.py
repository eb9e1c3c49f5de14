"""Saved models on disk, and which of them is the champion.

``models/<version>/`` holds a model file, ``predictions.parquet`` (of its own test days), the model card as
``model_card.html`` with its figures, an ``MLmodel`` that lets MLflow load it, ``model_card.json``, which records the
sha256 of all these files, and ``model_card.sha256`` for ``sha256sum -c``. The folder appears complete or not at all
and is never changed.

The cards and ``models/champion.json`` (:mod:`ml.registry.champion`) are the source of truth. MLflow shows a copy
(:mod:`ml.registry.tracking`), which is updated after every change of these files. All changes hold one lock. Readers
need no MLflow: ``champion.json`` has the sha256 of the champion's card, and the card has those of all other files.

The digests detect damage and careless edits. They do not stop an attacker who can write the whole folder, because
``champion.json`` is in it too.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ml.registry import champion, tracking
from ml.registry.artifacts import ArtifactTampered, read_model, verified_bytes
from ml.registry.champion import Champion, Promotion
from ontime import files, locks
from ontime.settings import settings

PREDICTIONS_FILE = "predictions.parquet"
CARD_FILE = "model_card.json"
CARD_SHA256_FILE = "model_card.sha256"

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


@dataclass(frozen=True)
class Saved:
    """A saved version: its card, its promotion if it was ever promoted, and its alias (``champion``, ``challenger``).

    The challenger is the newest version, until it is promoted.
    """

    card: dict[str, Any]
    promotion: Promotion | None
    alias: str

    @property
    def version(self) -> str:
        return self.card["version"]


# -- saved versions ------------------------------------------------------------
def save(card: dict[str, Any], folder: Path) -> Path:
    """Move a folder with a model file, predictions and page to :func:`version_dir`, with its card; returns that folder.

    A version that exists already is verified and not replaced. Raises :class:`ArtifactTampered` if its files were
    changed, and :class:`ontime.locks.Busy`.
    """
    target = version_dir(card["version"])
    with locks.hold(locks.MODELS, f"saving model {card['version']}"):
        if target.exists():
            verify(card["version"])
            return target
        digests = {path.name: files.file_sha256(path) for path in sorted(folder.iterdir())}
        files.write_json(folder / CARD_FILE, {**card, "sha256": digests})
        card_sha256 = files.file_sha256(folder / CARD_FILE)
        (folder / CARD_SHA256_FILE).write_text(f"{card_sha256}  {CARD_FILE}\n")
        for path in folder.iterdir():
            files.flush(path)
        now = champion.read()
        if now and now.version == card["version"]:
            # The champion's folder was deleted, and is now saved again. Until the move, readers find no champion.
            champion.write(replace(now, card_sha256=card_sha256))
        files.move(folder, target)
    return target


def version_dir(version: str) -> Path:
    """The folder of a saved version."""
    return settings.models_dir / version


def card_of(version: str) -> dict[str, Any]:
    """A saved version's model card. Raises :class:`ArtifactTampered` if it is missing or damaged."""
    path = version_dir(version) / CARD_FILE
    try:
        content = path.read_bytes()
        card = json.loads(content)
        is_whole = card["version"] == version and isinstance(card["sha256"], dict)
        recorded = path.with_name(CARD_SHA256_FILE)  # versions saved by earlier code have none
        if is_whole and (not recorded.exists() or recorded.read_text()[:64] == hashlib.sha256(content).hexdigest()):
            return card
    except (OSError, ValueError, TypeError, KeyError):
        pass
    raise ArtifactTampered(
        f"{path} is missing, damaged or changed. Delete the folder {path.parent} and train again (ontime model train)."
    )


def versions() -> tuple[list[Saved], list[ArtifactTampered]]:
    """The saved versions, newest first, and the problems of ``champion.json`` and of cards that cannot be read."""
    now, cards, problems = None, [], []
    try:
        now = champion.read()
    except ArtifactTampered as problem:
        problems.append(problem)
    for folder in settings.models_dir.glob("[!.]*/"):
        if folder.name not in ("work", settings.mlflow_artifacts_dir.name):
            try:
                cards.append(card_of(folder.name))
            except ArtifactTampered as problem:
                problems.append(problem)
    cards.sort(key=lambda card: (card["trained_at"], card["version"]), reverse=True)
    promotions = now.promotions if now else {}
    saved = []
    for card in cards:
        version = card["version"]
        is_challenger = card is cards[0] and version not in promotions
        alias = tracking.CHAMPION if now and version == now.version else tracking.CHALLENGER * is_challenger
        saved.append(Saved(card, promotions.get(version), alias))
    return saved, problems


def register() -> None:
    """Update MLflow, so that it shows the saved versions, the champion and the challenger."""
    with locks.hold(locks.MODELS, "registering models in MLflow"):
        tracking.mirror(
            [
                tracking.Entry(one.card, version_dir(one.version), _tags(one), one.alias)
                for one in reversed(versions()[0])
            ]
        )


def verify(version: str) -> None:
    """Raise :class:`ArtifactTampered` if a file of a saved version was changed. The champion's card is verified too."""
    now = champion.read()
    if now and now.version == version:
        verified_bytes(version_dir(version) / CARD_FILE, now.card_sha256)
    for name, sha256 in card_of(version)["sha256"].items():
        verified_bytes(version_dir(version) / name, sha256)


# -- changing the champion -----------------------------------------------------
def promote(version: str, reason: str) -> None:
    """Make a saved version the champion. Promoting the champion again changes nothing.

    Raises :class:`NoSuchVersion`, :class:`ArtifactTampered` when the version's files differ from those that were saved,
    and :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.MODELS, f"promoting model {version}"):
        try:
            now = restore()
        except ArtifactTampered:
            print(f"{champion.path()} is damaged, and MLflow knows no champion: earlier promotions are forgotten.")
            champion.path().unlink()
            now = None
        card_sha256 = _checked(version)
        if now is None or now.version != version:
            champion.write(champion.promoted(now, version, card_sha256, reason))
        register()


def rollback(to: str | None = None) -> str:
    """Make an earlier version the champion again and return it: ``to``, or the champion before the current one.

    A training does not promote the version that was rolled back from again. Raises :class:`NoSuchVersion`,
    :class:`ArtifactTampered` or :class:`ontime.locks.Busy`.
    """
    with locks.hold(locks.MODELS, "rolling the champion back"):
        now = restore()
        if now is None:
            raise NoSuchVersion("No model has been promoted yet, so there is nothing to roll back to.")
        target = to or now.before()
        if target is None or target == now.version:
            raise NoSuchVersion(f"There is no champion before {now.version}. Versions: {_all_versions()}")
        champion.write(champion.rolled_back(now, target, _checked(target)))
        register()
    return target


def was_rolled_back(version: str) -> bool:
    """Whether somebody rolled back from this version."""
    now = champion.read()
    return bool(now and version in now.promotions and now.promotions[version].rolled_back_at)


def restore() -> Champion | None:
    """The content of ``champion.json``, restored from MLflow if the file is lost or damaged; None without a champion.

    Raises :class:`ArtifactTampered` if the file is damaged and MLflow knows no champion.
    """
    with locks.hold(locks.MODELS, "restoring champion.json"):
        try:
            now, damage = champion.read(), None
        except ArtifactTampered as problem:
            now, damage = None, problem
        if now is None and tracking.is_sound() and (registered := tracking.champion()):
            promoted = [one for one in tracking.versions() if one.tags.get("promotion")]
            promoted.sort(key=lambda one: int(one.tags["promotion"]))
            promotions = {one.version: _promotion(one) for one in promoted}
            now = Champion(registered.version, registered.tags["card_sha256"], promotions)
            champion.write(now)
            print(f"{champion.path()} was lost or damaged; it is restored from MLflow: champion {now.version}.")
        elif damage:
            raise damage
        return now


# -- reading the champion ------------------------------------------------------
def champion_version() -> str | None:
    """The version in use, or None before the first promotion. Raises :class:`ArtifactTampered`."""
    now = champion.read()
    return now.version if now else None


def latest_kept_champion() -> str | None:
    """The champion, or the last version promoted before it, of which the folder still exists; None if there is none."""
    now = champion.read()
    return next((version for version in now.line() if version_dir(version).is_dir()), None) if now else None


def champion_card() -> dict[str, Any]:
    """The champion's model card. Raises :class:`NoChampion` or :class:`ArtifactTampered`."""
    now = champion.read()
    if now is None:
        raise NoChampion("No model has been promoted yet: run the `training` DAG or `ontime model train`.")
    return json.loads(verified_bytes(version_dir(now.version) / CARD_FILE, now.card_sha256))


def load_champion() -> tuple[Any, dict[str, Any]]:
    """The champion, ready to predict, and its card.

    Raises :class:`NoChampion`, :class:`ArtifactTampered`, or :class:`~ml.registry.artifacts.UntrustedArtifact`.
    """
    card = champion_card()
    return load(card), card


def load(card: dict[str, Any]) -> Any:
    """The model that a card describes; raises like :func:`load_champion`."""
    return read_model(version_dir(card["version"]) / card["model_file"], card["sha256"][card["model_file"]])


def _checked(version: str) -> str:
    """The digest of a version's card, after all its files were verified."""
    if not version_dir(version).is_dir():
        raise NoSuchVersion(f"No version {version} is registered. Versions: {_all_versions()}")
    verify(version)
    return files.file_sha256(version_dir(version) / CARD_FILE)


def _all_versions() -> str:
    return ", ".join(one.version for one in versions()[0]) or "none"


def _tags(saved: Saved) -> dict[str, str]:
    """The tags of a version in MLflow: what its UI shows, and what :func:`restore` needs."""
    card, promotion = saved.card, saved.promotion
    return {
        "candidate": card["candidate"],
        "warehouse_version": card["warehouse"]["version"],
        "features_sha256": card["features_sha256"],
        "code_sha256": card["code_sha256"],
        "card_sha256": files.file_sha256(version_dir(saved.version) / CARD_FILE),
        "promotion": str(promotion.number) if promotion else "",
        "promoted_at": promotion.promoted_at if promotion else "",
        "promotion_reason": promotion.reason if promotion else "",
        "rolled_back_at": promotion.rolled_back_at if promotion else "",
    }


def _promotion(registered: tracking.Registered) -> Promotion:
    tags = registered.tags
    return Promotion(
        int(tags["promotion"]), tags["promoted_at"], tags["promotion_reason"], tags.get("rolled_back_at", "")
    )
