"""A model's version changes with the code that decides, and not with prose or with code that decides nothing."""

import ast
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ml.registry import version


@pytest.fixture
def code(tmp_path, monkeypatch) -> Path:
    """A copy of the folder ``ml``, from which versions are computed."""
    ignore = shutil.ignore_patterns("__pycache__")
    monkeypatch.setattr(version, "ML_DIR", Path(shutil.copytree(version.ML_DIR, tmp_path / "ml", ignore=ignore)))
    return version.ML_DIR


def edit(file: Path, change: Callable[[str], str]) -> None:
    before = file.read_text()
    file.write_text(change(before))
    assert file.read_text() != before


def with_other_prose(source: str) -> str:
    """The same code with another module docstring and more comments."""
    module = ast.parse(source)
    if docstring := ast.get_docstring(module, clean=False):
        source = source.replace(docstring, f"Changed. {docstring}", 1)
    return f"# A comment.\n{source}\n\n# Another comment.\n"


def test_features_candidates_evaluation_promotion_scoring_and_training_decide():
    files = {str(file.relative_to(version.ML_DIR)) for file in version.deciding_files()}
    assert {file.split("/")[0] for file in files} == {
        *("features", "candidates", "evaluation", "registry"),
        *("scoring.py", "train.py"),
    }
    assert [file for file in files if file.startswith("registry/")] == ["registry/promotion.py"]


def test_changed_comments_and_docstrings_keep_the_version(code):
    before = version.version_of("0" * 64)
    for file in version.deciding_files():
        edit(file, with_other_prose)
    assert version.version_of("0" * 64) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param("registry/promotion.py", "CALIBRATION_ERROR = 0.02", "CALIBRATION_ERROR = 0.03", id="promotion"),
        pytest.param("evaluation/slices.py", "MARGIN = 0.005", "MARGIN = 0.006", id="slices"),
        pytest.param("evaluation/split.py", "TEST_MONTHS = 2", "TEST_MONTHS = 3", id="split"),
        pytest.param("evaluation/leak_alarm.py", "ROC_AUC = 0.775", "ROC_AUC = 0.9", id="leak alarm"),
        pytest.param(
            "candidates/catalog.py",
            "smoothing_flights: float = 100.0",
            "smoothing_flights: float = 50.0",
            id="climatology",
        ),
        pytest.param("features/catalog.py", "timedelta(hours=2)", "timedelta(hours=3)", id="prediction horizon"),
        pytest.param("scoring.py", "flights[NAMES]", "flights[NAMES[1:]]", id="features to predict with"),
        pytest.param("train.py", "is_delayed(flights)", "~is_delayed(flights)", id="labels to fit"),
    ],
)
def test_a_changed_threshold_changes_the_version(code, file, old, new):
    before = version.version_of("0" * 64)
    edit(code / file, lambda source: source.replace(old, new))
    assert version.version_of("0" * 64) != before


@pytest.mark.parametrize(
    "file",
    [
        "monitoring/drift.py",
        "at_departure.py",
        "work_folder.py",
        "registry/card.py",
        "registry/figures.py",
        "registry/store.py",
    ],
)
def test_code_that_decides_nothing_keeps_the_version(code, file):
    before = version.version_of("0" * 64)
    edit(code / file, lambda source: f"{source}\nANOTHER_LIMIT = 1\n")
    edit(code / "registry" / "templates" / "model_card.html", lambda source: f"{source}<p>More</p>")
    assert version.version_of("0" * 64) == before


def test_other_features_or_library_releases_change_the_version(monkeypatch):
    before = version.version_of("0" * 64)
    assert len(before) == version.VERSION_LENGTH
    assert version.version_of("1" * 64) != before
    monkeypatch.setattr(version, "environment", lambda: {"python": "3.12.0", "scikit-learn": "0"})
    assert version.version_of("0" * 64) != before


def test_another_python_keeps_the_version(monkeypatch):
    before, releases = version.version_of("0" * 64), version.environment()
    monkeypatch.setattr(version, "environment", lambda: releases | {"python": "another"})
    assert version.version_of("0" * 64) == before
