"""The model card: what a model is, what it learned from, how good it is, what it is not for.

====================  ==================================================================
``name``              what the model predicts
``version``           digest of the features' bytes, the code and the scikit-learn release
``candidate``         the one of ``ontime.model.candidates`` that was chosen, and
                      ``chosen_by``, the rule
``trained_at``        when the candidates had been fitted (UTC)
``fit_seconds``       wall time of each candidate's fit
``warehouse``         ``version`` and ``sha256`` of the published file that was read first
                      (a later one with the same features gives the same model)
``features_sha256``   of the feature file
``code_sha256``       of ``ontime/model``
``environment``       releases of Python and scikit-learn
``prediction_horizon_minutes``  the cut, before scheduled departure
``features``          name, kind, availability, description of each
``split``             first day of each part and last of all; the rule that set them
``flights``           flights with an arrival in each part
``base_rate``         delayed share of each part
``scores``            candidate → ``validation``, ``test`` → the fields of
                      ``ontime.model.evaluation.Scores``
``intended_use``, ``limitations``  in words
``sha256``            of the files beside the card; added by the registry
====================  ==================================================================
"""

import hashlib
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sklearn

from ontime.model.features import FEATURES, PREDICTION_HORIZON

INTENDED_USE = (
    "The probability that a scheduled US domestic flight, if it is completed, arrives 15 minutes late or more "
    "(BTS ArrDel15), as known two hours before its scheduled departure. For planning: which connections, crews and "
    "gates to look at first."
)
LIMITATIONS = (
    "Knows the weather that was, not the forecast, and of the network only flights in this warehouse: trouble that "
    "starts elsewhere, or within the two hours, it cannot see.",
    "Delays change with season and year: the probabilities are calibrated to the training months and run low or high "
    "when a whole month is unusual.",
    "Learned from one part of the network; an airport or airline it has not seen gets an answer near the average.",
    "Not for decisions about persons, crews or safety.",
)


def code_sha256() -> str:
    """One digest of this package: any change to it makes another version."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def version_of(features_sha256: str) -> str:
    """The version of the model that these features give with this code and this scikit-learn."""
    inputs = f"{features_sha256} {code_sha256()} {sklearn.__version__}"
    return hashlib.sha256(inputs.encode()).hexdigest()[:12]


def model_card(version: str, lineage: dict[str, Any], training: dict[str, Any], results: dict[str, Any]) -> dict:
    """The card, put together from what the earlier steps recorded."""
    return {
        "name": "arrival delay, two hours before departure",
        "version": version,
        "candidate": results["challenger"],
        "chosen_by": "lowest log-loss on the validation part",
        "trained_at": training["trained_at"],
        "fit_seconds": {name: candidate["fit_seconds"] for name, candidate in training["candidates"].items()},
        **lineage,
        "code_sha256": code_sha256(),
        "environment": {"python": platform.python_version(), "scikit-learn": sklearn.__version__},
        "prediction_horizon_minutes": PREDICTION_HORIZON.total_seconds() / 60,
        "features": [asdict(feature) for feature in FEATURES],
        **{name: results[name] for name in ("split", "flights", "base_rate", "scores")},
        "intended_use": INTENDED_USE,
        "limitations": list(LIMITATIONS),
    }
