"""Model files: written and read with skops, never unpickled.

A file is read only if its sha256 is the recorded one, and only if every type in it is on
our own closed list. The list that a file brings along says nothing about its safety.
"""

import hashlib
from pathlib import Path
from typing import Any

from ontime import lake

#: Beside the types that skops itself allows (public scikit-learn estimators, NumPy arrays).
TRUSTED_TYPES = (
    "ontime.model.candidates.OriginHourClimatology",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    # SimpleImputer keeps the type of what it fills.
    "numpy.dtype",
    # HistGradientBoosting checks its numeric columns with partial(check_array, …).
    "functools.partial",
    "sklearn.utils.validation.check_array",
)


class ArtifactTampered(ValueError):
    """A stored file is missing, or is not what was recorded when it was written."""


class UntrustedArtifact(ValueError):
    """A model file contains types that are not on the closed list."""


def write_model(model: Any, path: Path) -> str:
    """Write a fitted model to ``path``; its sha256."""
    from skops import io

    io.dump(model, path)
    return lake.file_sha256(path)


def read_model(path: Path, sha256: str) -> Any:
    """The model in the file. Raises :class:`ArtifactTampered` or :class:`UntrustedArtifact`."""
    from skops import io
    from skops.io.exceptions import UntrustedTypesFoundException

    content = verified_bytes(path, sha256)
    try:
        return io.loads(content, trusted=list(TRUSTED_TYPES))
    except UntrustedTypesFoundException as problem:
        raise UntrustedArtifact(
            f"{path} was not loaded. {problem} Only the types in ontime.model.artifacts.TRUSTED_TYPES are allowed."
        ) from problem


def verified_bytes(path: Path, sha256: str) -> bytes:
    """The file's content, or :class:`ArtifactTampered`. What was checked is what is returned."""
    content = path.read_bytes() if path.is_file() else None
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        raise ArtifactTampered(
            f"{path} is missing or was changed after it was written (its sha256 is not the recorded "
            f"{sha256[:12]}…). Delete the folder {path.parent} and train again (python -m ontime.model.train)."
        )
    return content
