"""The files that the steps of a training leave for each other, in the folder ``work/<version>`` of the models.

=====================================  ===================================================================
``features.parquet``, ``lineage.json``  the features, and which warehouse they were computed from
``candidates/``                        a model file for each candidate; ``training.json`` describes them
``evaluation.json``                    scores, challenger, threshold and slices
``cross_validation.json``              scores by month, if the training cross-validates
``monitoring-<champion>-<code>/``      the tables that ``monitor`` publishes; ``code`` is a digest of monitoring's code
=====================================  ===================================================================

Each output appears complete or not at all. A step does not repeat an output that exists, so a training that was
interrupted continues where it stopped. A new training first deletes outputs that were damaged meanwhile, and the hidden
folders that killed steps left.
"""

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.registry import artifacts
from ml.registry.artifacts import ArtifactTampered
from ontime import digests, files, locks
from ontime.settings import settings

FEATURES_FILE = "features.parquet"
LINEAGE_FILE = "lineage.json"
TRAINING_FILE = "training.json"


@dataclass(frozen=True)
class WorkFolder:
    """The work folder of one model version."""

    version: str

    @property
    def path(self) -> Path:
        return work_dir() / self.version

    @property
    def features(self) -> Path:
        return self.path / FEATURES_FILE

    @property
    def candidates(self) -> Path:
        return self.path / "candidates"

    @property
    def evaluation(self) -> Path:
        return self.path / "evaluation.json"

    @property
    def cross_validation(self) -> Path:
        return self.path / "cross_validation.json"

    def monitoring(self, champion: str) -> Path:
        """The folder with the monitoring tables of a champion."""
        code = digests.of_python(sorted((Path(__file__).parent / "monitoring").glob("*.py")))
        return self.path / f"monitoring-{champion}-{code[:8]}"

    def lineage(self) -> dict[str, Any]:
        """The digest of the features, and the warehouse they were computed from."""
        return read_json(self.path / LINEAGE_FILE)

    def training(self) -> dict[str, Any]:
        """``trained_at``, and in ``candidates`` the record of each candidate: file, digest, parameters, seconds."""
        return read_json(self.candidates / TRAINING_FILE)

    def candidate_file(self, name: str) -> Path:
        """The model file of a candidate."""
        return self.candidates / self.training()["candidates"][name]["file"]

    def candidate(self, name: str) -> Any:
        """A fitted candidate. Raises :class:`ml.registry.artifacts.ArtifactTampered` if its file was changed."""
        return artifacts.read_model(self.candidate_file(name), self.training()["candidates"][name]["sha256"])

    def results(self) -> dict[str, Any]:
        """The evaluation, with ``cross_validation`` added (None if it was not run)."""
        folds = read_json(self.cross_validation) if self.cross_validation.exists() else None
        return {**read_json(self.evaluation), "cross_validation": folds}

    def remove_damaged(self, features_sha256: str) -> None:
        """Delete every output that was damaged, and what was computed from it. The next steps compute them again."""
        try:
            is_whole = self.lineage()["features_sha256"] == files.file_sha256(self.features) == features_sha256
        except (ArtifactTampered, OSError, KeyError):
            is_whole = False
        if self.path.exists() and not is_whole:
            print(f"{self.path} was damaged; its features are computed again.")
            shutil.rmtree(self.path)
        if self.candidates.exists() and not self._candidates_are_whole():
            print(f"{self.candidates} was damaged; the candidates are trained again.")
            shutil.rmtree(self.candidates)
            self.evaluation.unlink(missing_ok=True)
        for path in (self.evaluation, self.cross_validation):
            if path.exists() and not _is_json(path):
                print(f"{path} was damaged; it is computed again.")
                path.unlink()

    def _candidates_are_whole(self) -> bool:
        try:
            for record in self.training()["candidates"].values():
                artifacts.verified_bytes(self.candidates / record["file"], record["sha256"])
        except (ArtifactTampered, KeyError, TypeError, AttributeError):
            return False
        return True

    def remove_others(self) -> None:
        """Delete the work folders of all other versions, and what an interrupted step left."""
        with locks.hold(locks.TRAINING, "deleting work folders of earlier models"):
            sweep()
            for folder in work_dir().iterdir():
                if folder.is_dir() and folder.name != self.version:
                    shutil.rmtree(folder)


def work_dir() -> Path:
    """The folder of all work folders."""
    return settings.models_dir / "work"


def sweep() -> None:
    """Delete the hidden files and folders that killed steps left. The lock ensures that no step is running."""
    with locks.hold(locks.TRAINING, "deleting what killed trainings left"):
        # Not inside hidden folders: they are deleted with their content.
        in_versions = work_dir().glob("[!.]*/.*")
        leftovers = [*work_dir().glob(".*"), *in_versions, *settings.models_dir.glob(".champion.json.*")]
        for path in leftovers:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def read_json(path: Path) -> dict[str, Any]:
    """The content of a JSON file. Raises :class:`ArtifactTampered` if it is missing or damaged."""
    if not _is_json(path):
        raise ArtifactTampered(f"{path} is missing or damaged. Train again (ontime model train).")
    return json.loads(path.read_bytes())


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except (OSError, ValueError):
        return False


@contextmanager
def new_folder(parent: Path) -> Iterator[Path]:
    """An empty folder for the output of one step; it is removed at the end unless it was committed."""
    with locks.hold(locks.TRAINING, "training"):
        folder = parent / f".{uuid.uuid4().hex[:12]}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def commit(folder: Path, target: Path) -> None:
    """Rename the folder to ``target``, unless an equal one exists already."""
    if not target.exists():
        folder.rename(target)
