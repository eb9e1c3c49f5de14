"""What the model card says of the candidates, from their probabilities alone."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from ml.evaluation import decisions, metrics, slices
from ml.evaluation.leak_alarm import check_for_leaks
from ml.evaluation.split import Split, is_delayed
from ml.evaluation.uncertainty import DayBootstrap

#: Where the cost is drawn.
THRESHOLDS = [round(0.02 * step, 2) for step in range(1, 40)]

#: candidate → part (``validation``, ``test``) → probability of each flight
Probabilities = dict[str, dict[str, np.ndarray]]


def assess(parts: dict[str, pd.DataFrame], probabilities: Probabilities, split: Split) -> dict[str, Any]:
    """Scores of all candidates with intervals, the challenger, and what more is told of it.

    ``parts``: the flights that arrived of ``train``, ``validation`` and ``test``. The challenger has the lowest
    validation log-loss; the test part chooses nothing. Raises :class:`ml.evaluation.leak_alarm.LeakSuspected`.
    """
    labels = {name: is_delayed(part) for name, part in parts.items()}
    scores = {
        name: {part: metrics.score(labels[part], found[part]) for part in ("validation", "test")}
        for name, found in probabilities.items()
    }
    check_for_leaks({name: both["test"].roc_auc for name, both in scores.items()}, split)
    challenger = min(scores, key=lambda name: scores[name]["validation"].log_loss)
    probability, bootstrap = probabilities[challenger], DayBootstrap(parts["test"]["flight_date"])
    return {
        "challenger": challenger,
        "split": metrics.as_dict(split),
        "flights": {name: len(part) for name, part in labels.items()},
        "base_rate": {name: round(float(part.mean()), 5) for name, part in labels.items()},
        "scores": {
            name: {part: metrics.as_dict(value) for part, value in both.items()} for name, both in scores.items()
        },
        "intervals": {
            name: metrics.intervals(labels["test"], found["test"], bootstrap) for name, found in probabilities.items()
        },
        "reliability": [
            metrics.as_dict(one) for one in decisions.reliability(labels["test"], probability["test"], bootstrap)
        ],
        "threshold": _threshold(labels, probability),
        "slices": [
            metrics.as_dict(one)
            for one in slices.describe(parts["test"], labels["test"], probability["test"], bootstrap)
        ],
    }


def _threshold(labels: dict[str, np.ndarray], probability: dict[str, np.ndarray]) -> dict[str, Any]:
    """The cheapest threshold of the validation part, what it does on both, and what others would cost."""
    chosen = decisions.cheapest_threshold(labels["validation"], probability["validation"])
    told: dict[str, Any] = {
        "missed_delay_cost": decisions.MISSED_DELAY_COST,
        "false_alarm_cost": decisions.FALSE_ALARM_COST,
        "costs": {"threshold": THRESHOLDS},
    }
    for part in ("validation", "test"):
        told[part] = metrics.as_dict(decisions.flagging(labels[part], probability[part], chosen))
        told["costs"][part] = [
            round(asdict(decisions.flagging(labels[part], probability[part], one))["cost"], 3) for one in THRESHOLDS
        ]
    return told
