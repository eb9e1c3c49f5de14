"""Assesses all candidates for the model card, from their probabilities alone."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from ml.evaluation import decisions, metrics, slices
from ml.evaluation.leak_alarm import check_for_leaks
from ml.evaluation.split import Split, is_delayed
from ml.evaluation.uncertainty import DayBootstrap

#: Thresholds at which the card plots the cost of flagging.
THRESHOLDS = [round(0.02 * step, 2) for step in range(1, 40)]

#: candidate → part (``validation``, ``test``) → probability of each flight
Probabilities = dict[str, dict[str, np.ndarray]]


def assess(parts: dict[str, pd.DataFrame], probabilities: Probabilities, split: Split) -> dict[str, Any]:
    """Choose the challenger, and score all candidates.

    ``parts``: the flights that arrived, by part: ``train``, ``validation`` and ``test``. Returns the challenger's
    name, the scores and test intervals of every candidate, and for the challenger alone its reliability, threshold
    and slices.

    The challenger has the lowest validation log-loss; the test part is not used to choose anything. Raises
    :class:`ml.evaluation.leak_alarm.LeakSuspected`.
    """
    labels = {name: is_delayed(part) for name, part in parts.items()}
    scores = {
        name: {part: metrics.score(labels[part], probability[part]) for part in ("validation", "test")}
        for name, probability in probabilities.items()
    }
    check_for_leaks({name: by_part["test"].roc_auc for name, by_part in scores.items()}, split)
    challenger = min(scores, key=lambda name: scores[name]["validation"].log_loss)
    bootstrap = DayBootstrap(parts["test"]["flight_date"])
    return {
        "challenger": challenger,
        "split": metrics.as_dict(split),
        "flights": {name: len(part) for name, part in labels.items()},
        "base_rate": {name: round(float(part.mean()), 5) for name, part in labels.items()},
        "scores": {
            name: {part: metrics.as_dict(value) for part, value in by_part.items()} for name, by_part in scores.items()
        },
        "intervals": {
            name: metrics.intervals(labels["test"], probability["test"], bootstrap)
            for name, probability in probabilities.items()
        },
        **_challenger_details(parts["test"], labels, probabilities[challenger], bootstrap),
    }


def _challenger_details(
    test: pd.DataFrame, labels: dict[str, np.ndarray], probability: dict[str, np.ndarray], bootstrap: DayBootstrap
) -> dict[str, Any]:
    reliability = decisions.reliability(labels["test"], probability["test"], bootstrap)
    test_slices = slices.describe(test, labels["test"], probability["test"], bootstrap)
    return {
        "reliability": [metrics.as_dict(one) for one in reliability],
        "threshold": _threshold(labels, probability),
        "slices": [metrics.as_dict(one) for one in test_slices],
    }


def _threshold(labels: dict[str, np.ndarray], probability: dict[str, np.ndarray]) -> dict[str, Any]:
    """The cheapest threshold on the validation part, its effect on validation and test, and the cost of others."""
    chosen = decisions.cheapest_threshold(labels["validation"], probability["validation"])
    threshold: dict[str, Any] = {
        "missed_delay_cost": decisions.MISSED_DELAY_COST,
        "false_alarm_cost": decisions.FALSE_ALARM_COST,
        "costs": {"threshold": THRESHOLDS},
    }
    for part in ("validation", "test"):
        threshold[part] = metrics.as_dict(decisions.flagging(labels[part], probability[part], chosen))
        threshold["costs"][part] = [
            round(asdict(decisions.flagging(labels[part], probability[part], one))["cost"], 3) for one in THRESHOLDS
        ]
    return threshold
