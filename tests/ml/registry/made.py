"""Saved versions for tests of the registry: each gives every flight the same probability."""

from pathlib import Path
from typing import Any

from ml import work_folder
from ml.features.catalog import NAMES
from ml.registry import artifacts, store

#: Versions in the order of their training.
TRAINED = ("one", "two", "three", "four", "evil")


def card(version: str, model_file: str = "model.skops") -> dict[str, Any]:
    """A model card with what the registry reads of it."""
    return {
        "version": version,
        "candidate": "constant",
        "model_file": model_file,
        "warehouse": {"version": "w1", "sha256": "0" * 64},
        "features_sha256": "1" * 64,
        "code_sha256": "2" * 64,
        "trained_at": f"2026-01-0{1 + TRAINED.index(version)}T00:00:00+00:00",
        "fit_seconds": {"constant": 1.0},
        "size_bytes": {"constant": 100},
        "parameters": {"constant": {"share": 0.25}},
        "scores": {"constant": {"test": {"roc_auc": 0.5}}},
        "intervals": {"constant": {"roc_auc": [0.4, 0.6]}},
        "features": [{"name": name} for name in NAMES],
        "split": {"test_start": "2013-11-01"},
    }


def save(version: str, model: Any) -> Path:
    """Save a version, without MLflow; returns its folder."""
    with work_folder.new_folder(work_folder.work_dir()) as folder:
        file = artifacts.write_model(model, folder, "model")
        (folder / store.PREDICTIONS_FILE).write_bytes(b"predictions")
        return store.save(card(version, file.name), folder)
