"""The model card: what a model is, what it was trained on, how good it is, and what it must not be used for.

====================  ==================================================================
``name``              what the model predicts
``version``           see :mod:`ml.registry.version`
``candidate``         the chosen one of ``ml.candidates.catalog``; ``chosen_by`` is the rule
``trained_at``        when all candidates had been fitted (UTC)
``parameters``        the plain parameters of each candidate
``fit_seconds``       wall time of each candidate's fit; ``size_bytes`` is the size of its file
``warehouse``         ``version`` and ``sha256`` of the published file; a later one with the
                      same features gives the same model and keeps this card
``features_sha256``   digest of the feature file
``code_sha256``       digest of the code that decides
``environment``       releases of Python and of the libraries that fit the candidates
``prediction_horizon_minutes``  time between the cut and the scheduled departure
``features``          name, kind, availability and description of each feature
``split``             first day of each part and the last day of the test; the rule that set them
``flights``           completed flights in each part
``base_rate``         share of delayed flights in each part
``scores``            candidate → ``validation``, ``test`` → the fields of
                      ``ml.evaluation.metrics.Scores``
``intervals``         candidate → score → ``[low, high]``, its 95 % interval on the test part,
                      from ``bootstrap_draws`` draws of whole days
``reliability``, ``threshold``, ``slices``  of the chosen candidate; see
                      ``ml.evaluation.decisions`` and ``ml.evaluation.slices``
``cross_validation``  see ``ml.evaluation.cross_validation``; None if it was not run
``promotion``         the ``ml.registry.promotion.Decision`` made when the model was saved
``intended_use``, ``limitations``  as text
``sha256``            of each file next to the card; added when the version is saved
====================  ==================================================================
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ml.evaluation import slices
from ml.evaluation.uncertainty import DRAWS
from ml.features.catalog import FEATURES, PREDICTION_HORIZON
from ml.registry import figures
from ml.registry.promotion import Decision
from ml.registry.store import SCORE_NAMES
from ml.registry.version import code_sha256, environment
from ontime import pages

PAGE_FILE = "model_card.html"

INTENDED_USE = (
    "The probability that a scheduled US domestic flight arrives 15 or more minutes late (BTS ArrDel15), given that it "
    "is completed, as it looks two hours before scheduled departure. For planning: which connections, crews and gates "
    "to check first."
)
LIMITATIONS = (
    "It uses observed weather, not the forecast, and only flights in this warehouse. It cannot see a disruption that "
    "starts at other airports or within the last two hours.",
    "Delays change with season and year. The probabilities are calibrated to the training months and are too low or "
    "too high when a whole month is unusual.",
    "It was trained on one part of the network. An airport or airline that it has not seen gets an answer near the "
    "average.",
    "It must not be used for decisions about individual people, crews or safety.",
)


def model_card(
    version: str, lineage: dict[str, Any], training: dict[str, Any], results: dict[str, Any]
) -> dict[str, Any]:
    """The card without the promotion, from what the earlier steps recorded."""
    return {
        "name": "arrival delay, two hours before departure",
        "version": version,
        "candidate": results["challenger"],
        "chosen_by": "lowest log-loss on the validation part",
        "trained_at": training["trained_at"],
        **{
            field: {name: candidate[field] for name, candidate in training["candidates"].items()}
            for field in ("fit_seconds", "size_bytes", "parameters")
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
    """Write the card as an HTML page with figures into the folder; returns the card with the decision added."""
    complete = {**card, "promotion": asdict(decision)}
    figures.draw(complete, folder)
    (folder / PAGE_FILE).write_text(_render(PAGE_FILE, card=complete))
    return complete


def question(card: dict[str, Any], decision: Decision, page: Path) -> str:
    """What a person needs to know to approve the model, as Markdown. ``page``: the saved model card."""
    return _render("question.md", card=card, decision=decision, page=page)


def _render(template: str, **values: Any) -> str:
    values |= {"scores": SCORE_NAMES, "words": lambda name: name.replace("_", " ")}
    return pages.environment("ml.registry").get_template(template).render(values)
