"""Model files in three formats, none of which is unpickled.

A file is read only if its sha256 is the recorded one and its suffix names one of these formats:

=================  ======================  ==================================================
``.skops``         scikit-learn models     skops, limited to our own closed list of types
``.lightgbm.txt``  ``LightGBMTrees``       LightGBM's own text format
``.npz``           ``EmbeddingMLP``        NumPy arrays, with pickled objects refused
=================  ======================  ==================================================

A skops file also lists the types it contains, but an attacker writes that list too, so we ignore it.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

#: Types allowed in a skops file besides those that skops itself trusts (public scikit-learn estimators, NumPy arrays).
TRUSTED_TYPES = (
    "ml.candidates.catalog.OriginHourClimatology",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    # SimpleImputer stores the type of its fill value.
    "numpy.dtype",
    # HistGradientBoosting checks its numeric columns with partial(check_array, …).
    "functools.partial",
    "sklearn.utils.validation.check_array",
)

SKOPS, LIGHTGBM, ARRAYS = ".skops", ".lightgbm.txt", ".npz"


class ArtifactTampered(ValueError):
    """A stored file is missing, or its content differs from what was written."""


class UntrustedArtifact(ValueError):
    """A model file has a format or contains types that are not on the closed list."""


def write_model(model: Any, folder: Path, name: str) -> Path:
    """Write a fitted model into the folder as ``<name><suffix of its format>``; returns the file."""
    suffix, content = _content(model)
    path = folder / f"{name}{suffix}"
    path.write_bytes(content)
    return path


def name_for(name: str, model_file: Path) -> str:
    """``name`` with the suffix of a model file: ``model`` and ``lightgbm.lightgbm.txt`` → ``model.lightgbm.txt``."""
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
    raise UntrustedArtifact(f"{path} was not loaded: its suffix is none of {SKOPS}, {LIGHTGBM} and {ARRAYS}.")


def verified_bytes(path: Path, sha256: str) -> bytes:
    """The file's content. Raises :class:`ArtifactTampered` if the file is missing or has another sha256.

    The bytes returned are the bytes checked: the file is read once.
    """
    content = path.read_bytes() if path.is_file() else None
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        raise ArtifactTampered(
            f"{path} is missing or was changed after it was written (its sha256 is not the recorded "
            f"{sha256[:12]}…). Delete the folder {path.parent} and train again (ontime model train)."
        )
    return content


def _content(model: Any) -> tuple[str, bytes]:
    # The class is compared by name because importing EmbeddingMLP needs PyTorch.
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
