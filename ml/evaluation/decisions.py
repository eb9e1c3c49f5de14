"""What to do with a probability: which flights to flag, at what cost, and whether it can be believed."""

from dataclasses import dataclass

import numpy as np

from ml.evaluation.metrics import CALIBRATION_BINS, calibration_bins
from ml.evaluation.uncertainty import DayBootstrap, interval

#: What a decision costs, in any unit: a delay that nobody prepared for, and a flight that was prepared for in
#: vain. With honest probabilities the best threshold is 1 / (1 + their ratio).
MISSED_DELAY_COST = 3.0
FALSE_ALARM_COST = 1.0


@dataclass(frozen=True)
class Flagging:
    """What flagging every flight at or above a threshold does. Costs are per 100 flights."""

    threshold: float
    flagged_share: float
    precision: float
    recall: float
    cost: float
    cost_of_flagging_none: float
    cost_of_flagging_all: float


@dataclass(frozen=True)
class ReliabilityBin:
    """Flights that were given similar probabilities, and how many of them were late."""

    lowest_probability: float
    flights: int
    mean_probability: float
    delayed_share: float
    delayed_share_low: float
    delayed_share_high: float


def cheapest_threshold(labels: np.ndarray, probability: np.ndarray) -> float:
    """The threshold that would have cost least on these flights; 1 if flagging none is cheapest."""
    order = np.argsort(-probability, kind="stable")
    sorted_probability = probability[order]
    hits = np.cumsum(labels[order])
    flagged = np.arange(1, len(labels) + 1)
    cost = FALSE_ALARM_COST * (flagged - hits) + MISSED_DELAY_COST * (hits[-1] - hits)
    # Flights of one probability are flagged together.
    ends = np.flatnonzero(np.append(np.diff(sorted_probability) != 0, True))
    best = ends[np.argmin(cost[ends])]
    return float(sorted_probability[best]) if cost[best] < MISSED_DELAY_COST * hits[-1] else 1.0


def flagging(labels: np.ndarray, probability: np.ndarray, threshold: float) -> Flagging:
    """What flagging at this threshold does on these flights."""
    flagged = probability >= threshold
    hits = int((flagged & labels).sum())
    missed, false_alarms = int(labels.sum()) - hits, int(flagged.sum()) - hits
    per_100 = 100 / len(labels)
    return Flagging(
        threshold=threshold,
        flagged_share=float(flagged.mean()),
        precision=hits / max(int(flagged.sum()), 1),
        recall=hits / int(labels.sum()),
        cost=per_100 * (MISSED_DELAY_COST * missed + FALSE_ALARM_COST * false_alarms),
        cost_of_flagging_none=per_100 * MISSED_DELAY_COST * int(labels.sum()),
        cost_of_flagging_all=per_100 * FALSE_ALARM_COST * int((~labels).sum()),
    )


def reliability(labels: np.ndarray, probability: np.ndarray, bootstrap: DayBootstrap) -> list[ReliabilityBin]:
    """The bins of the calibration error that have flights, with an interval by day for each share."""
    bins = calibration_bins(probability)
    draws = bootstrap.mean(labels.astype(float), bins, CALIBRATION_BINS)
    found = []
    for number in range(CALIBRATION_BINS):
        members = bins == number
        if members.any():
            low, high = interval(draws[:, number])
            found.append(
                ReliabilityBin(
                    lowest_probability=number / CALIBRATION_BINS,
                    flights=int(members.sum()),
                    mean_probability=float(probability[members].mean()),
                    delayed_share=float(labels[members].mean()),
                    delayed_share_low=low,
                    delayed_share_high=high,
                )
            )
    return found
