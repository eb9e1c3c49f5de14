"""When a newly trained model takes the champion's place."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.evaluation import metrics, slices
from ml.evaluation.split import is_delayed
from ml.evaluation.uncertainty import DayBootstrap, interval
from ml.registry import store
from ml.scoring import delay_probability

#: A challenger above this must at least be no worse calibrated than the champion.
HIGHEST_CALIBRATION_ERROR = 0.02


@dataclass(frozen=True)
class Comparison:
    """A challenger against the champion on the challenger's test flights.

    ``log_loss_gain`` and ``roc_auc_gain`` are above 0 where the challenger is better; their intervals
    come from the same draws of days for both (paired day-cluster bootstrap).
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
    is_promoted: bool
    reason: str
    comparison: Comparison | None = None


def decide(challenger: dict[str, Any], test_flights: pd.DataFrame, probability: np.ndarray) -> Decision:
    """Whether the challenger, given by its model card, becomes the champion.

    ``test_flights`` are the challenger's, those that arrived; ``probability`` is what it says of them.
    It must beat the champion's log-loss on them with an interval above zero, be calibrated, and
    be worse on no slice. It wins without a comparison when there is no champion, or when
    the champion was made for other features than today's and could not score a flight. The
    champion stays when it has learned from the test days (no comparison on them would be
    fair), and when the challenger is one that somebody has rolled back from.
    """
    version = challenger["version"]
    if store.champion_version() is None:
        return Decision(True, "the first model")
    if store.champion_version() == version:
        return Decision(False, "it is the champion already")
    if store.was_rolled_back(version):
        return Decision(False, f"{version} was rolled back; python -m ml.registry.store promote {version}")
    model, champion = store.load_champion()
    if _names(champion) != _names(challenger):
        return Decision(True, f"champion {champion['version']} was made for other features")
    if champion["split"]["test_start"] > challenger["split"]["test_start"]:
        return Decision(False, f"champion {champion['version']} has learned from these test days")
    comparison = compare(champion["version"], test_flights, probability, delay_probability(model, test_flights))
    low, high = comparison.log_loss_gain_interval
    gain = f"log-loss gain {comparison.log_loss_gain:.5f} [{low:.5f}, {high:.5f}] over champion {champion['version']}"
    return Decision(not comparison.objections, "; ".join([gain, *comparison.objections]), comparison)


def compare(version: str, flights: pd.DataFrame, challenger: np.ndarray, champion: np.ndarray) -> Comparison:
    """The challenger's probabilities against those of the champion of this version, and what speaks against it."""
    labels, bootstrap = is_delayed(flights), DayBootstrap(flights["flight_date"])
    now, then = metrics.score(labels, challenger), metrics.score(labels, champion)
    draws, champion_draws = (metrics.draws(labels, probability, bootstrap) for probability in (challenger, champion))
    gain = interval(champion_draws["log_loss"] - draws["log_loss"])
    differences = slices.compare(flights, labels, challenger, champion, bootstrap)
    objections = []
    if gain[0] <= 0:
        objections.append("the gain is not certain")
    if now.calibration_error > max(HIGHEST_CALIBRATION_ERROR, then.calibration_error):
        objections.append(
            f"calibration error {now.calibration_error:.4f} is above {HIGHEST_CALIBRATION_ERROR} "
            f"and above the champion's {then.calibration_error:.4f}"
        )
    worse = [f"{part.dimension} {part.value}" for part in differences if part.verdict == "worse"]
    if worse:
        objections.append(f"log-loss worse by more than {slices.MARGIN} on {', '.join(worse)}")
    return Comparison(
        champion=version,
        log_loss_gain=then.log_loss - now.log_loss,
        log_loss_gain_interval=gain,
        roc_auc_gain=now.roc_auc - then.roc_auc,
        roc_auc_gain_interval=interval(draws["roc_auc"] - champion_draws["roc_auc"]),
        calibration_error=now.calibration_error,
        champion_calibration_error=then.calibration_error,
        slices=[asdict(part) for part in differences],
        objections=objections,
    )


def _names(card: dict[str, Any]) -> list[str]:
    return [feature["name"] for feature in card["features"]]
