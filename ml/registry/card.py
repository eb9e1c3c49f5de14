"""The model card: what a model is, what it learned from, how good it is, what it is not for.

====================  ==================================================================
``name``              what the model predicts
``version``           digest of the features' bytes, the code and the libraries' releases
``candidate``         the one of ``ml.candidates.catalog`` that was chosen, and
                      ``chosen_by``, the rule
``trained_at``        when the candidates had been fitted (UTC)
``fit_seconds``       wall time of each candidate's fit; ``size_bytes`` of its file
``warehouse``         ``version`` and ``sha256`` of the published file that was read first
                      (a later one with the same features gives the same model)
``features_sha256``   of the feature file
``code_sha256``       of ``ontime/model``
``environment``       releases of Python and of the libraries that fit the candidates
``prediction_horizon_minutes``  the cut, before scheduled departure
``features``          name, kind, availability, description of each
``split``             first day of each part and last of all; the rule that set them
``flights``           flights with an arrival in each part
``base_rate``         delayed share of each part
``scores``            candidate → ``validation``, ``test`` → the fields of
                      ``ml.evaluation.metrics.Scores``
``intervals``         candidate → score → ends of its 95 % interval on the test part,
                      from ``bootstrap_draws`` draws of whole days
``reliability``, ``threshold``, ``slices``  of the chosen candidate; see
                      ``ml.evaluation.decisions`` and ``ml.evaluation.slices``
``cross_validation``  see ``ml.evaluation.cross_validation``; None if it was not run
``promotion``         the ``ml.registry.promotion.Decision`` when the model was saved
``intended_use``, ``limitations``  in words
``sha256``            of the files beside the card; added by the registry
====================  ==================================================================
"""

import hashlib
import json
import platform
from dataclasses import asdict
from importlib.metadata import version as release_of
from pathlib import Path
from typing import Any

from ml.candidates.catalog import TORCH_IS_INSTALLED
from ml.evaluation import slices
from ml.evaluation.uncertainty import DRAWS
from ml.features.catalog import FEATURES, PREDICTION_HORIZON
from ml.registry import figures
from ml.registry.promotion import Decision
from ml.registry.store import SCORE_NAMES
from ontime import pages

PAGE_FILE = "model_card.html"

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


def environment() -> dict[str, str]:
    """The releases that a fitted model depends on."""
    libraries = ["scikit-learn", "lightgbm", *(["torch", "skorch"] if TORCH_IS_INSTALLED else [])]
    return {"python": platform.python_version(), **{name: release_of(name) for name in libraries}}


def version_of(features_sha256: str) -> str:
    """The version of the model that these features give with this code and these libraries."""
    releases = {name: release for name, release in environment().items() if name != "python"}
    inputs = f"{features_sha256} {code_sha256()} {json.dumps(releases)}"
    return hashlib.sha256(inputs.encode()).hexdigest()[:12]


def model_card(version: str, lineage: dict[str, Any], training: dict[str, Any], results: dict[str, Any]) -> dict:
    """The card, put together from what the earlier steps recorded; all but the promotion."""
    return {
        "name": "arrival delay, two hours before departure",
        "version": version,
        "candidate": results["challenger"],
        "chosen_by": "lowest log-loss on the validation part",
        "trained_at": training["trained_at"],
        **{
            what: {name: candidate[what] for name, candidate in training["candidates"].items()}
            for what in ("fit_seconds", "size_bytes")
        },
        **lineage,
        "code_sha256": code_sha256(),
        "environment": environment(),
        "prediction_horizon_minutes": PREDICTION_HORIZON.total_seconds() / 60,
        "features": [asdict(feature) for feature in FEATURES],
        **{name: results[name] for name in ("split", "flights", "base_rate", "scores", "intervals")},
        "bootstrap_draws": DRAWS,
        **{name: results[name] for name in ("reliability", "threshold", "slices")},
        "slice_flights_needed": slices.FLIGHTS_NEEDED,
        "slice_margin": slices.MARGIN,
        "cross_validation": results["cross_validation"],
        "intended_use": INTENDED_USE,
        "limitations": list(LIMITATIONS),
    }


def write_page(card: dict[str, Any], decision: Decision, folder: Path) -> dict[str, Any]:
    """Write the card as a page with its figures into the folder; the card with the decision in it."""
    complete = {**card, "promotion": asdict(decision)}
    figures.draw(complete, folder)
    (folder / PAGE_FILE).write_text(_render(PAGE_FILE, card=complete))
    return complete


def question(card: dict[str, Any], decision: Decision, page: Path) -> str:
    """What somebody who is asked to approve a model decides by, as Markdown; ``page`` is its saved card."""
    return _render("question.md", card=card, decision=decision, page=page)


def _render(template: str, **values: Any) -> str:
    values |= {"scores": SCORE_NAMES, "words": lambda name: name.replace("_", " ")}
    return pages.environment("ml.registry").get_template(template).render(values)
