"""Model files: three formats, none of them unpickled.

A file is read only if its sha256 is the recorded one, and only in a format of our own closed list,
told by its suffix:

=================  ======================  ===================================================
``.skops``         scikit-learn models     skops, with our own closed list of types
``.lightgbm.txt``  ``LightGBMTrees``       LightGBM's text
``.npz``           ``EmbeddingMLP``        NumPy arrays, pickled objects refused
=================  ======================  ===================================================

The list of types that a skops file brings along says nothing about its safety.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

#: Beside the types that skops itself allows (public scikit-learn estimators, NumPy arrays).
TRUSTED_TYPES = (
    "ml.candidates.catalog.OriginHourClimatology",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    # SimpleImputer keeps the type of what it fills.
    "numpy.dtype",
    # HistGradientBoosting checks its numeric columns with partial(check_array, …).
    "functools.partial",
    "sklearn.utils.validation.check_array",
)

SKOPS, LIGHTGBM, ARRAYS = ".skops", ".lightgbm.txt", ".npz"


class ArtifactTampered(ValueError):
    """A stored file is missing, or is not what was recorded when it was written."""


class UntrustedArtifact(ValueError):
    """A model file has a format or contains types that are not on the closed list."""


def write_model(model: Any, folder: Path, name: str) -> Path:
    """Write a fitted model as ``<name><suffix of its format>`` into the folder; the file."""
    suffix, content = _content(model)
    path = folder / f"{name}{suffix}"
    path.write_bytes(content)
    return path


def name_for(name: str, model_file: Path) -> str:
    """Another name for a model file, with the suffix that tells its format."""
    suffix = next(suffix for suffix in (SKOPS, LIGHTGBM, ARRAYS) if model_file.name.endswith(suffix))
    return f"{name}{suffix}"


def read_model(path: Path, sha256: str) -> Any:
    """The model in the file. Raises :class:`ArtifactTampered` or :class:`UntrustedArtifact`."""
    content = verified_bytes(path, sha256)
    if path.name.endswith(SKOPS):
        return _read_skops(path, content)
    if path.name.endswith(LIGHTGBM):
        from ml.candidates.lightgbm_trees import LightGBMTrees

        return LightGBMTrees.from_bytes(content)
    if path.name.endswith(ARRAYS):
        if find_spec("torch") is None:
            raise UntrustedArtifact(f"{path} was not loaded: it needs PyTorch (pip install torch==2.13.0).")
        from ml.candidates.embedding_mlp import EmbeddingMLP

        return EmbeddingMLP.from_bytes(content)
    raise UntrustedArtifact(f"{path} was not loaded: no format of ours ends so.")


def verified_bytes(path: Path, sha256: str) -> bytes:
    """The file's content, or :class:`ArtifactTampered`. What was checked is what is returned."""
    content = path.read_bytes() if path.is_file() else None
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        raise ArtifactTampered(
            f"{path} is missing or was changed after it was written (its sha256 is not the recorded "
            f"{sha256[:12]}…). Delete the folder {path.parent} and train again (python -m ml.train)."
        )
    return content


def _content(model: Any) -> tuple[str, bytes]:
    # By name: without PyTorch the module of the last cannot be imported.
    suffix = {"LightGBMTrees": LIGHTGBM, "EmbeddingMLP": ARRAYS}.get(type(model).__name__)
    if suffix:
        return suffix, model.to_bytes()
    from skops import io

    return SKOPS, io.dumps(model)


def _read_skops(path: Path, content: bytes) -> Any:
    from skops import io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return io.loads(content, trusted=list(TRUSTED_TYPES))
    except UntrustedTypesFoundException as problem:
        raise UntrustedArtifact(
            f"{path} was not loaded. {problem} Only the types in ml.registry.artifacts.TRUSTED_TYPES are allowed."
        ) from problem
