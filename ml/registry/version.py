"""The version of a model: one digest of its features, of the code that decides, and of the libraries that fit it.

The same inputs give the same version, and a version that exists already is not trained again.
"""

import platform
from importlib.metadata import version as release_of
from pathlib import Path

from ml.candidates.catalog import TORCH_IS_INSTALLED
from ontime import digests

ML_DIR = Path(__file__).parents[1]

#: The code that decides which model a training gives, relative to ``ml``. The other modules describe models (card,
#: figures, templates), store them or watch them; changing those does not train again.
DECIDING = ("features", "candidates", "evaluation", "registry/promotion.py", "scoring.py", "train.py")

VERSION_LENGTH = 12


def version_of(features_sha256: str) -> str:
    """The version of the model that these features give with this code and these libraries (12 hexadecimal digits).

    ``features_sha256``: the digest of the feature file.
    """
    releases = {name: release for name, release in environment().items() if name != "python"}
    return digests.of_values([features_sha256, code_sha256(), releases])[:VERSION_LENGTH]


def code_sha256() -> str:
    """The digest of the deciding code; comments, docstrings and formatting do not count."""
    return digests.of_python(deciding_files())


def deciding_files() -> list[Path]:
    """The modules in ``DECIDING``, sorted."""
    parts = [ML_DIR / part for part in DECIDING]
    return [file for file in sorted(ML_DIR.rglob("*.py")) if any(file.is_relative_to(part) for part in parts)]


def environment() -> dict[str, str]:
    """The releases of Python and of the libraries that fit the candidates."""
    libraries = ["scikit-learn", "lightgbm", *(["torch", "skorch"] if TORCH_IS_INSTALLED else [])]
    return {"python": platform.python_version(), **{name: release_of(name) for name in libraries}}
