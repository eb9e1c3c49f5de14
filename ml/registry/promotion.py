"""Decides whether a newly trained model, the challenger, replaces the champion."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.evaluation import metrics, slices
from ml.evaluation.split import is_delayed
from ml.evaluation.uncertainty import DayBootstrap, interval
from ml.registry import store
from ml.scoring import delay_probability

#: A challenger with a higher calibration error must be calibrated no worse than the champion.
HIGHEST_CALIBRATION_ERROR = 0.02


@dataclass(frozen=True)
class Comparison:
    """A challenger against the champion on the challenger's test flights.

    ``log_loss_gain`` and ``roc_auc_gain`` are above 0 where the challenger is better. Their intervals use the same
    draws of days for both models (paired day-cluster bootstrap).
    """

    champion: str
    log_loss_gain: float
    log_loss_gain_interval: tuple[float, float]
    roc_auc_gain: float
    roc_auc_gain_interval: tuple[float, float]
    calibration_error: float
    champion_calibration_error: float
    slices: list[dict[str, Any]]
    objections: list[str]


@dataclass(frozen=True)
class Decision:
    """Whether the challenger becomes the champion, why, and the comparison (None if none was made)."""

    is_promoted: bool
    reason: str
    comparison: Comparison | None = None


def decide(challenger: dict[str, Any], test_flights: pd.DataFrame, probability: np.ndarray) -> Decision:
    """Whether the challenger becomes the champion.

    ``challenger``: its model card. ``test_flights``: its completed test flights, with features and labels.
    ``probability``: its answer for each of them. The challenger must have a lower log-loss than the champion, with an
    interval of the gain above zero, be calibrated, and be worse on no slice.

    If the champion's folder was deleted (the remedy for damaged files), the comparison uses the last champion before
    it whose folder still exists. The challenger is promoted without a comparison when no other champion is
    left, or when the champion was trained on features that differ from today's and so cannot score these flights. The
    challenger is not promoted when somebody has rolled back from it, or when the champion was trained on some of the
    test days, because then the comparison would not be fair.
    """
    version = challenger["version"]
    champion_version = store.champion_version()
    if champion_version is None:
        return Decision(True, "the first model")
    if champion_version == version:
        return Decision(False, "it is the champion already")
    if store.was_rolled_back(version):
        return Decision(False, f"{version} was rolled back; `ontime model promote {version}` uses it again")
    rival = store.latest_kept_champion()
    is_deleted = rival != champion_version
    deleted = f"the files of champion {champion_version} were deleted"
    if rival is None or rival == version:
        return Decision(True, f"{deleted}, and no other champion is left to compare with")
    champion = store.card_of(rival) if is_deleted else store.champion_card()
    model = store.load(champion)
    if _names(champion) != _names(challenger):
        return Decision(True, f"champion {champion['version']} was trained on other features")
    if champion["split"]["test_start"] > challenger["split"]["test_start"]:
        return Decision(False, f"champion {champion['version']} was trained on some of these test days")
    comparison = compare(champion["version"], test_flights, probability, delay_probability(model, test_flights))
    low, high = comparison.log_loss_gain_interval
    gain = f"log-loss gain {comparison.log_loss_gain:.5f} [{low:.5f}, {high:.5f}] over champion {champion['version']}"
    reasons = [gain, *comparison.objections]
    if is_deleted:
        reasons.insert(0, deleted)
        if comparison.objections:
            reasons.append(f"`ontime model rollback {rival}` uses the champion before again")
    return Decision(not comparison.objections, "; ".join(reasons), comparison)


def compare(version: str, flights: pd.DataFrame, challenger: np.ndarray, champion: np.ndarray) -> Comparison:
    """The challenger's probabilities for flights against those of the champion ``version``, with all objections."""
    labels, bootstrap = is_delayed(flights), DayBootstrap(flights["flight_date"])
    scores, champion_scores = metrics.score(labels, challenger), metrics.score(labels, champion)
    draws, champion_draws = (metrics.draws(labels, probability, bootstrap) for probability in (challenger, champion))
    gain_interval = interval(champion_draws["log_loss"] - draws["log_loss"])
    differences = slices.compare(flights, labels, challenger, champion, bootstrap)
    return Comparison(
        champion=version,
        log_loss_gain=champion_scores.log_loss - scores.log_loss,
        log_loss_gain_interval=gain_interval,
        roc_auc_gain=scores.roc_auc - champion_scores.roc_auc,
        roc_auc_gain_interval=interval(draws["roc_auc"] - champion_draws["roc_auc"]),
        calibration_error=scores.calibration_error,
        champion_calibration_error=champion_scores.calibration_error,
        slices=[asdict(difference) for difference in differences],
        objections=_objections(gain_interval, scores.calibration_error, champion_scores.calibration_error, differences),
    )


def _objections(
    log_loss_gain_interval: tuple[float, float],
    calibration_error: float,
    champion_calibration_error: float,
    differences: list[slices.SliceDifference],
) -> list[str]:
    objections = []
    if log_loss_gain_interval[0] <= 0:
        objections.append("the gain is not certain")
    if calibration_error > max(HIGHEST_CALIBRATION_ERROR, champion_calibration_error):
        objections.append(
            f"calibration error {calibration_error:.4f} is above {HIGHEST_CALIBRATION_ERROR} "
            f"and above the champion's {champion_calibration_error:.4f}"
        )
    worse = [f"{part.dimension} {part.value}" for part in differences if part.verdict == "worse"]
    if worse:
        objections.append(f"log-loss worse by more than {slices.MARGIN} on {', '.join(worse)}")
    return objections


def _names(card: dict[str, Any]) -> list[str]:
    return [feature["name"] for feature in card["features"]]
