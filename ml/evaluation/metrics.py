"""The scores of a candidate, the same for all of them, with their intervals."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from ml.evaluation.uncertainty import DayBootstrap, interval

CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Scores:
    """Higher is better for the first two, lower for the others."""

    roc_auc: float
    pr_auc: float
    brier: float
    log_loss: float
    calibration_error: float


def score(labels: np.ndarray, probability: np.ndarray) -> Scores:
    """All scores of one candidate on one part, which must have both delayed and punctual flights."""
    return Scores(
        roc_auc=float(roc_auc_score(labels, probability)),
        pr_auc=float(average_precision_score(labels, probability)),
        brier=float(brier_score_loss(labels, probability)),
        log_loss=float(log_loss(labels, probability)),
        calibration_error=calibration_error(labels, probability),
    )


def calibration_error(labels: np.ndarray, probability: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al., AAAI 2015).

    The mean over the bins of |mean probability − delayed share|, weighted by flights.
    """
    bins = calibration_bins(probability)
    difference = np.bincount(bins, probability, CALIBRATION_BINS) - np.bincount(bins, labels, CALIBRATION_BINS)
    return float(np.abs(difference).sum() / len(probability))


def calibration_bins(probability: np.ndarray) -> np.ndarray:
    """The calibration bin of each probability, from 0; a probability of 1 is in the last bin."""
    return np.minimum((probability * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)


def intervals(labels: np.ndarray, probability: np.ndarray, bootstrap: DayBootstrap) -> dict[str, list[float]]:
    """The interval of each score as ``[low, high]``, by name of the score, rounded to five places."""
    score_draws = draws(labels, probability, bootstrap)
    return {name: [round(end, 5) for end in interval(values)] for name, values in score_draws.items()}


def draws(labels: np.ndarray, probability: np.ndarray, bootstrap: DayBootstrap) -> dict[str, np.ndarray]:
    """Each score in every draw of the bootstrap, by name of the score."""
    return bootstrap.scores(labels, probability, calibration_bins(probability), CALIBRATION_BINS)


def as_dict(value: Any) -> dict[str, Any]:
    """A dataclass of this package as a dictionary for JSON: dates as text, numbers rounded to five places."""

    def plain(item: Any) -> Any:
        if isinstance(item, float):
            return round(item, 5)
        return str(item) if isinstance(item, date) else item

    return {name: plain(item) for name, item in asdict(value).items()}
